import { blendRgb, scaleRgb, type Rgb } from '../../engine/colour.ts';
import { fillRectangle, type Frame } from '../../engine/frame.ts';
import { cellUnit } from '../../dice.ts';
import { fillShape } from '../../engine/shape.ts';

/** One building of a skyline. */
export interface Tower {
  left: number;
  width: number;
  top: number;
  foot: number;
  near: number;
  /** The tower's random numbers from 0 to 1, each under its number. */
  chance: (name: number) => number;
  body: Rgb;
  /** The body's colour near the street. */
  dim: Rgb;
  light: Rgb;
  neon: Rgb;
  glowing: number;
}

/** Windows smaller than this many pixels are not drawn one by one; the wall is a little brighter instead. */
const SMALLEST_WINDOW_PIXELS = 0.55;

export function raiseTower(frame: Frame, tower: Tower, seed: number): void {
  const right = frame.left + frame.width * frame.step;
  if (tower.left > right || tower.left + tower.width < frame.left) return;
  const { chance, width } = tower;
  const steps = chance(10) < 0.45 ? 1 + Math.floor(chance(11) * 2) : 0;
  let top = tower.top;
  let inset = 0;
  for (let step = 0; step <= steps; step++) {
    const box = { left: tower.left + inset, right: tower.left + width - inset, top, bottom: tower.foot };
    wall(frame, tower, box);
    windows(frame, tower, box, seed);
    inset += width * (0.1 + 0.08 * chance(12));
    top -= (tower.foot - tower.top) * (0.08 + 0.1 * chance(13 + step));
  }
  const summit = steps > 0 ? top + (tower.foot - tower.top) * (0.08 + 0.1 * chance(13 + steps)) : tower.top;
  crown(frame, tower, summit, inset);
  if (tower.near > 0.2 && chance(20) < 0.3) edgeLight(frame, tower);
  if (tower.near > 0.45 && chance(21) < 0.32) sign(frame, tower, seed);
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function wall(frame: Frame, tower: Tower, box: Box): void {
  fillShape(frame, [box.left, box.top, box.right, box.top, box.right, box.bottom, box.left, box.bottom], {
    top: tower.body,
    bottom: tower.dim,
    fromY: tower.top,
    toY: tower.foot,
  });
  // One side wall faces the light.
  const side = (box.right - box.left) * (0.1 + 0.16 * tower.chance(30));
  const lit = blendRgb(tower.body, tower.dim, 0.9);
  const left = tower.chance(31) < 0.5;
  fillRectangle(frame, left ? { ...box, right: box.left + side } : { ...box, left: box.right - side }, scaleRgb(lit, 1.15), 0.55);
}

function windows(frame: Frame, tower: Tower, box: Box, seed: number): void {
  const pane = 0.0036 + 0.0034 * tower.near * (0.7 + 0.6 * tower.chance(40));
  const lit = (0.2 + 0.5 * tower.chance(41)) * (0.45 + 0.55 * tower.glowing);
  const strength = (0.45 + 0.75 * tower.near) * tower.glowing;
  const pitchX = pane * (1.55 + 0.7 * tower.chance(42));
  const pitchY = pane * (1.8 + 0.8 * tower.chance(43));
  if (pane / frame.step < SMALLEST_WINDOW_PIXELS) {
    fillRectangle(frame, box, tower.light, lit * strength * 0.16);
    return;
  }
  const columns = Math.floor((box.right - box.left - pane) / pitchX);
  const margin = (box.right - box.left - (columns - 1) * pitchX - pane) / 2;
  const rows = Math.min(120, Math.floor((box.bottom - box.top - pitchY) / pitchY));
  for (let row = 0; row < rows; row++) {
    const top = box.top + pitchY * (row + 0.7);
    if (top > frame.top + frame.height * frame.step || top + pane * 1.3 < frame.top) continue;
    // Whole storeys are lit or dark now and then.
    const storey = cellUnit(seed, row, 5_000);
    const share = storey < 0.1 ? 0.9 : storey > 0.75 ? lit * 0.3 : lit;
    for (let column = 0; column < columns; column++) {
      const own = cellUnit(seed, column, row);
      if (own > share) continue;
      const left = box.left + margin + column * pitchX;
      const bright = strength * (0.35 + 1.1 * cellUnit(seed + 1, column, row) ** 2);
      const colour = cellUnit(seed + 2, column, row) < 0.14 ? tower.neon : tower.light;
      fillRectangle(frame, { left, right: left + pane, top, bottom: top + pane * 1.25 }, scaleRgb(colour, bright), 0.92);
    }
  }
}

function crown(frame: Frame, tower: Tower, top: number, inset: number): void {
  const { chance } = tower;
  const middle = tower.left + tower.width * (0.35 + 0.3 * chance(50));
  const style = chance(51);
  if (style < 0.4) {
    const height = (tower.foot - tower.top) * (0.1 + 0.22 * chance(52));
    const half = Math.max(0.0011, tower.width * 0.018);
    fillShape(frame, [middle, top - height, middle + half, top, middle - half, top], { top: tower.body, bottom: tower.body });
    if (chance(53) < 0.6) {
      const lamp = Math.max(0.0016, frame.step * 0.6);
      fillRectangle(
        frame,
        { left: middle - lamp, right: middle + lamp, top: top - height, bottom: top - height + lamp * 2 },
        [1.6, 0.15, 0.12],
        0.9 * tower.glowing,
      );
    }
  } else if (style < 0.6) {
    const left = tower.left + inset * 0.6;
    const right = tower.left + tower.width - inset * 0.6;
    const rise = (right - left) * (0.25 + 0.6 * chance(54));
    const tip = chance(55) < 0.4 ? left : chance(55) < 0.6 ? right : (left + right) / 2;
    fillShape(frame, [left, top + 0.001, tip, top - rise, right, top + 0.001], { top: tower.body, bottom: tower.body });
  } else if (style < 0.8) {
    const box = tower.width * (0.12 + 0.16 * chance(56));
    fillRectangle(frame, { left: middle - box, right: middle + box, top: top - box * 0.7, bottom: top + 0.001 }, tower.body, 1);
  }
}

/** A tube of light down one edge. */
function edgeLight(frame: Frame, tower: Tower): void {
  const half = 0.0011 + 0.0012 * tower.near;
  const x = tower.chance(60) < 0.5 ? tower.left + half * 3 : tower.left + tower.width - half * 3;
  const bottom = tower.top + (tower.foot - tower.top) * (0.4 + 0.5 * tower.chance(61));
  fillRectangle(
    frame,
    { left: x - half, right: x + half, top: tower.top + half * 4, bottom },
    scaleRgb(tower.neon, 1.5),
    0.9 * tower.glowing,
  );
}

/** An upright sign with strokes that nobody can read. */
function sign(frame: Frame, tower: Tower, seed: number): void {
  const { chance } = tower;
  const width = 0.012 + 0.016 * tower.near * chance(70);
  const height = width * (3 + 4 * chance(71));
  const left = tower.left + (tower.width - width) * chance(72);
  const top = tower.top + (tower.foot - tower.top - height) * (0.15 + 0.4 * chance(73));
  fillRectangle(frame, { left, right: left + width, top, bottom: top + height }, scaleRgb(tower.body, 0.5), 0.9);
  const pen = width * 0.09;
  const bright = scaleRgb(tower.neon, 1.5 * tower.glowing);
  const glyphs = Math.floor(height / width);
  for (let glyph = 0; glyph < glyphs; glyph++) {
    for (let stroke = 0; stroke < 5; stroke++) {
      const across = cellUnit(seed + 80, glyph, stroke) < 0.5;
      const a = left + width * (0.18 + 0.5 * cellUnit(seed + 81, glyph, stroke));
      const b = top + width * (glyph + 0.18 + 0.6 * cellUnit(seed + 82, glyph, stroke));
      const long = width * (0.2 + 0.35 * cellUnit(seed + 83, glyph, stroke));
      fillRectangle(
        frame,
        across
          ? { left: a - long * 0.3, right: a + long * 0.6, top: b, bottom: b + pen * 1.3 }
          : { left: a, right: a + pen * 1.3, top: b - long * 0.5, bottom: b + long * 0.5 },
        bright,
        0.95,
      );
    }
  }
  for (const x of [left, left + width - pen]) fillRectangle(frame, { left: x, right: x + pen, top, bottom: top + height }, bright, 0.8);
}
