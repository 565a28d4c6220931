import { writeFile } from 'node:fs/promises';
import type { Metadata } from 'sharp';
import { LARGEST_SOURCE_SIDE, normalise, openPicture } from './decode-picture.ts';
import { lookInto } from './file-head.ts';
import { MediaError, type CheckPicture } from '../video.ts';

/** SVG is no picture but a document that can name others, so what is opened is decided by the first bytes. */
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const JPEG = Buffer.from('ffd8ff', 'hex');

function isPicture(head: Buffer): boolean {
  const isWebp = head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP';
  return isWebp || [PNG, JPEG].some((magic) => head.subarray(0, magic.length).equals(magic));
}

/** Checks pictures by their first bytes and by decoding them, within bounds that hold whatever a header claims. */
export function createCheckPicture(): CheckPicture {
  return async (path, outputPath) => {
    const head = await lookInto(path, (file) => file.read(0, 12));
    if (!isPicture(head)) throw new MediaError('this is not a picture: PNG, JPEG and WebP can be used');
    const { width, height, pages = 1 } = await readHeader(path);
    if (pages > 1) throw new MediaError('the picture is animated: a still one is needed');
    if (width > LARGEST_SOURCE_SIDE || height > LARGEST_SOURCE_SIDE)
      throw new MediaError(`the picture is ${width} x ${height} pixels: ${LARGEST_SOURCE_SIDE} a side are allowed`);
    const { data, info } = await normalise(openPicture(path)).png().toBuffer({ resolveWithObject: true }).catch(refuse);
    await writeFile(outputPath, data);
    return { width: info.width, height: info.height };
  };
}

const readHeader = (path: string): Promise<Metadata> => openPicture(path).metadata().catch(refuse);

function refuse(error: unknown): never {
  throw new MediaError('the picture cannot be decoded: the file is damaged, too large, or not what it seems to be', { cause: error });
}
