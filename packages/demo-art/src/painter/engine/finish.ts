import type { Frame } from './frame.ts';
import { mix } from '@atelier/lib/random';

/** Linear light up to this is told apart; the shoulder has flattened everything by then. */
const BRIGHTEST = 2.5;
const ENTRIES = 16_384;

/** From linear light to screen values 0–255: a soft shoulder for highlights, then the sRGB curve. */
type ToneCurve = Float32Array;

export function createToneCurve(): ToneCurve {
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

/** The place of one frame in a row of frames. */
export interface FrameTarget {
  width: number;
  height: number;
  pixels: Uint8Array;
  /** The index in `pixels` of the frame's first value. */
  at: number;
}

/**
 * Develops a frame into a sheet at (left, top): a vignette around the first window's middle, the tone curve, fine grain.
 * The vignette belongs to the world, not to the window, so that a wider view shows the same light.
 */
export function develop(frame: Frame, tone: ToneCurve, sheet: Sheet, { left, top }: { left: number; top: number }): void {
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
