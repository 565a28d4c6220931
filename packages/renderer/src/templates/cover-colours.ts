/** A colour by hue (degrees), saturation and lightness (0 to 1). */
export interface Accent {
  hue: number;
  saturation: number;
  lightness: number;
}

/** The colours that a video takes from its cover. */
export interface CoverColours {
  /** The colour of the moving parts: bars, progress, the words being sung. */
  main: Accent;
  /** The other end of gradients. */
  second: Accent;
}

const BUCKETS = 24;
/** Greys have a hue only by accident. */
const LEAST_SATURATION = 0.2;
const LEAST_VALUE = 0.2;
/** Bright enough to read on the dark background. */
const LIGHTNESS = { main: 0.75, second: 0.78 } as const;
/** For a cover without colour: a calm blue and violet. */
const DEFAULT_HUES = [214, 262] as const;
const GREY_SATURATION = 0.35;

/** The two colours that a cover is remembered by, from a small copy of it (RGBA). */
export function findCoverColours(rgba: Uint8Array | Uint8ClampedArray): CoverColours {
  const weights = new Float64Array(BUCKETS);
  for (let at = 0; at + 3 < rgba.length; at += 4) {
    const { hue, saturation, value } = toHsv(rgba[at]! / 255, rgba[at + 1]! / 255, rgba[at + 2]! / 255);
    if (saturation < LEAST_SATURATION || value < LEAST_VALUE) continue;
    weights[Math.floor((hue * BUCKETS) / 360) % BUCKETS]! += saturation ** 2 * value;
  }
  const ranked = Array.from(weights.keys()).toSorted((a, b) => weights[b]! - weights[a]!);
  const best = ranked[0]!;
  if (weights[best] === 0) return paletteOf(DEFAULT_HUES[0], DEFAULT_HUES[1], GREY_SATURATION);
  // A neighbouring bucket is the same colour to the eye.
  const apart = (bucket: number): number => Math.min(Math.abs(bucket - best), BUCKETS - Math.abs(bucket - best));
  const second = ranked.find((bucket) => apart(bucket) > 1 && weights[bucket]! > weights[best]! * 0.05) ?? (best + 2) % BUCKETS;
  return paletteOf(hueOf(best), hueOf(second), 0.85);
}

const hueOf = (bucket: number): number => ((bucket + 0.5) * 360) / BUCKETS;

const paletteOf = (main: number, second: number, saturation: number): CoverColours => ({
  main: { hue: main, saturation, lightness: LIGHTNESS.main },
  second: { hue: second, saturation: saturation * 0.9, lightness: LIGHTNESS.second },
});

/** The colour for the canvas. */
export const cssOf = ({ hue, saturation, lightness }: Accent, alpha = 1): string =>
  `hsla(${hue}, ${saturation * 100}%, ${lightness * 100}%, ${alpha})`;

function toHsv(r: number, g: number, b: number): { hue: number; saturation: number; value: number } {
  const value = Math.max(r, g, b);
  const range = value - Math.min(r, g, b);
  if (range === 0) return { hue: 0, saturation: 0, value };
  const sector = value === r ? ((g - b) / range + 6) % 6 : value === g ? (b - r) / range + 2 : (r - g) / range + 4;
  return { hue: sector * 60, saturation: range / value, value };
}
