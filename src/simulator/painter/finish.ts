import { createFrame, type Frame } from './frame.ts';
import { mix } from './random.ts';

/** Linear light up to this is told apart; the shoulder has flattened everything by then. */
const BRIGHTEST = 2.5;
const ENTRIES = 16_384;

/** From linear light to screen values 0–255: a soft shoulder for highlights, then the sRGB curve. */
type Tone = Float32Array;

export function createTone(): Tone {
  const tone = new Float32Array(ENTRIES + 1);
  for (let index = 0; index <= ENTRIES; index++) {
    const light = (index / ENTRIES) * BRIGHTEST;
    const knee = 0.7;
    const soft = light < knee ? light : knee + (1 - knee) * (1 - Math.exp((knee - light) / (1 - knee)));
    tone[index] = 255 * (soft <= 0.0031308 ? soft * 12.92 : 1.055 * soft ** (1 / 2.4) - 0.055);
  }
  return tone;
}

/** A rectangle of screen pixels that frames are developed into; one grid holds several. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray;
}

/**
 * Develops a frame into a sheet at (left, top): a vignette around the first window's middle, the tone curve, fine grain.
 * The vignette belongs to the world, not to the window, so that a wider view shows the same light.
 */
export function develop(frame: Frame, tone: Tone, sheet: Sheet, left: number, top: number): void {
  const { width, height, light, step } = frame;
  const perLight = ENTRIES / BRIGHTEST;
  for (let row = 0; row < height; row++) {
    const dy = frame.top + (row + 0.5) * step - 0.5;
    let at = row * width * 3;
    let out = ((top + row) * sheet.width + left) * 3;
    const grainRow = Math.imul(row, 0x165667b1);
    for (let column = 0; column < width; column++, at += 3, out += 3) {
      const dx = frame.left + (column + 0.5) * step;
      const far = Math.min(Math.max((dx * dx * 0.6 + dy * dy - 0.08) * 1.6, 0), 1);
      const gain = (1 - 0.26 * far * (2 - far)) * perLight;
      const grain = (mix(column ^ grainRow) / 4_294_967_296 - 0.5) * 3.2;
      sheet.pixels[out] = tone[Math.min(Math.max(light[at]! * gain, 0), ENTRIES) | 0]! + grain;
      sheet.pixels[out + 1] = tone[Math.min(Math.max(light[at + 1]! * gain, 0), ENTRIES) | 0]! + grain;
      sheet.pixels[out + 2] = tone[Math.min(Math.max(light[at + 2]! * gain, 0), ENTRIES) | 0]! + grain;
    }
  }
}

/** Lets bright places shine over their surroundings: what is above `threshold` is blurred over `radius` (world) and added. */
export function addGlow(frame: Frame, options: { radius: number; threshold: number; strength: number }): void {
  const wanted = options.radius / frame.step / 3;
  const shrink = Math.max(1, Math.floor(wanted));
  const box = Math.max(1, Math.round(wanted / shrink));
  const small = shrinkBright(frame, shrink, options.threshold);
  const spare = new Float32Array(small.light.length);
  for (let pass = 0; pass < 3; pass++) {
    blurLine(small.light, spare, small.height, small.width, small.width * 3, 3, box);
    blurLine(spare, small.light, small.width, small.height, 3, small.width * 3, box);
  }
  spread(frame, small, shrink, options.strength);
}

function shrinkBright(frame: Frame, shrink: number, threshold: number): Frame {
  const small = createFrame(Math.ceil(frame.width / shrink), Math.ceil(frame.height / shrink), 0, 0, 1);
  const share = 1 / (shrink * shrink);
  for (let row = 0; row < frame.height; row++) {
    const target = Math.floor(row / shrink) * small.width;
    for (let column = 0; column < frame.width; column++) {
      const at = (row * frame.width + column) * 3;
      const red = frame.light[at]!;
      const green = frame.light[at + 1]!;
      const blue = frame.light[at + 2]!;
      const peak = Math.max(red, green, blue);
      if (peak <= threshold) continue;
      const kept = Math.min((peak - threshold) / peak, 1) * share;
      const to = (target + Math.floor(column / shrink)) * 3;
      small.light[to]! += red * kept;
      small.light[to + 1]! += green * kept;
      small.light[to + 2]! += blue * kept;
    }
  }
  return small;
}

/** A running mean of 2·box+1 along each line; beyond the ends the last value goes on. */
function blurLine(
  from: Float32Array,
  to: Float32Array,
  lines: number,
  length: number,
  lineStride: number,
  stride: number,
  box: number,
): void {
  const share = 1 / (2 * box + 1);
  for (let line = 0; line < lines; line++) {
    for (let channel = 0; channel < 3; channel++) {
      const start = line * lineStride + channel;
      const end = start + (length - 1) * stride;
      let sum = from[start]! * (box + 1);
      for (let ahead = 1; ahead <= box; ahead++) sum += from[Math.min(start + ahead * stride, end)]!;
      for (let at = start; at <= end; at += stride) {
        to[at] = sum * share;
        sum += from[Math.min(at + (box + 1) * stride, end)]! - from[Math.max(at - box * stride, start)]!;
      }
    }
  }
}

/** Adds the small picture back, blended between its pixels. */
function spread(frame: Frame, small: Frame, shrink: number, strength: number): void {
  for (let row = 0; row < frame.height; row++) {
    const y = Math.min(Math.max((row + 0.5) / shrink - 0.5, 0), small.height - 1);
    const upper = Math.floor(y);
    const fy = y - upper;
    const lower = Math.min(upper + 1, small.height - 1);
    for (let column = 0; column < frame.width; column++) {
      const x = Math.min(Math.max((column + 0.5) / shrink - 0.5, 0), small.width - 1);
      const left = Math.floor(x);
      const fx = x - left;
      const right = Math.min(left + 1, small.width - 1);
      const at = (row * frame.width + column) * 3;
      const a = (upper * small.width + left) * 3;
      const b = (upper * small.width + right) * 3;
      const c = (lower * small.width + left) * 3;
      const d = (lower * small.width + right) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const above = small.light[a + channel]! * (1 - fx) + small.light[b + channel]! * fx;
        const below = small.light[c + channel]! * (1 - fx) + small.light[d + channel]! * fx;
        frame.light[at + channel]! += (above + (below - above) * fy) * strength;
      }
    }
  }
}
