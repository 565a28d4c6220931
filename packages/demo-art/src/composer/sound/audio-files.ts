import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunFfmpeg } from '@atelier/renderer';
import { RATE } from './dsp.ts';

/** Said in every song, so that nobody takes one for Suno's. */
export const SONG_NOTE = 'Simulated by Atelier; not made by Suno';

export interface AudioFileDeps {
  ffmpeg: () => Promise<string>;
  run: RunFfmpeg;
}

const PIECE_BYTES = 256 * 1024;
const LIMITS = { wallLimitMs: 120_000, stallLimitMs: 20_000 };
const LONGEST_TITLE = 200;

/** PCM as an MP3 with its title. The title is an argument of its own, so nothing in it is read as an option. */
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

/** The sound of an MP3 as a 16-bit WAV. ffmpeg sees nothing but the bytes: no file, no address. */
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

/** On one line, without what no argument may hold. */
function cleanTitle(title: string): string {
  const line = title
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return Array.from(line).slice(0, LONGEST_TITLE).join('');
}

/** For arguments of our own making: none of them has a space in it. */
const words = (text: string): string[] => text.split(' ');
