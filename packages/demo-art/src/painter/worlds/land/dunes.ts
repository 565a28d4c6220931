import type { Brief } from '../../brief.ts';
import { blendLch, blendRgb, scaleRgb, smoothStep, toRgb } from '../../engine/colour.ts';
import { rowsBetween, type Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { addLife } from '../nature/life.ts';
import type { Sky } from '../space/sky.ts';

interface Dune {
  near: number;
  base: number;
  rise: number;
  wide: number;
  offset: number;
}

const COUNT = 9;

/** Sand: long crests, one side in the sun and one in shade, ripples near the eye. */
export function paintDunes(frame: Frame, brief: Brief, sky: Sky): void {
  const { dice, noise } = brief;
  const dunes = Array.from({ length: COUNT }, (_, index): Dune => {
    const near = index / 5;
    const below = Math.max(0, index - 5);
    return {
      near,
      base: sky.horizon + 0.015 + 0.3 * near ** 1.25 + below * 0.12,
      rise: 0.035 + 0.15 * Math.min(near, 1.4),
      wide: 0.34 - 0.13 * Math.min(near, 1),
      offset: dice.offset(`dune-${index}`),
    };
  });
  const smooth = noise.smooth(frame.step * 0.4);
  const edgeOf = (dune: Dune, x: number): number => {
    const wave = sample(smooth, x * dune.wide + dune.offset, dune.offset * 2.3);
    // One flank is long, the other short: folding makes the crest, the slow wave its sweep.
    return (
      dune.base -
      dune.rise * (0.75 * (1 - Math.min(Math.abs(wave) * 1.9, 1)) ** 1.25 + 0.35 * sample(smooth, x * dune.wide * 0.45, dune.offset))
    );
  };
  const edges = dunes.map((dune) =>
    Float32Array.from({ length: frame.width }, (_, column) => edgeOf(dune, frame.left + (column + 0.5) * frame.step)),
  );
  for (const [index, dune] of dunes.entries()) {
    shadeDune(frame, brief, dune, { edge: edges[index]!, next: edges[index + 1], sunX: sky.sunX });
    if (index === 4) addLife(frame, brief, sky, (x) => edgeOf(dune, x));
  }
}

function shadeDune(
  frame: Frame,
  brief: Brief,
  dune: Dune,
  { edge, next, sunX }: { edge: Float32Array; next: Float32Array | undefined; sunX: number },
): void {
  const { palette, noise } = brief;
  const { light, width, step } = frame;
  const depth = Math.min(dune.near, 1);
  const haze = toRgb(palette.horizon);
  const sand = blendRgb(toRgb(blendLch(palette.far, palette.near, 0.12 + depth * 0.42)), haze, 0.5 * (1 - depth));
  const lit = blendRgb(blendRgb(sand, palette.sun, 0.2), palette.accents[0], 0.3);
  const shade = blendRgb(
    scaleRgb(toRgb(blendLch(palette.near, palette.far, 0.25 * (1 - depth))), 1.05 - 0.15 * depth),
    haze,
    0.6 * (1 - depth),
  );
  const smooth = noise.smooth(step * 0.6);
  const rough = noise.rough(step * 4);
  const side = sunX > 0 ? 1 : -1;
  const { first, last } = rowsBetween(frame, edge, next);
  for (let row = first; row < last; row++) {
    const y = frame.top + (row + 0.5) * step;
    for (let column = 0; column < width; column++) {
      const down = y - edge[column]!;
      const cover = down / step + 0.5;
      if (cover <= 0 || (next && y > next[column]! + step)) continue;
      const x = frame.left + (column + 0.5) * step;
      // The crest line winds down from the summit. The side of it away from the sun is in shade.
      const lean = x + side * down * 1.15 + sample(smooth, y * 0.8 + dune.offset, x * 0.2) * 0.1;
      const wave = sample(smooth, lean * dune.wide + dune.offset, dune.offset * 2.3);
      const ahead = sample(smooth, (lean + side * 0.02) * dune.wide + dune.offset, dune.offset * 2.3);
      const toward = (Math.abs(wave) - Math.abs(ahead)) * 34 * dune.wide;
      const sunny = smoothStep(-0.2, 0.24, toward * -side * side + 0.02) * (1 - 0.35 * smoothStep(0, dune.rise * 2.2 + 0.08, down));
      const ripple = Math.sin((y * 1.9 + sample(smooth, x * 0.7, y * 0.9 + dune.offset) * 0.16 + x * side * 0.35) * (260 - depth * 110));
      const grain = sample(rough, x * 4, y * 7) * 0.05 + ripple * 0.055 * depth * smoothStep(0.02, 0.12, down) * Math.min(1, 0.004 / step);
      const gain = 1 + grain;
      const share = cover < 1 ? cover : 1;
      const at = (row * width + column) * 3;
      light[at]! += ((shade[0] + (lit[0] - shade[0]) * sunny) * gain - light[at]!) * share;
      light[at + 1]! += ((shade[1] + (lit[1] - shade[1]) * sunny) * gain - light[at + 1]!) * share;
      light[at + 2]! += ((shade[2] + (lit[2] - shade[2]) * sunny) * gain - light[at + 2]!) * share;
    }
  }
}
