import { writeFile } from 'node:fs/promises';
import type { Metadata } from 'sharp';
import { LARGEST_SOURCE_SIDE, normalise, openPicture } from './decode-picture.ts';
import { isPicture } from './sniff.ts';
import { MediaError, type CheckPicture } from '../video.ts';

/** Checks a picture by its first bytes and by decoding it. The limits hold even when the header lies about the size. */
export function createCheckPicture(): CheckPicture {
  return async (path, outputPath) => {
    if (!(await isPicture(path))) throw new MediaError('this is not a picture: PNG, JPEG and WebP can be used');
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
