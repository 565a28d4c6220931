import { blendRgb, scaleRgb, type Rgb } from '../../engine/colour.ts';
import { addLight, type Frame } from '../../engine/frame.ts';
import { cellUnit } from '../../dice.ts';
import { fillShape } from '../../engine/shape.ts';
import { unevenOutline } from './branches.ts';

interface Wood {
  seed: number;
  /** World distance between trunks, before scattering. */
  spacing: number;
  /** World height of a grown tree. */
  height: number;
  /** Share of places with a tree, at a place. */
  density: (x: number) => number;
  /** The height of the ground. */
  ground: (x: number) => number;
  top: Rgb;
  bottom: Rgb;
  /** 0–1: how much snow lies on the branches, and its colour. */
  snow: number;
  white: Rgb;
}

/** A row of firs along the ground. */
export function plantFirs(frame: Frame, wood: Wood): void {
  const margin = wood.height;
  const first = Math.floor((frame.left - margin) / wood.spacing);
  const last = Math.ceil((frame.left + frame.width * frame.step + margin) / wood.spacing);
  if ((last - first) * 1.5 > frame.width * 2) return;
  for (let place = first; place <= last; place++) {
    const x = (place + cellUnit(wood.seed, place, 0) * 0.9) * wood.spacing;
    if (cellUnit(wood.seed, place, 1) > wood.density(x)) continue;
    const grown = cellUnit(wood.seed, place, 2);
    const height = wood.height * (0.42 + 0.58 * grown * (0.6 + 0.4 * cellUnit(wood.seed, place, 4)));
    const foot = wood.ground(x) + height * 0.06;
    if (foot - height > frame.top + frame.height * frame.step || foot < frame.top) continue;
    const fir = { place, x, foot, height };
    fillShape(frame, firOutline(wood.seed, fir, frame.step), { top: wood.top, bottom: wood.bottom });
    if (wood.snow > 0 && height / frame.step > 10) addSnow(frame, wood, fir);
  }
}

interface Fir {
  place: number;
  x: number;
  foot: number;
  height: number;
}

/** A fir from its tip down the right side and up the left, branch by branch; a plain triangle when only a few pixels tall. */
function firOutline(seed: number, { place, x, foot, height }: Fir, step: number): number[] {
  const half = height * (0.17 + 0.06 * cellUnit(seed, place, 3));
  if (height / step < 7) return [x, foot - height, x + half, foot, x - half, foot];
  const tiers = Math.min(11, Math.max(5, Math.round(height / step / 9)));
  const points = [x, foot - height];
  const side = (direction: number): void => {
    for (let index = 0; index < tiers; index++) {
      const tier = direction > 0 ? index : tiers - 1 - index;
      const reach = ((tier + 1) / tiers) ** 0.9 * half * (0.72 + 0.5 * cellUnit(seed + 9, place * 31 + tier, direction));
      const low = foot - height + (height * 0.93 * (tier + 1.15)) / (tiers + 0.15);
      const tuck = [x + direction * reach * 0.45, low - (height / tiers) * 0.12];
      const tip = [x + direction * reach, low];
      points.push(...(direction > 0 ? [...tip, ...tuck] : [...tuck, ...tip]));
    }
  };
  side(1);
  points.push(x + half * 0.09, foot - height * 0.06, x + half * 0.09, foot, x - half * 0.09, foot, x - half * 0.09, foot - height * 0.06);
  side(-1);
  return points;
}

/** Pads of snow: one on each side of some branches, lit a little bluer below. */
function addSnow(frame: Frame, wood: Wood, { place, x, foot, height }: Fir): void {
  const half = height * 0.18;
  for (let pad = 0; pad < 9; pad++) {
    if (cellUnit(wood.seed + 40, place, pad) > wood.snow) continue;
    const down = 0.06 + (pad / 9) * 0.82;
    const across = (cellUnit(wood.seed + 41, place, pad) - 0.5) * 1.5 * down;
    const reach = half * (0.16 + 0.3 * down);
    const px = x + across * half;
    const py = foot - height + down * height;
    const lean = across * reach * 0.4;
    const white = blendRgb(wood.white, wood.bottom, 0.15);
    fillShape(
      frame,
      [px - reach, py + reach * 0.5 - lean, px, py - reach * 0.55, px + reach, py + reach * 0.5 + lean, px, py + reach * 0.22],
      {
        top: white,
        bottom: blendRgb(white, wood.bottom, 0.4),
        opacity: 0.85,
      },
    );
  }
}

