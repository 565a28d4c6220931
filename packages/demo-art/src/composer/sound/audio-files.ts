import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunFfmpeg } from '@atelier/renderer';
import { RATE } from './dsp.ts';

/** Written into every song, so that nobody mistakes it for a song by Suno. */
export const SONG_NOTE = 'Simulated by Atelier; not made by Suno';

export interface AudioFileDeps {
  ffmpeg: () => Promise<string>;
  run: RunFfmpeg;
}

const PIECE_BYTES = 256 * 1024;
const LIMITS = { wallLimitMs: 120_000, stallLimitMs: 20_000 };
const LONGEST_TITLE = 200;

/** Encodes PCM as an MP3 with its title. The title is passed as one argument, so ffmpeg reads no option in it. */
export async function encodeMp3(
  { ffmpeg, run }: AudioFileDeps,
  pcm: Uint8Array,
  { title, signal }: { title: string; signal: AbortSignal },
): Promise<Uint8Array> {
  return run({
    path: await ffmpeg(),
    arguments: [
      ...words(`-hide_banner -v error -y -f s16le -ar ${RATE} -ac 2 -i pipe:0 -c:a libmp3lame -b:a 192k -bitexact -id3v2_version 3`),
      '-metadata',
      `title=${cleanTitle(title)}`,
      '-metadata',
      `comment=${SONG_NOTE}`,
      ...words('-f mp3 song.mp3'),
    ],
    input: piecesOf(pcm),
    ...LIMITS,
    signal,
    collect: (folder) => readFile(join(folder, 'song.mp3')),
  });
}

/** Decodes an MP3 to a 16-bit WAV. ffmpeg reads the bytes from a pipe and may open no file and no address. */
export async function decodeToWav(
  { ffmpeg, run }: AudioFileDeps,
  mp3: Uint8Array,
  { signal }: { signal: AbortSignal },
): Promise<Uint8Array> {
  return run({
    path: await ffmpeg(),
    arguments: [
      ...words('-hide_banner -v error -y -protocol_whitelist pipe -f mp3 -i pipe:0 -map 0:a:0'),
      ...words(`-c:a pcm_s16le -ar ${RATE} -ac 2 -bitexact -f wav song.wav`),
    ],
    input: piecesOf(mp3),
    ...LIMITS,
    signal,
    collect: (folder) => readFile(join(folder, 'song.wav')),
  });
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.byteLength; from += PIECE_BYTES) yield bytes.subarray(from, from + PIECE_BYTES);
}

/** A title on one line, without control characters. */
function cleanTitle(title: string): string {
  const line = title
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return Array.from(line).slice(0, LONGEST_TITLE).join('');
}

/** Splits fixed arguments; an argument from outside could contain a space. */
const words = (text: string): string[] => text.split(' ');
