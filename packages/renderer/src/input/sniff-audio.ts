import { lookInto, type FileHead } from './file-head.ts';
import type { CheckedAudio } from '../video.ts';

export type AudioFormat = CheckedAudio['format'];

const HEADER_BYTES = 12;
const TAG_HEADER_BYTES = 10;

/** What sound file this is by its first bytes, whatever its name; `undefined` for anything else. Playlists are text, and never match. */
export async function sniffAudio(path: string): Promise<AudioFormat | undefined> {
  return lookInto(path, async (file) => {
    const start = await afterTag(file);
    const format = formatOf(await file.read(start, HEADER_BYTES));
    if (start === 0) return format;
    // A tag stands before frames alone; what follows it may be padding, which ffmpeg passes over.
    return format === 'aac' ? 'aac' : 'mp3';
  });
}

/** Where the sound begins: behind an ID3v2 tag, if there is one. */
export async function afterTag(file: FileHead): Promise<number> {
  const head = await file.read(0, TAG_HEADER_BYTES);
  if (head.toString('latin1', 0, 3) !== 'ID3') return 0;
  // Its length is four times seven bits.
  return TAG_HEADER_BYTES + [6, 7, 8, 9].reduce((sum, index) => sum * 128 + ((head[index] ?? 0) & 0x7f), 0);
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
