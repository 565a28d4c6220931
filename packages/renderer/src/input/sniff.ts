import { open } from 'node:fs/promises';
import { fileTypeFromBuffer } from 'file-type';
import type { AudioFormat } from '../video.ts';

/** Reads pieces of a file. The file may be shorter than its own headers claim. */
export interface FileHead {
  size: number;
  /** Up to `bytes` bytes; fewer, or none, where the file ends. */
  read(position: number, bytes: number): Promise<Buffer>;
}

/** Opens a file, gives it to `use`, and closes it however `use` ends. */
export async function withFileHead<Result>(path: string, use: (head: FileHead) => Promise<Result>): Promise<Result> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    return await use({
      size,
      async read(position, bytes) {
        const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(bytes), position });
        return buffer.subarray(0, bytesRead);
      },
    });
  } finally {
    await file.close();
  }
}

const HEADER_BYTES = 12;
const TAG_HEADER_BYTES = 10;
/** The library recommends this many bytes for a sample. */
const SAMPLE_BYTES = 4_100;

/** The format of a sound file by its first bytes, not by its name; `undefined` for any other file. A playlist is text and never matches. */
export async function sniffAudio(path: string): Promise<AudioFormat | undefined> {
  return withFileHead(path, async (file) => {
    const start = await findAudioStart(file);
    const format = await audioFormatOf(await file.read(start, SAMPLE_BYTES));
    if (start === 0) return format;
    // An ID3 tag stands before AAC or MP3 frames alone. The bytes after it may be padding, which ffmpeg skips.
    return format === 'aac' ? 'aac' : 'mp3';
  });
}

/** The position of the first byte after an ID3v2 tag; 0 without a tag. */
export async function findAudioStart(file: FileHead): Promise<number> {
  const head = await file.read(0, TAG_HEADER_BYTES);
  if (head.toString('latin1', 0, 3) !== 'ID3') return 0;
  // The tag's length is four times seven bits.
  return TAG_HEADER_BYTES + [6, 7, 8, 9].reduce((sum, index) => sum * 128 + ((head[index] ?? 0) & 0x7f), 0);
}

/** Formats that the renderer reads, by the media types that the library names. Raw AAC is ADTS. */
const AUDIO_FORMATS: Readonly<Record<string, AudioFormat>> = {
  'audio/wav': 'wav',
  'audio/flac': 'flac',
  'audio/ogg': 'ogg',
  'application/ogg': 'ogg',
  'video/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/aac': 'aac',
};

async function audioFormatOf(head: Buffer): Promise<AudioFormat | undefined> {
  const [mime = ''] = ((await fileTypeFromBuffer(head))?.mime ?? '').split(';');
  // Every brand of an MP4 file counts: ffmpeg reads them all with one demuxer.
  return AUDIO_FORMATS[mime] ?? (head.toString('latin1', 4, 8) === 'ftyp' ? 'mov' : undefined);
}

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const JPEG = Buffer.from('ffd8ff', 'hex');

/** Whether a file is a PNG, JPEG or WebP by its first bytes. SVG is excluded: it is a document that can name other files. */
export async function isPicture(path: string): Promise<boolean> {
  const head = await withFileHead(path, (file) => file.read(0, HEADER_BYTES));
  const isWebp = head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP';
  return isWebp || [PNG, JPEG].some((magic) => head.subarray(0, magic.length).equals(magic));
}
