import { createRandom } from '@atelier/lib/random';

/** A square that repeats without a seam; values are around 0, nearly all within -1 to 1. Its side has length 1 in look-ups. */
export interface Texture {
  readonly size: number;
  readonly values: Float32Array;
}

/** The two textures everything is made of, each at several resolutions, built when first asked for and shared by all scenes. */
export interface Noise {
  /** Seven octaves: rock, cloud, grain. `perPixel` is how far a look-up moves from pixel to pixel; it decides the resolution. */
  rough(perPixel: number): Texture;
  /** Three octaves: folds, slopes, drifts. */
  smooth(perPixel: number): Texture;
}

const LARGEST = 1024;
const SMALLEST = 64;
const FIRST_CELLS = 4;

export function createNoise(): Noise {
  const built = new Map<string, Texture>();
  const lookUp = (kind: 'rough' | 'smooth', perPixel: number, octaves: number, largest: number): Texture => {
    let size = largest;
    while (size > SMALLEST && size * perPixel > 1.5) size /= 2;
    const key = `${kind}${size}`;
    let texture = built.get(key);
    if (!texture) {
      // An octave finer than two texels a cell would only be noise of the sampling.
      const kept = Math.min(octaves, Math.log2(size / FIRST_CELLS));
      texture = buildTexture(kind === 'rough' ? 7_919 : 104_729, size, kept, octaves);
      built.set(key, texture);
    }
    return texture;
  };
  return {
    rough: (perPixel) => lookUp('rough', perPixel, 7, LARGEST),
    smooth: (perPixel) => lookUp('smooth', perPixel, 3, LARGEST / 2),
  };
}

/** Sums `kept` octaves, scaled as if all `octaves` were there, so that every resolution shows the same landscape. */
function buildTexture(seed: number, size: number, kept: number, octaves: number): Texture {
  const texture = { size, values: new Float32Array(size * size) };
  let total = 0;
  for (let octave = 0; octave < octaves; octave++) total += 0.25 ** octave;
  const scale = 1.25 / Math.sqrt(total);
  for (let octave = 0; octave < kept; octave++) {
    addOctave(texture, { cells: FIRST_CELLS << octave, amplitude: scale * 0.5 ** octave, random: createRandom(seed + octave).next });
  }
  return texture;
}

/** Adds gradient noise with `cells` cells a side. */
function addOctave(
  { size, values }: Texture,
  { cells, amplitude, random }: { cells: number; amplitude: number; random: () => number },
): void {
  const gradients = new Float32Array(cells * cells * 2);
  for (let index = 0; index < gradients.length; index += 2) {
    const angle = random() * Math.PI * 2;
    gradients[index] = Math.cos(angle);
    gradients[index + 1] = Math.sin(angle);
  }
  const wrap = cells - 1;
  const perTexel = cells / size;
  for (let row = 0; row < size; row++) {
    const y = row * perTexel;
    const top = Math.floor(y);
    const fy = y - top;
    const wy = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
    const upper = top * cells;
    const lower = ((top + 1) & wrap) * cells;
    for (let column = 0; column < size; column++) {
      const x = column * perTexel;
      const left = Math.floor(x);
      const fx = x - left;
      const wx = fx * fx * fx * (fx * (fx * 6 - 15) + 10);
      const right = (left + 1) & wrap;
      const a = (upper + left) * 2;
      const b = (upper + right) * 2;
      const c = (lower + left) * 2;
      const d = (lower + right) * 2;
      const va = gradients[a]! * fx + gradients[a + 1]! * fy;
      const vb = gradients[b]! * (fx - 1) + gradients[b + 1]! * fy;
      const vc = gradients[c]! * fx + gradients[c + 1]! * (fy - 1);
      const vd = gradients[d]! * (fx - 1) + gradients[d + 1]! * (fy - 1);
      const upperMix = va + (vb - va) * wx;
      values[row * size + column]! += amplitude * (upperMix + (vc + (vd - vc) * wx - upperMix) * wy);
    }
  }
}

/** The texture's value at (u, v), blended between its four nearest texels. */
export function sample(texture: Texture, u: number, v: number): number {
  const { size, values } = texture;
  const x = u * size;
  const y = v * size;
  const left = Math.floor(x);
  const top = Math.floor(y);
  const fx = x - left;
  const fy = y - top;
  const wrap = size - 1;
  const upper = (top & wrap) * size;
  const lower = ((top + 1) & wrap) * size;
  const near = left & wrap;
  const far = (left + 1) & wrap;
  const a = values[upper + near]!;
  const c = values[lower + near]!;
  const above = a + (values[upper + far]! - a) * fx;
  return above + (c + (values[lower + far]! - c) * fx - above) * fy;
}

/** The texture's value at (u, v) without facets: a quadratic spline over nine texels. For surfaces that are lit by their slope. */
export function sampleSmooth(texture: Texture, u: number, v: number): number {
  const { size, values } = texture;
  const x = u * size;
  const y = v * size;
  const column = Math.floor(x + 0.5);
  const row = Math.floor(y + 0.5);
  const fx = x - column;
  const fy = y - row;
  const wrap = size - 1;
  const a = (column - 1) & wrap;
  const b = column & wrap;
  const c = (column + 1) & wrap;
  const wa = 0.5 * (0.5 - fx) * (0.5 - fx);
  const wb = 0.75 - fx * fx;
  const wc = 0.5 * (0.5 + fx) * (0.5 + fx);
  const upper = ((row - 1) & wrap) * size;
  const middle = (row & wrap) * size;
  const lower = ((row + 1) & wrap) * size;
  return (
    (values[upper + a]! * wa + values[upper + b]! * wb + values[upper + c]! * wc) * 0.5 * (0.5 - fy) * (0.5 - fy) +
    (values[middle + a]! * wa + values[middle + b]! * wb + values[middle + c]! * wc) * (0.75 - fy * fy) +
    (values[lower + a]! * wa + values[lower + b]! * wb + values[lower + c]! * wc) * 0.5 * (0.5 + fy) * (0.5 + fy)
  );
}
