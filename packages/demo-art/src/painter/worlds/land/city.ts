import type { Brief } from '../../brief.ts';
import { blendLch, blendRgb, rampAt, scaleRgb, smoothStep, toRgb, type Rgb } from '../../engine/colour.ts';
import { addGlow } from '../../engine/glow.ts';
import { fillRectangle, rowAt, type Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { raiseTower, type Tower } from './tower.ts';
import { cellUnit } from '../../dice.ts';
import { createMirror } from '../water/mirror.ts';
import { paintSky, planSky, type Sky } from '../space/sky.ts';
import { addFalling } from '../weather.ts';

/** A row of towers at one distance. */
interface Block {
  near: number;
  pitch: number;
  tall: number;
  seed: number;
  /** The x at which the row is highest. */
  middle: number;
}

const BLOCKS = 5;

/** A skyline at night with lit windows, signs and a wet street that gives everything back. */
export function paintCity(frame: Frame, brief: Brief): void {
  const { dice, palette } = brief;
  const street = dice.between('street', 0.77, 0.84);
  const sky = planSky(brief, street - 0.12);
  sky.sunRadius = dice.between('disc', 0.075, 0.15);
  sky.sunX = dice.between('disc-x', -0.26, 0.26);
  sky.sunY = dice.between('disc-y', 0.2, 0.36);
  const middle = dice.between('centre', -0.25, 0.25);
  const blocks = Array.from({ length: BLOCKS }, (_, index): Block => {
    const near = index / (BLOCKS - 1);
    return { near, pitch: 0.036 + 0.085 * near ** 1.4, tall: 0.58 - 0.22 * near, seed: dice.seed(`block-${index}`), middle };
  });
  const skyline = { sky, street, blocks };
  paintAbove(frame, brief, skyline);
  paintStreet(frame, brief, skyline);
  if (brief.subject.features.has('rain') || (brief.subject.mood === 'neon' && dice.chance('drizzle', 0.35))) {
    const colour = blendRgb(toRgb(palette.horizon), [0.6, 0.7, 0.9], 0.5);
    addFalling(frame, brief, { kind: 'rain', seed: dice.seed('rain'), colour });
  }
  addGlow(frame, { radius: 0.05, threshold: 0.55, strength: 0.62 });
}

/** The part of the picture above the street. */
interface Skyline {
  sky: Sky;
  /** Height of the street's far edge. */
  street: number;
  blocks: readonly Block[];
}

function paintAbove(frame: Frame, brief: Brief, { sky, street, blocks }: Skyline): void {
  paintSky(frame, brief, sky, street);
  for (const block of blocks) {
    raiseBlock(frame, brief, block, street);
    addHaze(frame, brief, block, street);
  }
}

function raiseBlock(frame: Frame, brief: Brief, block: Block, street: number): void {
  const { palette, noise } = brief;
  const smooth = noise.smooth(0.001);
  if (block.pitch / frame.step < 1.5) return;
  const first = Math.floor(frame.left / block.pitch) - 2;
  const last = Math.ceil((frame.left + frame.width * frame.step) / block.pitch) + 1;
  const body = toRgb(blendLch(blendLch(palette.horizon, palette.far, 0.75), palette.near, 0.3 + 0.68 * block.near ** 0.7));
  const glow = rampAt(palette.sky, 0.9);
  const lights: Rgb[] = [[1, 0.66, 0.3], [1, 0.8, 0.5], palette.accents[0], palette.accents[1], [1, 0.72, 0.36]];
  for (let place = first; place <= last; place++) {
    const chance = (name: number): number => cellUnit(block.seed, place, name);
    if (chance(0) < 0.07 + 0.1 * block.near) continue;
    const x = (place + chance(1) * 0.25) * block.pitch;
    const width = block.pitch * (0.62 + 0.42 * chance(2));
    const centre = 1 / (1 + ((x - block.middle) * 1.7) ** 2);
    const wave = 0.75 + 0.6 * sample(smooth, x * 0.4 + block.near, block.near * 3.1);
    const height = block.tall * (0.16 + 0.84 * chance(3) ** 1.7) * (0.32 + 0.68 * centre) * Math.max(wave, 0.3);
    const tower: Tower = {
      left: x,
      width,
      top: street - height,
      foot: street,
      near: block.near,
      chance,
      body,
      dim: blendRgb(body, glow, 0.3 * (1 - block.near) + 0.08),
      light: lights[Math.floor(chance(4) * lights.length)] ?? palette.sun,
      neon: palette.accents[Math.floor(chance(5) * 2)] ?? palette.accents[0],
      glowing: palette.night > 0.4 ? 1 : 0.55,
    };
    raiseTower(frame, tower, block.seed + place * 13);
  }
}

/** Light between the towers, thickest at the street and far away. */
function addHaze(frame: Frame, brief: Brief, block: Block, street: number): void {
  const { light, width, step } = frame;
  const haze = blendRgb(toRgb(brief.palette.horizon), brief.palette.accents[1], brief.palette.night > 0.5 ? 0.18 : 0);
  const most = 0.5 * (1 - block.near) ** 1.2 + 0.05;
  const smooth = brief.noise.smooth(step);
  const last = rowAt(frame, street);
  for (let row = rowAt(frame, street - 0.5); row < last; row++) {
    const y = frame.top + (row + 0.5) * step;
    const low = smoothStep(0.42, -0.02, street - y) * most;
    for (let column = 0; column < width; column++) {
      const x = frame.left + (column + 0.5) * step;
      const share = low * (0.85 + 0.6 * sample(smooth, x * 0.5 + block.near * 0.7, y * 0.9 + block.near));
      const at = (row * width + column) * 3;
      light[at]! += (haze[0] - light[at]!) * share;
      light[at + 1]! += (haze[1] - light[at + 1]!) * share;
      light[at + 2]! += (haze[2] - light[at + 2]!) * share;
    }
  }
}

/** Wet asphalt: the skyline upside down, drawn out into streaks, clearer in the puddles. */
function paintStreet(frame: Frame, brief: Brief, skyline: Skyline): void {
  const { street } = skyline;
  const { palette, noise } = brief;
  const { light, width, step } = frame;
  const first = rowAt(frame, street);
  if (first >= frame.height) return;
  const mirror = createMirror(frame, street, (above) => {
    paintAbove(above, brief, skyline);
    addGlow(above, { radius: 0.012, threshold: 0.3, strength: 0.8 });
  });
  const asphalt = scaleRgb(toRgb(palette.near), 0.8);
  const rough = noise.rough(step * 2);
  const offset = brief.dice.offset('street');
  for (let row = first; row < frame.height; row++) {
    const y = frame.top + (row + 0.5) * step;
    const down = y - street;
    const near = down / (down + 0.12);
    const v = Math.log(down + 0.03) * 1.6 + offset;
    for (let column = 0; column < width; column++) {
      const x = frame.left + (column + 0.5) * step;
      const u = ((x * 0.5) / (0.12 + down)) * 0.25 + offset;
      const wet = sample(rough, u, v);
      const ripple = sample(rough, u * 3.1, v * 3.7);
      const shift = ripple * 0.012 * (0.4 + near);
      const a = mirror.at(x + shift, down * 1.05 + ripple * 0.02 * near);
      const b = mirror.at(x + shift * 0.4, down * 1.25 + 0.012);
      const c = mirror.at(x + shift * 0.7, down * 0.8 + 0.03 * near);
      const clear = (0.42 + 0.4 * smoothStep(-0.25, 0.35, wet)) * (1 - 0.45 * near);
      const at = (row * width + column) * 3;
      light[at] = asphalt[0] + ((mirror.light[a]! * 2 + mirror.light[b]! + mirror.light[c]!) * 0.25 - asphalt[0]) * clear;
      light[at + 1] = asphalt[1] + ((mirror.light[a + 1]! * 2 + mirror.light[b + 1]! + mirror.light[c + 1]!) * 0.25 - asphalt[1]) * clear;
      light[at + 2] = asphalt[2] + ((mirror.light[a + 2]! * 2 + mirror.light[b + 2]! + mirror.light[c + 2]!) * 0.25 - asphalt[2]) * clear;
    }
  }
  // A kerb of light at the foot of the towers.
  const left = frame.left;
  fillRectangle(frame, { left, top: street - 0.0015, right: left + width * step, bottom: street + 0.0015 }, toRgb(palette.horizon), 0.35);
}
