import { open, type FileHandle } from 'node:fs/promises';
import type { CheckedAudio } from './video.ts';

export type AudioFormat = CheckedAudio['format'];

const HEADER_BYTES = 12;

/** What sound file this is by its first bytes, whatever its name; `undefined` for anything else. Playlists are text, and never match. */
export async function sniffAudio(path: string): Promise<AudioFormat | undefined> {
  const file = await open(path);
  try {
    const head = await readAt(file, 0);
    if (head.toString('latin1', 0, 3) !== 'ID3') return formatOf(head);
    // A tag may stand before any stream of frames; its length is four times seven bits.
    const length = [6, 7, 8, 9].reduce((sum, index) => sum * 128 + ((head[index] ?? 0) & 0x7f), 0);
    return formatOf(await readAt(file, HEADER_BYTES - 2 + length)) === 'aac' ? 'aac' : 'mp3';
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(HEADER_BYTES), position });
  return buffer.subarray(0, bytesRead);
}

function formatOf(head: Buffer): AudioFormat | undefined {
  const text = head.toString('latin1');
  if (text.startsWith('RIFF') && text.slice(8) === 'WAVE') return 'wav';
  if (text.startsWith('fLaC')) return 'flac';
  if (text.startsWith('OggS')) return 'ogg';
  if (text.slice(4, 8) === 'ftyp') return 'mov';
  const [first = 0, second = 0] = head;
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  // Eleven bits of sync, then the version and the layer; layer 0 is what ADTS puts there.
  const layer = (second >> 1) & 3;
  if (layer !== 0) return 'mp3';
  return (second & 0xf0) === 0xf0 ? 'aac' : undefined;
}

/**
 * The arguments by which ffmpeg opens a sound file that a stranger may have made: as what it was recognised to be and nothing
 * else, and with no way to any other file or to the network.
 */
export const safeInput = (path: string, format: AudioFormat): string[] => [
  '-protocol_whitelist',
  'file,pipe',
  '-format_whitelist',
  format,
  '-f',
  format,
  '-i',
  `file:${path}`,
];
