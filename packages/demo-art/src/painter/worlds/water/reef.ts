import type { Brief } from '../../brief.ts';
import { blendLch, blendRgb, rampIndex, scaleRgb, smoothStep, toRgb } from '../../engine/colour.ts';
import { addGlow } from '../../engine/glow.ts';
import { addLight, eachCell, type Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { cellUnit } from '../../dice.ts';
import { fillShape, type Fill } from '../../engine/shape.ts';
import { growSeaFloor } from './sea-floor.ts';

/** Under the sea: light falling through the surface in shafts, reefs one behind the other, a shoal, bubbles. */
export function paintReef(frame: Frame, brief: Brief): void {
  paintDepth(frame, brief);
  growSeaFloor(frame, brief, 0, 3);
  addShoal(frame, brief);
  growSeaFloor(frame, brief, 3, 9);
  addBubbles(frame, brief);
  addGlow(frame, { radius: 0.05, threshold: 0.7, strength: 0.45 });
}

function paintDepth(frame: Frame, brief: Brief): void {
  const { dice, noise, palette } = brief;
  const { light, width, height, step } = frame;
  const { tones } = palette;
  const sourceX = dice.between('source-x', -0.35, 0.35);
  const sourceY = dice.between('source-y', -0.5, -0.28);
  const o = dice.offset('shafts');
  const smooth = noise.smooth(step * 0.5);
  const rough = noise.rough(step);
  for (let row = 0; row < height; row++) {
    const y = frame.top + (row + 0.5) * step;
    for (let column = 0; column < width; column++) {
      const x = frame.left + (column + 0.5) * step;
      const dx = x - sourceX;
      const dy = Math.max(y - sourceY, 0.02);
      const fall = Math.sqrt(dx * dx + dy * dy);
      const ray = dx / dy;
      const shafts = Math.max(0, sample(rough, ray * 0.42 + o, o * 0.3 + y * 0.02) + sample(smooth, ray * 1.3 + o, y * 0.05) * 0.5);
      const reach = 1 / (1 + fall * fall * 1.6);
      const drift = sample(smooth, x * 0.5 + o, y * 0.7) * 0.05;
      const at0 = rampIndex(0.12 + 0.72 * reach - Math.max(y - 0.6, 0) * 0.25 + drift);
      const gain = 0.82 + shafts * 1.0 * reach + 0.1 * reach;
      // The moving net of light right under the surface.
      const net =
        y < 0.3 ? smoothStep(0.14, 0, Math.abs(sample(rough, x * 0.8 + drift, y * 2.4 + o))) * smoothStep(0.3, -0.25, y) * 0.35 : 0;
      const at = (row * width + column) * 3;
      light[at] = tones[at0]! * gain + net * tones[372]!;
      light[at + 1] = tones[at0 + 1]! * gain + net * tones[373]!;
      light[at + 2] = tones[at0 + 2]! * gain + net * tones[374]!;
    }
  }
}

/** Small fish, all going one way, in a loose lens. */
function addShoal(frame: Frame, brief: Brief): void {
  const { dice, palette } = brief;
  const seed = dice.seed('shoal');
  const x = dice.between('shoal-x', -0.22, 0.22);
  const y = dice.between('shoal-y', 0.3, 0.5);
  const way = dice.chance('shoal-way', 0.5) ? 1 : -1;
  const count = 26 + dice.pick('shoal-count', 26);
  const dark = toRgb(blendLch(palette.near, palette.far, 0.25));
  for (let fish = 0; fish < count; fish++) {
    const along = (cellUnit(seed, fish, 0) + cellUnit(seed, fish, 1) - 1) * 0.3;
    const across = (cellUnit(seed, fish, 2) + cellUnit(seed, fish, 3) - 1) * 0.13 * (1 - Math.abs(along) * 1.8);
    const size = 0.008 + 0.011 * cellUnit(seed, fish, 4) ** 2;
    const bright = cellUnit(seed, fish, 5) < 0.35;
    const colour = bright ? blendRgb(palette.accents[1], dark, 0.15) : dark;
    const place = { x: x + along, y: y + across + along * along * 0.8, size: size * way, tilt: (cellUnit(seed, fish, 6) - 0.5) * 0.4 };
    addFish(frame, place, { top: colour, bottom: scaleRgb(colour, 1.5) });
  }
}

/** A fish that looks to the right, in half lengths from its middle. */
const FISH = [
  1, 0, 0.75, -0.2, 0.35, -0.36, 0, -0.34, -0.5, -0.1, -1, -0.36, -0.88, 0, -1, 0.36, -0.5, 0.1, 0, 0.32, 0.4, 0.3, 0.8, 0.16,
] as const;

/** A negative `size` turns the fish to the left. */
function addFish(frame: Frame, { x, y, size, tilt }: { x: number; y: number; size: number; tilt: number }, fill: Fill): void {
  const outline = FISH.map((value, at) => (at % 2 ? y + (value + FISH[at - 1]! * tilt) * Math.abs(size) : x + value * size));
  fillShape(frame, outline, fill);
}

function addBubbles(frame: Frame, brief: Brief): void {
  const seed = brief.dice.seed('bubbles');
  const cell = 0.07;
  if (cell / frame.step < 3) return;
  eachCell(frame, cell, (column, row) => {
    if (cellUnit(seed, column, row) > 0.22) return;
    const x = (column + cellUnit(seed + 1, column, row)) * cell;
    const y = (row + cellUnit(seed + 2, column, row)) * cell;
    const size = 0.0018 + 0.005 * cellUnit(seed + 3, column, row) ** 3;
    addLight(frame, { x, y, radius: size * 1.6, colour: [0.55, 0.8, 0.85], strength: 0.22 });
    addLight(frame, { x: x - size * 0.35, y: y - size * 0.4, radius: size * 0.6, colour: [1, 1, 1], strength: 0.6 });
  });
}
