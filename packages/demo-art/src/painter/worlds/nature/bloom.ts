import type { Brief } from '../../brief.ts';
import { blendRgb, rampAt, scaleRgb, smoothStep, type Rgb } from '../../engine/colour.ts';
import { addGlow } from '../../engine/glow.ts';
import { addSoft, eachCell, pixelsAround, type Frame, type SoftLight } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { cellUnit } from '../../dice.ts';
import { paintFlower, planFlower } from './flower.ts';
import type { Flower } from './petals.ts';

/** One great flower close up, leaves behind it, smaller ones further out, and lights out of focus in the dark. */
export function paintBloom(frame: Frame, brief: Brief): void {
  const { dice } = brief;
  addSoft(frame, (small) => paintGarden(small, brief));
  addBokeh(frame, brief);
  const main = planFlower(brief, 'main', {
    x: dice.between('flower-x', -0.05, 0.05),
    y: 0.5 + dice.between('flower-y', -0.04, 0.04),
    radius: dice.between('flower-size', 0.36, 0.43),
  });
  for (const small of neighbours(frame, brief, main)) paintFlower(frame, brief, small);
  paintLeaves(frame, brief, main);
  paintFlower(frame, brief, main);
  addGlow(frame, { radius: 0.04, threshold: 0.8, strength: 0.35 });
}

/** A dark, soft ground that is a little lighter on one side. */
function paintGarden(frame: Frame, brief: Brief): void {
  const { dice, noise, palette, subject } = brief;
  const { light, width, height, step } = frame;
  const smooth = noise.smooth(step * 0.4);
  const o = dice.offset('garden');
  const airy = subject.features.has('bright') || subject.mood === 'dawn';
  const leaf: Rgb = airy ? blendRgb(rampAt(palette.tones, 0.97), [0.6, 0.75, 0.6], 0.35) : [0.02, 0.055, 0.035];
  const deep: Rgb = airy ? blendRgb(rampAt(palette.tones, 0.9), [1, 1, 1], 0.3) : [0.006, 0.012, 0.014];
  const warm = airy ? rampAt(palette.tones, 0.85) : scaleRgb(rampAt(palette.tones, 0.35), 0.4);
  const lean = dice.between('garden-lean', -0.7, 0.7);
  for (let row = 0; row < height; row++) {
    const y = frame.top + (row + 0.5) * step;
    for (let column = 0; column < width; column++) {
      const x = frame.left + (column + 0.5) * step;
      const cloud = sample(smooth, x * 0.28 + o, y * 0.28);
      const share = smoothStep(-0.5, 0.75, cloud + x * lean - (y - 0.5) * 0.5);
      const glow = smoothStep(0.05, 0.7, sample(smooth, x * 0.22 + o + 0.5, y * 0.22 + 0.3)) * 0.7;
      const at = (row * width + column) * 3;
      light[at] = deep[0] + (leaf[0] - deep[0]) * share + warm[0] * glow * (airy ? 0.1 : 1);
      light[at + 1] = deep[1] + (leaf[1] - deep[1]) * share + warm[1] * glow * (airy ? 0.1 : 1);
      light[at + 2] = deep[2] + (leaf[2] - deep[2]) * share + warm[2] * glow * (airy ? 0.1 : 1);
    }
  }
}

/** Discs of light far behind, slightly brighter at their rims as a lens draws them. */
function addBokeh(frame: Frame, brief: Brief): void {
  const { dice, palette } = brief;
  const seed = dice.seed('bokeh');
  const cell = 0.2;
  if (cell / frame.step < 2) return;
  eachCell(frame, cell, (column, row) => {
    if (cellUnit(seed, column, row) > 0.6) return;
    addDisc(frame, {
      x: (column + cellUnit(seed + 2, column, row)) * cell,
      y: (row + cellUnit(seed + 3, column, row)) * cell,
      radius: 0.016 + 0.045 * cellUnit(seed + 1, column, row) ** 2,
      colour: blendRgb(
        rampAt(palette.tones, 0.55 + 0.4 * cellUnit(seed + 4, column, row)),
        palette.accents[0],
        cellUnit(seed + 5, column, row) * 0.7,
      ),
      strength: 0.05 + 0.13 * cellUnit(seed + 6, column, row),
    });
  });
}

