/** A picture as ffmpeg takes it (yuv420p): brightness for each pixel, colour for each square of four. */
export interface Planes {
  /** Even. */
  width: number;
  height: number;
  luma: Uint8Array;
  blue: Uint8Array;
  red: Uint8Array;
}

/** An area of a picture; all four numbers are even, so that it begins and ends with whole squares of colour. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The three planes of a picture, with how many pixels wide and high one value of each is. */
const PLANES = [
  ['luma', 1],
  ['blue', 2],
  ['red', 2],
] as const;

/** The size of a picture of planes, in bytes. */
export const planesBytes = (width: number, height: number): number => (width * height * 3) / 2;

/** Lays planes over a piece of memory, one after the other as ffmpeg expects them. */
export function planesOver(memory: ArrayBufferLike, width: number, height: number): Planes {
  const pixels = width * height;
  return {
    width,
    height,
    luma: new Uint8Array(memory, 0, pixels),
    blue: new Uint8Array(memory, pixels, pixels / 4),
    red: new Uint8Array(memory, (pixels * 5) / 4, pixels / 4),
  };
}

/** RGBA to BT.709 in limited range; the colour of a square is the mean of its four pixels. Transparency is ignored. */
export function toPlanes(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): Planes {
  const planes = planesOver(new ArrayBuffer(planesBytes(width, height)), width, height);
  const { luma, blue, red } = planes;
  for (let pixel = 0, at = 0; pixel < luma.length; pixel++, at += 4)
    luma[pixel] = 16.5 + 0.1826 * rgba[at]! + 0.6142 * rgba[at + 1]! + 0.062 * rgba[at + 2]!;
  const row = width * 4;
  for (let y = 0, square = 0; y < height; y += 2) {
    for (let at = y * row, end = at + row; at < end; at += 8, square++) {
      const r = rgba[at]! + rgba[at + 4]! + rgba[at + row]! + rgba[at + row + 4]!;
      const g = rgba[at + 1]! + rgba[at + 5]! + rgba[at + row + 1]! + rgba[at + row + 5]!;
      const b = rgba[at + 2]! + rgba[at + 6]! + rgba[at + row + 2]! + rgba[at + row + 6]!;
      blue[square] = 128.5 + (-0.1006 * r - 0.3386 * g + 0.4392 * b) / 4;
      red[square] = 128.5 + (0.4392 * r - 0.3989 * g - 0.0403 * b) / 4;
    }
  }
  return planes;
}

/** Copies `from` into `area` of `to`. */
export function putPlanes(to: Planes, from: Planes, { x, y, width, height }: Area): void {
  for (const [plane, step] of PLANES) {
    const stride = to.width / step;
    const rowWidth = width / step;
    const start = (y / step) * stride + x / step;
    for (let row = 0; row < height / step; row++)
      to[plane].set(from[plane].subarray(row * rowWidth, (row + 1) * rowWidth), start + row * stride);
  }
}

/** Writes a mixture of two pictures of one size `into` a third: `share` 0 is `from`, 1 is `to`. */
export function mixPlanes(from: Planes, to: Planes, share: number, into: Planes): void {
  const weight = Math.round(share * 256);
  const mix = (a: Uint8Array, b: Uint8Array, result: Uint8Array): void => {
    for (let index = 0; index < result.length; index++) {
      const start = a[index]!;
      result[index] = start + (((b[index]! - start) * weight) >> 8);
    }
  };
  mix(from.luma, to.luma, into.luma);
  mix(from.blue, to.blue, into.blue);
  mix(from.red, to.red, into.red);
}
