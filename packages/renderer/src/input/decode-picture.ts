import sharp, { type Sharp } from 'sharp';

/** More pixels would take gigabytes of memory: a picture of 100 kB can claim any size. */
const MOST_PIXELS = 40_000_000;
const DECODE_LIMIT_S = 20;
/** Pixels. A long, thin picture would pass `MOST_PIXELS`. */
export const LARGEST_SOURCE_SIDE = 12_000;
/** Pixels of the largest cover in any template. */
const LARGEST_SIDE = 1_440;

export interface Pixels {
  /** RGBA. */
  pixels: Uint8ClampedArray;
  width: number;
  height: number;
}

/** Opens a picture file under the limits above, so that a hostile file fails early. Reads the first page alone. */
export function openPicture(path: string): Sharp {
  return sharp(path, { limitInputPixels: MOST_PIXELS, failOn: 'error', pages: 1 }).timeout({ seconds: DECODE_LIMIT_S });
}

/** Upright, in sRGB, without transparency, and no larger than any template needs. */
export function normalise(picture: Sharp): Sharp {
  return picture
    .autoOrient()
    .resize(LARGEST_SIDE, LARGEST_SIDE, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#101018' })
    .toColourspace('srgb');
}

/** The pixels of a checked picture. */
export async function decodePicture(path: string): Promise<Pixels> {
  const { data, info } = await normalise(openPicture(path)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { pixels: new Uint8ClampedArray(data), width: info.width, height: info.height };
}
