import type { Brief, Falling } from '../brief.ts';
import { addLight, type Frame } from '../engine/frame.ts';
import { cellUnit } from '../random.ts';
import { fillShape } from '../engine/shape.ts';
import type { Rgb } from '../engine/colour.ts';

/** Rain or snow over the picture; noted instead where it is painted later, on each frame of a clip. */
export function addFalling(frame: Frame, brief: Brief, falling: Falling): void {
  if (brief.falling) brief.falling.push(falling);
  else paintFalling(frame, falling, falling.colour);
}

export function paintFalling(frame: Frame, { kind, seed }: Falling, colour: Rgb): void {
  if (kind === 'snow') addSnowfall(frame, seed, colour);
  else addRain(frame, seed, colour);
}

/** Flakes at three distances. */
function addSnowfall(frame: Frame, seed: number, colour: Rgb): void {
  for (const [cell, radius, strength] of [
    [0.03, 0.0016, 0.5],
    [0.06, 0.0035, 0.55],
    [0.16, 0.009, 0.28],
  ] as const) {
    if (cell / frame.step < 2) continue;
    eachCell(frame, cell, (column, row) => {
      if (cellUnit(seed, column, row) > 0.55) return;
      const x = (column + cellUnit(seed + 1, column, row)) * cell;
      const y = (row + cellUnit(seed + 2, column, row)) * cell;
      addLight(frame, x, y, radius * (0.6 + 0.7 * cellUnit(seed + 3, column, row)), colour, strength);
    });
  }
}

/** Slanting streaks. */
function addRain(frame: Frame, seed: number, colour: Rgb): void {
  for (const [cell, length, opacity] of [
    [0.02, 0.045, 0.085],
    [0.055, 0.09, 0.1],
  ] as const) {
    if (cell / frame.step < 3) continue;
    eachCell(frame, cell, (column, row) => {
      if (cellUnit(seed, column, row) > 0.6) return;
      const x = (column + cellUnit(seed + 1, column, row)) * cell;
      const y = (row + cellUnit(seed + 2, column, row)) * cell;
      const long = length * (0.5 + cellUnit(seed + 3, column, row));
      const half = Math.max(frame.step * 0.35, long * 0.006);
      const lean = long * 0.16;
      fillShape(frame, [x - half, y, x + half, y, x + half - lean, y + long, x - half - lean, y + long], {
        top: colour,
        bottom: colour,
        opacity,
      });
    });
  }
}

function eachCell(frame: Frame, cell: number, visit: (column: number, row: number) => void): void {
  const lastColumn = Math.floor((frame.left + frame.width * frame.step) / cell) + 1;
  const lastRow = Math.floor((frame.top + frame.height * frame.step) / cell) + 1;
  for (let row = Math.floor(frame.top / cell) - 3; row <= lastRow; row++) {
    for (let column = Math.floor(frame.left / cell) - 1; column <= lastColumn; column++) visit(column, row);
  }
}
