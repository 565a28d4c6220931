import type { Brief } from '../../brief.ts';
import { blendRgb, scaleRgb, toRgb, type Rgb } from '../../engine/colour.ts';
import { addLight, fillRectangle, type Frame } from '../../engine/frame.ts';
import { fillShape } from '../../engine/shape.ts';
import { addBirds } from './birds.ts';
import { addFigure, figureOf, heroX } from '../figure.ts';
import type { Sky } from '../space/sky.ts';
import { paintLoneTree } from './lone-tree.ts';

/** Silhouettes that the words ask for, standing on the ground of one range. */
export function addLife(frame: Frame, brief: Brief, sky: Sky, ground: (x: number) => number): void {
  const { dice, subject } = brief;
  const { features } = subject;
  addBirds(frame, brief, sky);
  const x = heroX(brief);
  const figure = figureOf(brief);
  if (features.has('tree')) {
    const beside = figure ? x + 0.2 * (x > 0 ? -1 : 1) : x;
    paintLoneTree(frame, brief, { x: beside, foot: ground(beside) + 0.01, height: dice.between('tree-height', 0.36, 0.46) });
  }
  if (features.has('cabin')) addCabin(frame, brief, figure ? -x : x, ground);
  if (figure) addFigure(frame, brief, figure, { x, sunX: sky.sunX, ground });
}

/** A log cabin with lit windows, and smoke from its chimney. */
function addCabin(frame: Frame, brief: Brief, x: number, ground: (x: number) => number): void {
  const { dice, palette, subject } = brief;
  const size = dice.between('cabin-size', 0.062, 0.085);
  const foot = Math.max(ground(x - size), ground(x), ground(x + size)) + size * 0.06;
  const wood = blendRgb(scaleRgb(toRgb(palette.near), 0.7), [0.055, 0.026, 0.014], 0.65);
  const snowy = subject.features.has('snow');
  const roof: Rgb = snowy ? blendRgb([0.78, 0.84, 0.95], toRgb(palette.far), 0.25 + palette.night * 0.3) : scaleRgb(wood, 0.6);
  const at = (dx: number, dy: number): [number, number] => [x + dx * size, foot + dy * size];
  const box = (left: number, top: number, right: number, bottom: number) => ({
    left: x + left * size,
    right: x + right * size,
    top: foot + top * size,
    bottom: foot + bottom * size,
  });
  // The light that falls out onto the ground.
  addLight(frame, { x: x - size * 0.2, y: foot, radius: size * 2.6, colour: [1, 0.5, 0.16], strength: 0.34 });
  fillShape(frame, [...at(0.52, -1.62), ...at(0.74, -1.62), ...at(0.74, -0.9), ...at(0.52, -0.9)], {
    top: scaleRgb(wood, 0.8),
    bottom: wood,
  });
  fillShape(frame, [...at(-0.95, -0.72), ...at(0.95, -0.72), ...at(0.95, 0), ...at(-0.95, 0)], {
    top: scaleRgb(wood, 0.75),
    bottom: scaleRgb(wood, 1.2),
  });
  for (let log = 1; log < 6; log++)
    fillRectangle(frame, box(-0.95, -0.72 + log * 0.12, 0.95, -0.705 + log * 0.12), scaleRgb(wood, 0.4), 0.8);
  fillShape(frame, [...at(-1.16, -0.66), ...at(-0.78, -1.42), ...at(0.78, -1.42), ...at(1.16, -0.66)], {
    top: roof,
    bottom: scaleRgb(roof, 0.82),
  });
  fillRectangle(frame, box(-1.14, -0.68, 1.14, -0.63), scaleRgb(wood, 0.5), 1);
  const glow: Rgb = [1.9, 1.05, 0.34];
  for (const left of [-0.72, 0.38]) {
    fillRectangle(frame, box(left, -0.54, left + 0.34, -0.2), glow, 1);
    fillRectangle(frame, box(left + 0.155, -0.54, left + 0.185, -0.2), scaleRgb(wood, 0.8), 0.9);
    fillRectangle(frame, box(left, -0.385, left + 0.34, -0.355), scaleRgb(wood, 0.8), 0.9);
    addLight(frame, { x: x + (left + 0.17) * size, y: foot - 0.37 * size, radius: size * 0.9, colour: [1, 0.55, 0.2], strength: 0.5 });
  }
  fillRectangle(frame, box(-0.17, -0.52, 0.13, 0), scaleRgb(wood, 0.55), 1);
  addSmoke(frame, brief, { x: x + size * 0.63, y: foot - size * 1.64, size });
}

function addSmoke(frame: Frame, brief: Brief, { x, y, size }: { x: number; y: number; size: number }): void {
  const wind = brief.dice.between('wind', -0.5, 0.5);
  const colour = blendRgb(toRgb(brief.palette.horizon), brief.palette.cloud, 0.5);
  for (let puff = 0; puff < 26; puff++) {
    const share = puff / 25;
    const sway = Math.sin(share * 7 + wind * 9) * 0.12 * share;
    addLight(frame, {
      x: x + (wind * share ** 1.5 + sway) * size * 2.2,
      y: y - share * size * 2.6,
      radius: size * (0.1 + 0.34 * share),
      colour,
      strength: 0.14 * (1 - share) ** 1.1,
    });
  }
}
