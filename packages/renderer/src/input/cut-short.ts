import { findAudioStart, withFileHead, type FileHead } from './sniff.ts';
import type { AudioFormat } from '../video.ts';

/** How many chunks or boxes are read before the sound. */
const MOST_CHUNKS = 200;
/** Encoders disagree about whether their own first frame counts. */
const MP3_TOLERANCE_BYTES = 4_096;
/** Lengths in a WAV header that mean "not known": the program wrote into a pipe. */
const UNKNOWN_LENGTHS = [0, 0xffff_ffff];

/** Whether the header promises more bytes than the file has (a broken download). False when the header has no length. */
export async function isCutShort(path: string, format: AudioFormat): Promise<boolean> {
  if (format === 'mp3') return withFileHead(path, isMp3CutShort);
  if (format === 'mov') return withFileHead(path, isMp4CutShort);
  if (format === 'wav') return withFileHead(path, isWavCutShort);
  return false;
}

/** Encoders put the length of the stream into its first, silent frame ("Xing", or "Info" at a constant rate). */
async function isMp3CutShort(file: FileHead): Promise<boolean> {
  const start = await findAudioStart(file);
  const frame = await file.read(start, 64);
  if (frame.length < 64) return file.size < start;
  const isVersion1 = (frame.readUInt8(1) & 0x18) === 0x18;
  const isMono = frame.readUInt8(3) >> 6 === 3;
  const at = 4 + (isVersion1 ? (isMono ? 17 : 32) : isMono ? 9 : 17);
  if (!['Xing', 'Info'].includes(frame.toString('latin1', at, at + 4))) return false;
  const flags = frame.readUInt32BE(at + 4);
  if ((flags & 2) === 0) return false;
  const bytes = frame.readUInt32BE(at + 8 + (flags & 1 ? 4 : 0));
  return start + bytes > file.size + MP3_TOLERANCE_BYTES;
}

async function isMp4CutShort(file: FileHead): Promise<boolean> {
  let hasIndex = false;
  let position = 0;
  for (let box = 0; box < MOST_CHUNKS && position < file.size; box++) {
    const head = await file.read(position, 16);
    if (head.length < 8) return true;
    hasIndex ||= ['moov', 'moof'].includes(head.toString('latin1', 4, 8));
    const short = head.readUInt32BE(0);
    // 0 says "to the end", 1 that the length is too large for four bytes.
    const length = short === 0 ? file.size - position : short === 1 && head.length === 16 ? Number(head.readBigUInt64BE(8)) : short;
    if (length < 8 || position + length > file.size) return true;
    position += length;
  }
  return !hasIndex;
}

async function isWavCutShort(file: FileHead): Promise<boolean> {
  let position = 12;
  for (let chunk = 0; chunk < MOST_CHUNKS; chunk++) {
    const head = await file.read(position, 8);
    if (head.length < 8) return true;
    const length = head.readUInt32LE(4);
    if (head.toString('latin1', 0, 4) === 'data') return !UNKNOWN_LENGTHS.includes(length) && position + 8 + length > file.size;
    position += 8 + length + (length % 2);
  }
  return true;
}
