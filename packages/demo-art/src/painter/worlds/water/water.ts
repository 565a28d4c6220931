import type { Brief } from '../../brief.ts';
import { blendLch, blendRgb, scaleRgb, smoothStep, toRgb, type Rgb } from '../../engine/colour.ts';
import { addGlow } from '../../engine/glow.ts';
import { rowAt, type Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { fillShape } from '../../engine/shape.ts';
import { createMirror } from './mirror.ts';
import { paintPalm } from '../nature/palm.ts';
import { paintSky, planSky, type Sky } from '../space/sky.ts';
import { addBirds } from '../nature/birds.ts';
import { addFalling } from '../weather.ts';

/** Land seen over the water; `x` to `x + length` along the horizon. */
interface Coast {
  middle: number;
  half: number;
  rise: number;
  offset: number;
  colour: Rgb;
  foot: Rgb;
}

/** A sea or a lake with an island, the sky once more in the water, a path of light under the sun. */
export function paintWater(frame: Frame, brief: Brief): void {
  const { dice } = brief;
  const horizon = dice.between('horizon', 0.54, 0.64);
  const sky = planSky(brief, horizon);
  sky.sunY = horizon - dice.between('sun-over-water', 0.03, 0.26);
  const coasts = planCoasts(brief, sky);
  paintAbove(frame, brief, sky, coasts);
  paintSurface(frame, brief, sky, coasts);
  addBoat(frame, brief, sky);
  if (brief.subject.features.has('rain')) {
    addFalling(frame, brief, { kind: 'rain', seed: dice.seed('rain'), colour: toRgb(brief.palette.horizon) });
  }
  addGlow(frame, { radius: 0.05, threshold: 0.85, strength: 0.55 });
}

function paintAbove(frame: Frame, brief: Brief, sky: Sky, coasts: readonly Coast[]): void {
  paintSky(frame, brief, sky, sky.horizon);
  for (const coast of coasts) paintCoast(frame, brief, sky, coast);
  if (coasts.length > 0) addPalms(frame, brief, sky, coasts[coasts.length - 1]!);
  addBirds(frame, brief, sky);
}

function planCoasts(brief: Brief, sky: Sky): Coast[] {
  const { dice, palette } = brief;
  const far = toRgb(blendLch(palette.horizon, palette.far, 0.6));
  const near = toRgb(blendLch(palette.far, palette.near, 0.8));
  const mist = toRgb(palette.horizon);
  const coasts: Coast[] = [];
  if (dice.chance('far-coast', 0.75)) {
    coasts.push({
      middle: 0,
      half: Infinity,
      rise: dice.between('coast-rise', 0.025, 0.1),
      offset: dice.offset('coast'),
      colour: far,
      foot: blendRgb(far, mist, 0.55),
    });
  }
  const side = sky.sunX > 0 ? -1 : 1;
  if (dice.chance('second-coast', 0.5)) {
    const middle = -side * dice.between('second-x', 0.25, 0.5);
    const colour = blendRgb(far, near, 0.45);
    coasts.push({
      middle,
      half: dice.between('second-half', 0.2, 0.4),
      rise: dice.between('second-rise', 0.05, 0.1),
      offset: dice.offset('second'),
      colour,
      foot: blendRgb(colour, mist, 0.35),
    });
  }
  if (dice.chance('island', 0.8) || brief.subject.features.has('palms')) {
    const middle = side * dice.between('island-x', 0.1, 0.34);
    coasts.push({
      middle,
      half: dice.between('island-half', 0.18, 0.32),
      rise: dice.between('island-rise', 0.07, 0.18),
      offset: dice.offset('island'),
      colour: near,
      foot: blendRgb(near, far, 0.16),
    });
  }
  return coasts;
}

/** How high a coast stands over the horizon at `x`; negative past its ends. */
function coastRise(brief: Brief, coast: Coast, step: number, x: number): number {
  const rough = brief.noise.rough(step * 0.8);
  const reach = coast.half === Infinity ? 0.62 : 1 - ((x - coast.middle) / coast.half) ** 2;
  if (reach <= 0) return -0.01;
  const slow = sample(rough, x * 0.3 + coast.offset, coast.offset * 3.1);
  const fine = sample(rough, x * 1.1 + coast.offset, coast.offset * 1.7);
  return coast.rise * (reach ** 0.8 * (0.75 + slow * 0.75) + fine * 0.13 * Math.sqrt(reach));
}

function paintCoast(frame: Frame, brief: Brief, sky: Sky, coast: Coast): void {
  const { light, width, step } = frame;
  const rough = brief.noise.rough(step * 1.6);
  const last = rowAt(frame, sky.horizon);
  const heights = new Float32Array(width);
  let highest = 0;
  for (let column = 0; column < width; column++) {
    const rise = coastRise(brief, coast, step, frame.left + (column + 0.5) * step);
    heights[column] = rise;
    if (rise > highest) highest = rise;
  }
  const toSun = sky.sunX > coast.middle ? 0.007 : -0.007;
  for (let row = Math.max(0, rowAt(frame, sky.horizon - highest) - 1); row < last; row++) {
    const y = frame.top + (row + 0.5) * step;
    const up = sky.horizon - y;
    for (let column = 0; column < width; column++) {
      const cover = (heights[column]! - up) / step + 0.5;
      if (cover <= 0) continue;
      const x = frame.left + (column + 0.5) * step;
      const u = x * 1.6 + coast.offset;
      const v = y * 1.1;
      const face = 1 + Math.min(Math.max((sample(rough, u, v) - sample(rough, u + toSun, v - 0.005)) * 3.2, -0.4), 0.7);
      const low = smoothStep(coast.rise * 0.7, 0, up);
      const share = cover < 1 ? cover : 1;
      const at = (row * width + column) * 3;
      light[at]! += ((coast.colour[0] + (coast.foot[0] - coast.colour[0]) * low) * face - light[at]!) * share;
      light[at + 1]! += ((coast.colour[1] + (coast.foot[1] - coast.colour[1]) * low) * face - light[at + 1]!) * share;
      light[at + 2]! += ((coast.colour[2] + (coast.foot[2] - coast.colour[2]) * low) * face - light[at + 2]!) * share;
    }
  }
}

function addPalms(frame: Frame, brief: Brief, sky: Sky, coast: Coast): void {
  if (!brief.subject.features.has('palms')) return;
  const colour = scaleRgb(toRgb(brief.palette.near), 0.9);
  const count = 3 + brief.dice.pick('palms', 5);
  for (let index = 0; index < count; index++) {
    const x = coast.middle + brief.dice.between(`palm-x-${index}`, -0.8, 0.8) * Math.min(coast.half, 0.4);
    const foot = sky.horizon - Math.max(coastRise(brief, coast, frame.step, x), 0) + 0.008;
    paintPalm(frame, {
      x,
      foot,
      height: brief.dice.between(`palm-height-${index}`, 0.09, 0.19),
      lean: brief.dice.between(`palm-lean-${index}`, -0.45, 0.45),
      seed: brief.dice.seed(`palm-${index}`),
      colour,
    });
  }
}

/** Everything below the horizon: the world above it mirrored, broken by waves, deeper in colour towards the eye. */
function paintSurface(frame: Frame, brief: Brief, sky: Sky, coasts: readonly Coast[]): void {
  const { palette, noise } = brief;
  const { light, width, step } = frame;
  const first = rowAt(frame, sky.horizon);
  if (first >= frame.height) return;
  const mirror = createMirror(frame, sky.horizon, (above) => paintAbove(above, brief, sky, coasts));
  const deep = scaleRgb(toRgb(blendLch(palette.near, palette.far, palette.night > 0.5 ? 0.15 : 0.45)), 0.75);
  const calm = 0.75 + 0.25 * brief.dice.between('calm', 0, 1);
  const rough = noise.rough(step * 1.2);
  const shallow = brief.subject.mood === 'tropical' || brief.subject.features.has('palms') ? brief.palette.tones : undefined;
  const [sunRed, sunGreen, sunBlue] = blendRgb(palette.sun, toRgb(palette.horizon), 0.25);
  const sunStrength = (1.05 - 0.45 * palette.night) * (0.35 + 0.65 / (1 + Math.max(0, sky.cloud - 0.5) * 6));
  for (let row = first; row < frame.height; row++) {
    const y = frame.top + (row + 0.5) * step;
    const down = y - sky.horizon;
    // Waves are seen in perspective: near the horizon they close up, and their slopes show less.
    const near = down / (down + 0.16);
    const v = Math.log(down + 0.022) * 1.25 + sky.offset;
    const u0 = 0.42 / (0.12 + down * 0.7);
    const sway = 0.012 + 0.085 * near;
    const clear = (0.9 - 0.52 * near) * calm;
    const pathWidth = 0.02 + sky.sunRadius * 0.9 + down * 0.24;
    for (let column = 0; column < width; column++) {
      const x = frame.left + (column + 0.5) * step;
      const u = x * u0 * 0.55 + sky.offset;
      const wave = sample(rough, u * 0.8, v * 1.6);
      const ripple = sample(rough, u * 2.6 + 0.31, v * 4.4);
      const slope = wave * 0.75 + ripple * 0.5;
      const from = mirror.at(x + slope * sway * 0.35, down * (1 + slope * 0.5) + Math.abs(slope) * sway * 0.65);
      let red = deep[0] + (mirror.light[from]! - deep[0]) * clear;
      let green = deep[1] + (mirror.light[from + 1]! - deep[1]) * clear;
      let blue = deep[2] + (mirror.light[from + 2]! - deep[2]) * clear;
      if (shallow) {
        const tone = smoothStep(0.02, 0.5, down) * 0.55;
        const at = (60 + Math.round(Math.min(Math.max(30 * near + slope * 26, -20), 60))) * 3;
        red += (shallow[at]! * 0.8 - red) * tone;
        green += (shallow[at + 1]! * 0.8 - green) * tone;
        blue += (shallow[at + 2]! * 0.8 - blue) * tone;
      }
      const shade = 1 + slope * 0.2 * near;
      const across = (x - sky.sunX) / pathWidth;
      const path = Math.exp(-across * across * 1.6) * sunStrength;
      const glint = smoothStep(0.16, 0.5, slope + path * 0.22) * path * (1 - 0.35 * near);
      const sheen = path * 0.14;
      const at = (row * width + column) * 3;
      light[at] = red * shade + sunRed * (glint + sheen);
      light[at + 1] = green * shade + sunGreen * (glint + sheen);
      light[at + 2] = blue * shade + sunBlue * (glint + sheen);
    }
  }
}

/** A small sailing boat, dark against the light, with its reflection. */
function addBoat(frame: Frame, brief: Brief, sky: Sky): void {
  const { dice, palette, subject } = brief;
  if (!subject.features.has('boat') && !dice.chance('boat', 0.3)) return;
  const size = dice.between('boat-size', 0.035, 0.06) * (subject.features.has('boat') ? 1.7 : 1);
  const x = sky.sunX + dice.between('boat-x', -0.14, 0.14);
  const y = sky.horizon + size * 0.55 + 0.012;
  const dark = scaleRgb(toRgb(palette.near), 0.8);
  const sail = blendRgb(blendRgb(palette.cloud, toRgb(palette.horizon), 0.4), dark, 0.35 + 0.4 * palette.night);
  for (const [turn, opacity] of [
    [-1, 0.4],
    [1, 1],
  ] as const) {
    const put = (points: readonly number[], top: Rgb, bottom: Rgb): void =>
      fillShape(
        frame,
        points.map((value, index) => (index % 2 ? y + value * size * turn * (turn < 0 ? 0.8 : 1) : x + value * size)),
        { top, bottom, opacity },
      );
    put([-0.62, -0.2, 0.66, -0.2, 0.44, 0.02, -0.46, 0.02], dark, dark);
    put([-0.015, -1.6, 0.02, -1.6, 0.02, -0.18, -0.015, -0.18], dark, dark);
    put([0.03, -1.55, 0.26, -1, 0.42, -0.6, 0.5, -0.3, 0.03, -0.28], sail, blendRgb(sail, dark, 0.25));
    put([-0.04, -1.45, -0.04, -0.28, -0.46, -0.28, -0.26, -0.75], blendRgb(sail, dark, 0.25), blendRgb(sail, dark, 0.4));
  }
}
