import sharp, { type Sharp } from 'sharp';
import type { Sheet } from './finish.ts';
import type { Picture } from '@atelier/simulator';

/** Written into every file, so that nobody mistakes it for a picture by Midjourney. */
export const SIMULATION_NOTE = 'Simulated by Atelier; not a Midjourney picture';

const LONGEST_MARK = 4_000;

/** A mark as one line that any file can hold: control characters would end an EXIF text early. */
export function cleanMark(mark: string): string {
  const text = mark
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_MARK)
    .toWellFormed();
  return text || 'untitled';
}

function exifOf(mark: string): { IFD0: Record<string, string> } {
  return { IFD0: { ImageDescription: cleanMark(mark), Software: SIMULATION_NOTE, Artist: SIMULATION_NOTE } };
}

const open = (sheet: { width: number; height: number; pixels: Uint8ClampedArray | Uint8Array }): Sharp =>
  sharp(sheet.pixels, { raw: { width: sheet.width, height: sheet.height, channels: 3 } });

export async function encodePng(sheet: Sheet, mark: string): Promise<Picture> {
  const bytes = await open(sheet).withExif(exifOf(mark)).png({ compressionLevel: 3 }).toBuffer();
  return { bytes, contentType: 'image/png', width: sheet.width, height: sheet.height };
}

/** The sheet enlarged to a preview's size; it was painted small, and stays soft. */
export async function encodePreview(sheet: Sheet, target: { width: number; height: number; mark: string }): Promise<Picture> {
  // A separate pipeline blurs the small picture: within one pipeline sharp blurs after the resize, which costs ten times as much.
  const soft = await open(sheet).blur(0.7).raw().toBuffer();
  const bytes = await open({ ...sheet, pixels: soft })
    .resize(target.width, target.height, { fit: 'fill', kernel: 'mitchell' })
    .withExif(exifOf(target.mark))
    .webp({ quality: 72, effort: 2 })
    .toBuffer();
  return { bytes, contentType: 'image/webp', width: target.width, height: target.height };
}

/** Frames of one size, one below the other, as an animation that never ends. */
export async function encodeAnimation(frames: Sheet, options: { frameHeight: number; frameMs: number; mark: string }): Promise<Picture> {
  const { width, height, pixels } = frames;
  const bytes = await sharp(pixels, { raw: { width, height, channels: 3, pageHeight: options.frameHeight } })
    .withExif(exifOf(options.mark))
    .webp({ quality: 75, effort: 1, loop: 0, delay: Array.from({ length: height / options.frameHeight }, () => options.frameMs) })
    .toBuffer();
  return { bytes, contentType: 'image/webp', width, height: options.frameHeight };
}
