import type { Brief } from '../../brief.ts';
import { rampIndex, smoothStep } from '../../engine/colour.ts';
import { addGlow } from '../../engine/glow.ts';
import type { Frame } from '../../engine/frame.ts';
import { sample, sampleSmooth } from '../../engine/noise.ts';

/** Cloth in slow folds: a height field, bent by itself, with the light running along its ridges. */
export function paintSilk(frame: Frame, brief: Brief): void {
  const field = foldField(frame, brief);
  lightCloth(frame, brief, field);
  addGlow(frame, { radius: 0.05, threshold: 0.75, strength: 0.4 });
}

interface FoldField {
  width: number;
  heights: Float32Array;
  /** How steep the cloth is towards the right and downwards, per point. */
  slopesX: Float32Array;
  slopesY: Float32Array;
  /** A second value a point, for the drift of colour over the cloth. */
  drift: Float32Array;
}

/** Points kept on each side of the frame: one to blend with, one more to take the slope from. */
const MARGIN = 2;

/** Heights on every second pixel. */
function foldField(frame: Frame, brief: Brief): FoldField {
  const { dice, noise } = brief;
  const step = frame.step * 2;
  const width = Math.ceil(frame.width / 2) + 2 * MARGIN;
  const height = Math.ceil(frame.height / 2) + 2 * MARGIN;
  const heights = new Float32Array(width * height);
  const drift = new Float32Array(width * height);
  const scale = dice.between('scale', 0.2, 0.34);
  const smooth = noise.smooth(step * scale);
  const o = dice.offset('cloth');
  const angle = dice.between('run', 0, Math.PI);
  const stretch = dice.between('stretch', 0.3, 0.55);
  const bend = dice.between('bend', 0.35, 0.75);
  const folds = dice.between('folds', 1.6, 3.1);
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  for (let row = 0; row < height; row++) {
    const wy = frame.top + (row + 0.5 - MARGIN) * step - 0.5;
    for (let column = 0; column < width; column++) {
      const wx = frame.left + (column + 0.5 - MARGIN) * step;
      const x = (wx * cos + wy * sin) * scale * stretch;
      const y = (wy * cos - wx * sin) * scale;
      const warpX = sampleSmooth(smooth, x + o, y * 0.8 + o * 0.3);
      const warpY = sampleSmooth(smooth, x + o + 0.37, y * 0.8 + o * 0.3 + 0.61);
      const inner = sampleSmooth(smooth, x * 1.1 + warpX * bend * 0.5 + o * 1.7, y * 1.1 + warpY * bend * 0.5);
      const fold = Math.sin((y * 6 + inner * folds + warpX * 1.2) * 2.6);
      const at = row * width + column;
      heights[at] = inner * 0.75 + fold * 0.2 + Math.sin(inner * 9 + warpY * 4) * 0.05;
      drift[at] = warpY + inner * 0.5;
    }
  }
  return { width, heights, drift, ...slopesOf(heights, width, height) };
}

/** Differences over two points, which leave no facets when blended. The outermost points stay flat and are not used. */
function slopesOf(heights: Float32Array, width: number, height: number): { slopesX: Float32Array; slopesY: Float32Array } {
  const slopesX = new Float32Array(width * height);
  const slopesY = new Float32Array(width * height);
  for (let row = 1; row < height - 1; row++) {
    for (let at = row * width + 1; at < (row + 1) * width - 1; at++) {
      slopesX[at] = (heights[at + 1]! - heights[at - 1]!) / 2;
      slopesY[at] = (heights[at + width]! - heights[at - width]!) / 2;
    }
  }
  return { slopesX, slopesY };
}

/** A place between four neighbouring points: the index of the upper left one, of the lower left one, and the four weights. */
interface Between {
  at: number;
  below: number;
  a: number;
  b: number;
  c: number;
  d: number;
}

function blend(values: Float32Array, { at, below, a, b, c, d }: Between): number {
  return values[at]! * a + values[at + 1]! * b + values[below]! * c + values[below + 1]! * d;
}

function lightCloth(frame: Frame, brief: Brief, field: FoldField): void {
  const { dice, palette, noise } = brief;
  const { light, width, height, step } = frame;
  const { tones } = palette;
  const stride = field.width;
  // Heights are in world units per point; the slope must not depend on the resolution.
  const steep = 0.075 / (step * 2);
  const turn = dice.between('light', -2.4, -0.8);
  const lightX = Math.cos(turn) * 0.75;
  const lightY = Math.sin(turn) * 0.75;
  const weave = noise.rough(step * 5);
  const [second, third] = palette.accents;
  const sheenMix = dice.between('sheen', 0.1, 0.4);
  for (let row = 0; row < height; row++) {
    const fy = (row + 0.5) / 2 - 0.5 + MARGIN;
    const top = Math.floor(fy);
    const ty = fy - top;
    for (let column = 0; column < width; column++) {
      const fx = (column + 0.5) / 2 - 0.5 + MARGIN;
      const left = Math.floor(fx);
      const tx = fx - left;
      const at0 = top * stride + left;
      const between = { at: at0, below: at0 + stride, a: (1 - tx) * (1 - ty), b: tx * (1 - ty), c: (1 - tx) * ty, d: tx * ty };
      const slopeX = blend(field.slopesX, between) * steep;
      const slopeY = blend(field.slopesY, between) * steep;
      const level = blend(field.heights, between);
      const drift = blend(field.drift, between);
      const length = 1 / Math.sqrt(1 + slopeX * slopeX + slopeY * slopeY);
      const facing = Math.max((-slopeX * lightX - slopeY * lightY + 0.62) * length, 0);
      // Silk shines where the light is reflected across the threads.
      const half = Math.max((-slopeX * lightX * 0.6 - slopeY * lightY * 0.6 + 0.9) * length, 0);
      const half2 = half * half;
      const half8 = half2 * half2 * half2 * half2;
      const shine = half8 * half8 * half2 * 0.75;
      const grain = 1 + sample(weave, (frame.left + column * step) * 4, (frame.top + row * step) * 4) * 0.035;
      const tone = rampIndex(0.18 + facing * 0.62 + level * 0.16);
      const tint = smoothStep(0.05, 0.75, drift) * 0.55;
      const tint2 = smoothStep(0.1, 0.8, -drift) * 0.4;
      const gain = (0.16 + facing * 0.95) * grain;
      const at = (row * width + column) * 3;
      const red = tones[tone]! * (1 - tint - tint2 * 0.8) + second[0] * tint * facing + third[0] * tint2 * facing;
      const green = tones[tone + 1]! * (1 - tint - tint2 * 0.8) + second[1] * tint * facing + third[1] * tint2 * facing;
      const blue = tones[tone + 2]! * (1 - tint - tint2 * 0.8) + second[2] * tint * facing + third[2] * tint2 * facing;
      const white = shine * sheenMix;
      light[at] = red * gain + (tones[372]! * shine * 0.4 + white) * grain;
      light[at + 1] = green * gain + (tones[373]! * shine * 0.4 + white) * grain;
      light[at + 2] = blue * gain + (tones[374]! * shine * 0.4 + white) * grain;
    }
  }
}