/** The trees of a leafy slope. */
interface Canopy {
  seed: number;
  /** World radius of a crown. */
  radius: number;
  ground: (x: number) => number;
  /** The height below which the next range hides the slope. */
  hiddenBelow: (x: number) => number;
  /** World depth of the slope below its edge that is covered. */
  depth: number;
  colours: readonly Rgb[];
  mist: Rgb;
  mistShare: number;
  sunSide: number;
}

/** Round crowns over a slope, the further ones first, each lit from the sun's side. */
export function plantCrowns(frame: Frame, canopy: Canopy): void {
  const spacing = canopy.radius * 1.15;
  if (spacing / frame.step < 1.2) return;
  const first = Math.floor(frame.left / spacing) - 2;
  const last = Math.ceil((frame.left + frame.width * frame.step) / spacing) + 2;
  const rows = Math.ceil(canopy.depth / (canopy.radius * 0.8));
  for (let row = 0; row < rows; row++) {
    for (let place = first; place <= last; place++) {
      const x = (place + (row % 2) * 0.5 + cellUnit(canopy.seed, place, row) * 0.6) * spacing;
      const y = canopy.ground(x) + row * canopy.radius * 0.8 + (cellUnit(canopy.seed + 1, place, row) - 0.5) * canopy.radius * 0.5;
      const size = canopy.radius * (0.75 + 0.5 * cellUnit(canopy.seed + 2, place, row));
      if (y - size * 2 > frame.top + frame.height * frame.step || y + size < frame.top || y - size * 3 > canopy.hiddenBelow(x)) continue;
      // Neighbours are mostly of one kind: groves, not confetti.
      const grove = cellUnit(canopy.seed + 8, Math.floor(place / 5 + row * 0.13), Math.floor(row / 4));
      const kind = (grove * 0.75 + cellUnit(canopy.seed + 3, place, row) * 0.25) * canopy.colours.length;
      const own = canopy.colours[Math.floor(kind)] ?? canopy.mist;
      const tinted = scaleRgb(own, 0.6 + 0.45 * cellUnit(canopy.seed + 4, place, row));
      const lit = blendRgb(tinted, canopy.mist, canopy.mistShare);
      const dark = blendRgb(scaleRgb(tinted, 0.3), canopy.mist, canopy.mistShare * 0.85);
      const number = place + row * 977;
      const reach = (corner: number): number => size * (0.86 + 0.26 * cellUnit(canopy.seed + 5, number, corner));
      fillShape(frame, unevenOutline({ x, y, wide: 0.92, tall: 1.08 }, 16, reach), {
        top: lit,
        bottom: dark,
        fromY: y - size * 1.1,
        toY: y + size * 0.8,
      });
      addClumps(frame, canopy, { number, x, y, size, lit });
    }
  }
}

/** Clumps of leaves that catch the sun. */
function addClumps(
  frame: Frame,
  canopy: Canopy,
  { number, x, y, size, lit }: { number: number; x: number; y: number; size: number; lit: Rgb },
): void {
  if (size / frame.step < 4) return;
  for (let clump = 0; clump < 4; clump++) {
    const dx = (cellUnit(canopy.seed + 6, number, clump) - 0.5) * 1.1 + canopy.sunSide * 0.25;
    const dy = (cellUnit(canopy.seed + 7, number, clump) - 0.8) * 0.95;
    addLight(frame, { x: x + dx * size, y: y + dy * size, radius: size * 0.36, colour: lit, strength: 0.3 });
  }
}