function addDisc(frame: Frame, { x, y, radius, colour, strength }: SoftLight): void {
  const { light, width, step } = frame;
  const soft = Math.max(step, radius * 0.12);
  const { firstRow, lastRow, firstColumn, lastColumn } = pixelsAround(frame, { x, y }, radius + soft);
  for (let row = firstRow; row < lastRow; row++) {
    const dy = frame.top + (row + 0.5) * step - y;
    for (let column = firstColumn; column < lastColumn; column++) {
      const dx = frame.left + (column + 0.5) * step - x;
      const far = Math.sqrt(dx * dx + dy * dy);
      const share = smoothStep(radius + soft, radius - soft, far) * strength * (0.55 + 0.6 * (far / radius) ** 3);
      if (share <= 0) continue;
      const at = (row * width + column) * 3;
      light[at]! += colour[0] * share;
      light[at + 1]! += colour[1] * share;
      light[at + 2]! += colour[2] * share;
    }
  }
}

/** Flowers around the great one, one a cell at most, for a zoom-out or a pan. */
function neighbours(frame: Frame, brief: Brief, main: Flower): Flower[] {
  const seed = brief.dice.seed('meadow');
  const cell = 0.62;
  if (cell / frame.step < 12) return [];
  const found: Flower[] = [];
  eachCell(frame, cell, (column, row) => {
    const x = (column + 0.2 + 0.6 * cellUnit(seed, column, row)) * cell;
    const y = (row + 0.2 + 0.6 * cellUnit(seed + 1, column, row)) * cell;
    const radius = 0.13 + 0.12 * cellUnit(seed + 2, column, row);
    if (cellUnit(seed + 3, column, row) > 0.8) return;
    if (Math.hypot(x - main.x, y - main.y) < main.radius * 0.95 + radius * 0.55) return;
    found.push({
      ...planFlower(brief, `meadow-${column}-${row}`, { x, y, radius }),
      dim: 0.34 + 0.25 * cellUnit(seed + 4, column, row),
      core: main.core,
      petals: main.petals,
    });
  });
  return found;
}

/** Broad leaves under the petals. */
function paintLeaves(frame: Frame, brief: Brief, flower: Flower): void {
  const { light, width, step } = frame;
  const reach = flower.radius * 1.42;
  const rough = brief.noise.rough(step * 2.5);
  const count = 6 + brief.dice.pick('leaves', 4);
  const turn = brief.dice.between('leaf-turn', 0, Math.PI);
  const green: Rgb = blendRgb([0.035, 0.13, 0.055], brief.palette.accents[2], 0.12);
  const sharp = Math.PI / count;
  const owns = Float32Array.from({ length: count * 3 }, (_, leaf) => cellUnit(flower.seed + 90, leaf, 0));
  const { firstRow, lastRow, firstColumn, lastColumn } = pixelsAround(frame, flower, reach);
  for (let row = firstRow; row < lastRow; row++) {
    const dy = frame.top + (row + 0.5) * step - flower.y;
    for (let column = firstColumn; column < lastColumn; column++) {
      const dx = frame.left + (column + 0.5) * step - flower.x;
      const far = Math.sqrt(dx * dx + dy * dy);
      if (far > reach || far < flower.radius * 0.6) continue;
      const angle = Math.atan2(dy, dx) + turn;
      const leaf = Math.round(angle / (2 * sharp));
      const across = (angle - leaf * 2 * sharp) / sharp;
      const own = owns[leaf + count]!;
      const long = reach * (0.72 + 0.28 * own);
      if (far >= long) continue;
      const half = (1 - (far * far) / (long * long)) * 0.97;
      const cover = ((half - Math.abs(across)) * far * sharp) / step + 0.5 * smoothStep(0, 0.06, half);
      if (cover <= 0) continue;
      const rib = Math.max(0, Math.sin((far * 95) / reach - Math.abs(across) * 9));
      const vein = smoothStep(0.035, 0.0, Math.abs(across)) * 0.7 + 0.28 * rib * rib * rib * rib;
      const gain =
        (0.45 + 0.5 * own + vein * 0.6 + (across > 0 ? 0.22 : -0.1) + sample(rough, dx * 2, dy * 2) * 0.3) * (0.6 + 0.5 * (far / reach));
      const share = cover < 1 ? cover : 1;
      const at = (row * width + column) * 3;
      light[at]! += (green[0] * gain - light[at]!) * share;
      light[at + 1]! += (green[1] * gain - light[at + 1]!) * share;
      light[at + 2]! += (green[2] * gain - light[at + 2]!) * share;
    }
  }
}
