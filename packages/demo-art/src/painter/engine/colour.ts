/** Linear light, 0 to 1 and above. */
export type Rgb = readonly [red: number, green: number, blue: number];
/** OKLCH: lightness 0–1, chroma 0–0.37, hue in degrees. */
export type Lch = readonly [lightness: number, chroma: number, hue: number];

/** 128 colours in a row, three numbers each. */
export type Ramp = Float32Array;
const RAMP_LAST = 127;

/** The colour in linear light; chroma is lowered until the screen can show it. Source: oklab, conversion. */
export function toRgb(colour: Lch): Rgb {
  const [lightness, chroma, hue] = colour;
  const full = convert(lightness, chroma, hue);
  if (isShown(full)) return full;
  let low = 0;
  let high = chroma;
  for (let round = 0; round < 9; round++) {
    const middle = (low + high) / 2;
    if (isShown(convert(lightness, middle, hue))) low = middle;
    else high = middle;
  }
  const [red, green, blue] = convert(lightness, low, hue);
  return [Math.max(red, 0), Math.max(green, 0), Math.max(blue, 0)];
}

function convert(lightness: number, chroma: number, hue: number): Rgb {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
}

const isShown = ([red, green, blue]: Rgb): boolean =>
  red > -0.001 && green > -0.001 && blue > -0.001 && red < 1.001 && green < 1.001 && blue < 1.001;

/** Hues further apart than this are blended through grey: the way round would show colours that neither end has. */
const WIDEST_TURN = 100;

/** Between two colours in OKLCH, the hue going the shorter way round. */
export function blendLch(from: Lch, to: Lch, share: number): Lch {
  const turn = ((((to[2] - from[2]) % 360) + 540) % 360) - 180;
  const lightness = from[0] + (to[0] - from[0]) * share;
  if (Math.abs(turn) <= WIDEST_TURN) return [lightness, from[1] + (to[1] - from[1]) * share, from[2] + turn * share];
  const start = (from[2] * Math.PI) / 180;
  const end = (to[2] * Math.PI) / 180;
  const a = from[1] * Math.cos(start) * (1 - share) + to[1] * Math.cos(end) * share;
  const b = from[1] * Math.sin(start) * (1 - share) + to[1] * Math.sin(end) * share;
  return [lightness, Math.hypot(a, b), (Math.atan2(b, a) * 180) / Math.PI];
}

/** A ramp through evenly spaced colours. */
export function createRamp(stops: readonly Lch[]): Ramp {
  const ramp = new Float32Array((RAMP_LAST + 1) * 3);
  const lastStop = stops.length - 1;
  for (let index = 0; index <= RAMP_LAST; index++) {
    const position = (index / RAMP_LAST) * lastStop;
    const stop = Math.min(Math.floor(position), lastStop - 1);
    const from = stops[stop] ?? stops[0] ?? [0, 0, 0];
    const to = stops[stop + 1] ?? from;
    ramp.set(toRgb(blendLch(from, to, position - stop)), index * 3);
  }
  return ramp;
}

/** Index of a ramp's first number for a position 0–1 (clamped). */
export function rampIndex(position: number): number {
  return position <= 0 ? 0 : position >= 1 ? RAMP_LAST * 3 : Math.floor(position * RAMP_LAST + 0.5) * 3;
}

export function rampAt(ramp: Ramp, position: number): Rgb {
  const index = rampIndex(position);
  return [ramp[index]!, ramp[index + 1]!, ramp[index + 2]!];
}

export function blendRgb(from: Rgb, to: Rgb, share: number): Rgb {
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share, from[2] + (to[2] - from[2]) * share];
}

export function scaleRgb(colour: Rgb, factor: number): Rgb {
  return [colour[0] * factor, colour[1] * factor, colour[2] * factor];
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothStep(low: number, high: number, value: number): number {
  const share = (value - low) / (high - low);
  if (share <= 0) return 0;
  if (share >= 1) return 1;
  return share * share * (3 - 2 * share);
}
