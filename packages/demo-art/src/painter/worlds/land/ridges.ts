import type { Brief } from '../../brief.ts';
import { blendLch, blendRgb, rampAt, scaleRgb, smoothStep, toRgb, type Rgb } from '../../engine/colour.ts';
import { addGlow } from '../../engine/glow.ts';
import { rowsBetween, type Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { paintDunes } from './dunes.ts';
import { hasHero, heroX } from '../figure.ts';
import { planRidges, ridgeEdge, type Ridge } from './ridge-plan.ts';
import { addLife } from '../nature/life.ts';
import { paintSky, planSky, type Sky } from '../space/sky.ts';
import { addFalling } from '../weather.ts';
import { plantCrowns, plantFirs } from '../nature/trees.ts';

/** Layered mountains under a wide sky, with woods, snow, autumn leaves or dunes as the words ask. */
export function paintRidges(frame: Frame, brief: Brief): void {
  const horizon = brief.dice.between('horizon', 0.52, 0.62);
  const sky = planSky(brief, horizon);
  if (hasHero(brief)) {
    // The figure on the hill stands against the light.
    sky.sunRadius = brief.dice.between('hero-sun', 0.14, 0.18);
    sky.sunX = heroX(brief) + brief.dice.between('hero-beside', -0.05, 0.05);
    sky.sunY = horizon - brief.dice.between('hero-over', 0.1, 0.16);
  }
  paintSky(frame, brief, sky, horizon + 0.16);
  if (brief.subject.features.has('dunes')) {
    paintDunes(frame, brief, sky);
  } else {
    paintRanges(frame, brief, sky);
  }
  if (brief.subject.features.has('snowfall')) {
    addFalling(frame, brief, { kind: 'snow', seed: brief.dice.seed('flakes'), colour: [1, 1, 1] });
  }
  addGlow(frame, { radius: 0.045, threshold: 0.85, strength: 0.5 });
}

function paintRanges(frame: Frame, brief: Brief, sky: Sky): void {
  const { noise } = brief;
  const ridges = planRidges(brief, sky.horizon);
  const smooth = noise.smooth(frame.step * 0.5);
  const rough = noise.rough(frame.step);
  const edges = ridges.map((ridge) => {
    const edge = new Float32Array(frame.width);
    for (let column = 0; column < frame.width; column++) {
      edge[column] = ridgeEdge(ridge, smooth, rough, frame.left + (column + 0.5) * frame.step);
    }
    return edge;
  });
  const home = brief.subject.features.has('cabin') ? 4 : 5;
  for (const [index, ridge] of ridges.entries()) {
    const edge = edges[index]!;
    shadeRange(frame, brief, ridge, { edge, next: edges[index + 1], sunX: sky.sunX });
    const ground = (x: number): number => ridgeEdge(ridge, smooth, rough, x);
    const next = ridges[index + 1];
    const hiddenBelow = (x: number): number => (next ? ridgeEdge(next, smooth, rough, x) : Infinity);
    growWood(frame, brief, sky, { ridge, index, ground, hiddenBelow });
    if (index === home) addLife(frame, brief, sky, ground);
  }
}

/** The colour of a range before light falls on it, and of the mist at its foot. */
function rangeColours(brief: Brief, near: number): { body: Rgb; mist: Rgb } {
  const { palette } = brief;
  const depth = Math.min(near, 1) ** 0.8;
  const far = blendLch(palette.horizon, palette.far, 0.75);
  return {
    body: toRgb(blendLch(far, palette.near, depth * 0.94)),
    mist: toRgb(blendLch(palette.horizon, blendLch(palette.far, palette.near, 0.35), Math.min(0.12 + depth * 0.62, 0.8))),
  };
}

/** The look of a range's surface. */
interface Surface {
  body: Rgb;
  mist: Rgb;
  /** How much snow lies on it, 0 to 1, and the snow's colour. */
  snow: number;
  white: Rgb;
  contrast: number;
}

function surfaceOf(brief: Brief, ridge: Ridge): Surface {
  const { palette, subject } = brief;
  const { body, mist } = rangeColours(brief, ridge.near);
  const depth = Math.min(ridge.near, 1);
  return {
    body,
    mist,
    snow: subject.features.has('snow') || subject.mood === 'snow' ? 1 : subject.features.has('crowns') || ridge.near > 0.45 ? 0 : 0.5,
    white: blendRgb(
      toRgb(blendLch([0.9, 0.03, 252], palette.far, 0.15 + 0.5 * palette.night)),
      mist,
      0.3 * (1 - depth) + 0.45 * palette.night,
    ),
    contrast: (subject.features.has('snow') ? 1.15 : 0.85) * (1 - depth * 0.35) * (1 - 0.4 * palette.night),
  };
}

function shadeRange(
  frame: Frame,
  brief: Brief,
  ridge: Ridge,
  { edge, next, sunX }: { edge: Float32Array; next: Float32Array | undefined; sunX: number },
): void {
  const { light, width, step } = frame;
  const { body, mist, snow, white, contrast } = surfaceOf(brief, ridge);
  const { first, last } = rowsBetween(frame, edge, next);
  const depth = Math.min(ridge.near, 1);
  const scale = 1.75 - 0.35 * depth;
  const rough = brief.noise.rough(step * scale);
  const smooth = brief.noise.smooth(step * scale);
  const sunWarm = blendRgb(brief.palette.sun, [1, 1, 1], 0.3);
  const mistDepth = 0.06 + ridge.rise * 0.5;
  const mistMost = 0.93 - depth * 0.45;
  const toSun = sunX > 0 ? 0.008 : -0.008;
  for (let row = first; row < last; row++) {
    const y = frame.top + (row + 0.5) * step;
    for (let column = 0; column < width; column++) {
      const down = y - edge[column]!;
      const cover = down / step + 0.5;
      if (cover <= 0 || (next && y > next[column]! + step)) continue;
      const x = frame.left + (column + 0.5) * step;
      // Gullies run down the slope: stretched along the fall, bent by the larger folds.
      const bend = sample(smooth, x * scale * 0.8 + ridge.offset, y * scale * 0.5) * 0.07;
      const u = x * scale + ridge.offset * 3 + bend;
      const v = y * scale * 0.62 - Math.abs(bend) * 1.2;
      const slope = sample(rough, u, v) - sample(rough, u + toSun, v - 0.006);
      const face = Math.min(Math.max(slope * 4.2 * contrast, -0.55), 0.75);
      let [red, green, blue] = body;
      if (snow > 0) {
        const patch = sample(rough, u * 1.3, v * 1.1) * 0.5 + face * 0.25;
        const melt = (down / (ridge.rise * 1.3 + 0.03)) * (snow > 0.9 ? 0.55 : 1);
        const cap = snow * smoothStep(0.12, 0.5, snow - melt + patch * 0.8 - (snow < 0.9 ? 0.05 : 0));
        red += (white[0] - red) * cap;
        green += (white[1] - green) * cap;
        blue += (white[2] - blue) * cap;
      }
      const gain = face > 0 ? 1 + face * 1.2 : 1 + face;
      const warm = face > 0 ? face * 0.14 * (1 - depth * 0.6) : 0;
      // Shade is lit by the sky alone: red goes first.
      const cool = face < 0 ? face : 0;
      red = red * (gain + cool * 0.28) + sunWarm[0] * warm;
      green = green * (gain + cool * 0.1) + sunWarm[1] * warm;
      blue = blue * (gain - cool * 0.12) + sunWarm[2] * warm;
      const haze = mistMost * (1 - 1 / (1 + (Math.max(down, 0) / mistDepth) ** 2));
      const dx = x - sunX;
      const glow = 1 + 0.25 / (1 + dx * dx * 14);
      red += (mist[0] * glow - red) * haze;
      green += (mist[1] * glow - green) * haze;
      blue += (mist[2] * glow - blue) * haze;
      const at = (row * width + column) * 3;
      const share = cover < 1 ? cover : 1;
      light[at]! += (red - light[at]!) * share;
      light[at + 1]! += (green - light[at + 1]!) * share;
      light[at + 2]! += (blue - light[at + 2]!) * share;
    }
  }
}

function growWood(
  frame: Frame,
  brief: Brief,
  sky: Sky,
  slope: { ridge: Ridge; index: number; ground: (x: number) => number; hiddenBelow: (x: number) => number },
): void {
  const { ridge, index, ground, hiddenBelow } = slope;
  const { dice, palette, subject, noise } = brief;
  const { body, mist } = rangeColours(brief, ridge.near);
  const seed = dice.seed(`wood-${index}`);
  const depth = Math.min(ridge.near, 1);
  if (subject.features.has('crowns') && index >= 2) {
    const shades =
      subject.mood === 'autumn'
        ? [palette.accents[0], palette.accents[1], palette.accents[2], blendRgb(palette.accents[0], palette.accents[2], 0.5)]
        : [0.34, 0.46, 0.56, 0.66].map((level) => rampAt(palette.tones, level));
    plantCrowns(frame, {
      seed,
      radius: 0.006 + 0.013 * ridge.near ** 1.5,
      ground,
      hiddenBelow,
      depth: 0.12 + 0.1 * ridge.near + ridge.rise,
      sunSide: sky.sunX > 0 ? 1 : -1,
      colours: shades.map((shade) => blendRgb(scaleRgb(shade, 0.85), body, 0.2 + 0.3 * palette.night)),
      mist,
      mistShare: 0.78 - depth * 0.62,
    });
    return;
  }
  const wooded = subject.features.has('firs') || subject.features.has('snow') || dice.chance('wooded', 0.7);
  if (!wooded || index < 3) return;
  const texture = noise.smooth(0.002);
  const forest = subject.features.has('firs');
  const dark = blendRgb(scaleRgb(body, 0.62), mist, 0.1 * (1 - depth));
  for (const rank of [0, 1]) {
    plantFirs(frame, {
      seed: seed + rank * 101,
      spacing: (0.009 + 0.013 * ridge.near) * (rank ? 1.3 : 1),
      height: (0.045 + 0.085 * ridge.near ** 1.6) * (rank ? 1 : 0.8),
      density: (x) => (forest ? 0.62 : 0.22) + sample(texture, x * 0.7 + ridge.offset, rank * 0.3 + ridge.near) * 1.5,
      ground: (x) => ground(x) + rank * 0.02,
      top: dark,
      bottom: blendRgb(dark, body, 0.55),
      snow: subject.features.has('snow') || subject.mood === 'snow' ? 0.55 : 0,
      white: scaleRgb([0.72, 0.79, 0.9], 1 - 0.72 * palette.night),
    });
  }
}
