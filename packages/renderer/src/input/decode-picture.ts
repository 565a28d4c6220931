import sharp, { type Sharp } from 'sharp';

/** More would take gigabytes to decode: a picture of 100 kB can claim any size. */
const MOST_PIXELS = 40_000_000;
const DECODE_LIMIT_S = 20;
/** No picture of a song needs more; a long, thin one would pass the limit above. */
export const LARGEST_SOURCE_SIDE = 12_000;
/** The largest a template shows a cover. */
const LARGEST_SIDE = 1_440;

export interface Pixels {
  /** RGBA. */
  pixels: Uint8ClampedArray;
  width: number;
  height: number;
}

/** Opens a picture file so that a hostile one is refused early; only its first page counts. */
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
