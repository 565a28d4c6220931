import type { Rgb } from '../../engine/colour.ts';
import { addLight, type Frame, type SoftLight } from '../../engine/frame.ts';
import { cellUnit } from '../../dice.ts';

interface StarField {
  seed: number;
  /** World side of a cell; at most one star a cell. */
  cell: number;
  /** Share of cells with a star. */
  density: number;
  /** World radius of the largest star. */
  radius: number;
  strength: number;
  /** Only above this height. */
  untilY?: number;
  /** How much of a star is seen at a place, 0–1. */
  seen?: (x: number, y: number) => number;
}

/** A field finer than this many pixels a cell is left out: it would be an even grey, and cost the most. */
const FINEST_CELL_PIXELS = 2.2;

/** Scatters stars over the window; most are small, few are large, some lean to blue or amber. */
export function addStars(frame: Frame, field: StarField): void {
  const { cell } = field;
  if (cell / frame.step < FINEST_CELL_PIXELS) return;
  const lastColumn = Math.floor((frame.left + frame.width * frame.step) / cell) + 1;
  const bottom = Math.min(field.untilY ?? Infinity, frame.top + frame.height * frame.step);
  const lastRow = Math.floor(bottom / cell) + 1;
  for (let row = Math.floor(frame.top / cell) - 1; row <= lastRow; row++) {
    for (let column = Math.floor(frame.left / cell) - 1; column <= lastColumn; column++) {
      if (cellUnit(field.seed, column, row) > field.density) continue;
      const x = (column + cellUnit(field.seed + 1, column, row)) * cell;
      const y = (row + cellUnit(field.seed + 2, column, row)) * cell;
      if (field.untilY !== undefined && y > field.untilY) continue;
      const size = cellUnit(field.seed + 3, column, row);
      const warm = cellUnit(field.seed + 4, column, row);
      const strength = field.strength * (0.25 + size * size * size * 1.6) * (field.seen?.(x, y) ?? 1);
      const star = { x, y, radius: field.radius * (0.45 + 0.55 * size * size), colour: tint(warm), strength };
      addLight(frame, star);
      if (size > 0.975) addSpikes(frame, { ...star, radius: field.radius * 5, strength: strength * 0.5 });
    }
  }
}

const tint = (warm: number): Rgb => (warm < 0.3 ? [0.68, 0.8, 1] : warm > 0.82 ? [1, 0.8, 0.58] : [1, 0.97, 0.95]);

/** Four thin rays, as a telescope's mirror makes them. */
function addSpikes(frame: Frame, { x, y, radius: reach, colour, strength }: SoftLight): void {
  const dots = Math.min(24, Math.ceil(reach / frame.step));
  for (let dot = 1; dot <= dots; dot++) {
    const far = dot / dots;
    const left = strength * (1 - far) * (1 - far);
    for (const [dx, dy] of [
      [far, 0],
      [-far, 0],
      [0, far],
      [0, -far],
    ] as const) {
      addLight(frame, { x: x + dx * reach, y: y + dy * reach, radius: frame.step * 0.9, colour, strength: left });
    }
  }
}
