import type { Brief } from '../../brief.ts';
import { blendLch, blendRgb, rampAt, scaleRgb, toRgb, type Rgb } from '../../engine/colour.ts';
import { rowsBetween, type Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { cellUnit } from '../../dice.ts';
import { fillShape } from '../../engine/shape.ts';
import { growBranches } from '../nature/branches.ts';

interface Bank {
  near: number;
  ground: (x: number) => number;
  colour: Rgb;
  water: Rgb;
  seed: number;
}

/** Banks of sand and rock from number `from` up to `until`, the further ones first, with their kelp and corals. */
export function growSeaFloor(frame: Frame, brief: Brief, from: number, until: number): void {
  const { dice, noise, palette } = brief;
  const smooth = noise.smooth(frame.step * 0.4);
  const rough = noise.rough(frame.step);
  for (let index = from; index < until; index++) {
    const near = index / 5;
    const depth = Math.min(near, 1);
    const base = 0.62 + 0.36 * near ** 1.1;
    const rise = 0.3 - 0.17 * depth;
    const o = dice.offset(`bank-${index}`);
    const side = index % 2 ? 1 : -1;
    const ground = (x: number): number =>
      base -
      rise * (0.35 + sample(smooth, x * 0.3 + o, o * 1.9) * 0.85 + sample(rough, x * 0.8 + o, o) * 0.22) -
      Math.min(Math.max(x * side, 0), 0.6) ** 2 * 0.5 * (1 - depth * 0.5);
    const water = rampAt(palette.tones, 0.52 - 0.3 * depth);
    const bank = {
      near,
      ground,
      colour: blendRgb(water, scaleRgb(toRgb(blendLch(palette.near, palette.far, 0.1)), 0.7), 0.2 + 0.76 * depth),
      water,
      seed: dice.seed(`growth-${index}`),
    };
    plantKelp(frame, bank);
    plantCorals(frame, brief, bank);
    fillBank(frame, brief, bank);
  }
}

function fillBank(frame: Frame, brief: Brief, bank: Bank): void {
  const { light, width, step } = frame;
  const rough = brief.noise.rough(step * 1.6);
  const edge = new Float32Array(width);
  for (let column = 0; column < width; column++) edge[column] = bank.ground(frame.left + (column + 0.5) * step);
  const { first } = rowsBetween(frame, edge);
  for (let row = first; row < frame.height; row++) {
    const y = frame.top + (row + 0.5) * step;
    for (let column = 0; column < width; column++) {
      const down = y - edge[column]!;
      const cover = down / step + 0.5;
      if (cover <= 0) continue;
      const x = frame.left + (column + 0.5) * step;
      const face = 1 + Math.min(Math.max((sample(rough, x * 1.6, y * 1.3) - sample(rough, x * 1.6, y * 1.3 - 0.009)) * 4, -0.45), 0.9);
      const rim = 1 + 0.5 / (1 + (Math.max(down, 0) * 70) ** 2);
      const share = cover < 1 ? cover : 1;
      const at = (row * width + column) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const own = (bank.colour[channel]! + bank.water[channel]! * 0.12) * face * rim;
        light[at + channel]! += (own - light[at + channel]!) * share;
      }
    }
  }
}

/** Ribbons that sway upwards. */
function plantKelp(frame: Frame, bank: Bank): void {
  const spacing = 0.05 + 0.03 * bank.near;
  if (spacing / frame.step < 2) return;
  eachPlace(frame, spacing, (place) => {
    // Kelp stands in groups.
    if (cellUnit(bank.seed, Math.floor(place / 4), 1) > 0.4 || cellUnit(bank.seed, place, 2) > 0.75) return;
    const x = (place + cellUnit(bank.seed, place, 3)) * spacing;
    const height = (0.12 + 0.16 * bank.near) * (0.5 + cellUnit(bank.seed, place, 4));
    const foot = bank.ground(x) + 0.02;
    const half = 0.0035 + 0.005 * bank.near;
    const phase = cellUnit(bank.seed, place, 5) * 6;
    const left: number[] = [];
    const right: number[] = [];
    for (let knot = 0; knot <= 14; knot++) {
      const share = knot / 14;
      const middle = x + Math.sin(phase + share * 4.4) * height * 0.09 * share;
      const leaf = half * (0.55 + 0.75 * Math.abs(Math.sin(share * 11 + phase))) * (1 - share ** 3);
      left.push(middle - leaf, foot - height * share);
      right.unshift(middle + leaf, foot - height * share);
    }
    fillShape(frame, [...left, ...right], { top: blendRgb(bank.colour, bank.water, 0.4), bottom: bank.colour });
  });
}

function plantCorals(frame: Frame, brief: Brief, bank: Bank): void {
  const spacing = 0.075 + 0.045 * bank.near;
  if (spacing / frame.step < 2 || bank.near < 0.3) return;
  eachPlace(frame, spacing, (place) => {
    const kind = cellUnit(bank.seed + 1, place, 0);
    if (kind > 0.82) return;
    const x = (place + 0.7 * cellUnit(bank.seed + 1, place, 1)) * spacing;
    const size = (0.035 + 0.045 * bank.near) * (0.6 + 0.7 * cellUnit(bank.seed + 1, place, 2));
    const foot = bank.ground(x) + size * 0.12;
    const accent = brief.palette.accents[Math.floor(cellUnit(bank.seed + 1, place, 3) * 3)] ?? brief.palette.accents[0];
    const colour = blendRgb(blendRgb(accent, bank.water, 0.5 - 0.2 * Math.min(bank.near, 1)), bank.colour, 0.4);
    const coral = { seed: bank.seed + place * 7, x, y: foot, size, colour };
    if (kind < 0.36) growStaghorn(frame, coral);
    else if (kind < 0.6) growFan(frame, coral);
    else growDome(frame, { ...coral, size: size * 0.55 });
  });
}

interface Coral {
  seed: number;
  /** The middle of its foot. */
  x: number;
  y: number;
  size: number;
  colour: Rgb;
}

/** Staghorn: a stem that forks. */
function growStaghorn(frame: Frame, { seed, x, y, size, colour }: Coral): void {
  growBranches(
    frame,
    { seed, x, y, angle: -Math.PI / 2, length: size * 0.5, half: size * 0.1, forks: 4 },
    {
      top: scaleRgb(colour, 1.15),
      bottom: scaleRgb(colour, 0.85),
      thin: 0.72,
      isRound: true,
      shortestPixels: 1,
      fork(end, side) {
        const own = cellUnit(end.seed, end.forks, side + 5);
        return { seed: end.seed * 3 + side, angle: end.angle + side * (0.28 + 0.4 * own), length: end.length * (0.62 + 0.22 * own) };
      },
    },
  );
}

/** A fan with a wavy rim and ribs. */
function growFan(frame: Frame, { seed, x, y, size, colour }: Coral): void {
  const outline = [x - size * 0.04, y, x + size * 0.04, y];
  for (let point = 0; point <= 16; point++) {
    const angle = -0.45 - (point / 16) * (Math.PI - 0.9);
    const reach = size * (0.8 + 0.22 * cellUnit(seed, point, 0));
    outline.push(x + Math.cos(angle) * reach, y + Math.sin(angle) * reach);
  }
  fillShape(frame, outline, { top: scaleRgb(colour, 1.2), bottom: scaleRgb(colour, 0.55) });
  for (let rib = 0; rib < 7; rib++) {
    const angle = -0.55 - (rib / 6) * (Math.PI - 1.1);
    const tipX = x + Math.cos(angle) * size * 0.8;
    const tipY = y + Math.sin(angle) * size * 0.8;
    fillShape(frame, [x - size * 0.02, y, x + size * 0.02, y, tipX, tipY], {
      top: scaleRgb(colour, 0.6),
      bottom: scaleRgb(colour, 0.4),
      opacity: 0.6,
    });
  }
}

function growDome(frame: Frame, { x, y, size, colour }: Coral): void {
  const outline: number[] = [];
  for (let point = 0; point <= 14; point++) {
    const angle = Math.PI + (point / 14) * Math.PI;
    outline.push(x + Math.cos(angle) * size, y + Math.sin(angle) * size * 0.85);
  }
  fillShape(frame, outline, { top: scaleRgb(colour, 1.25), bottom: scaleRgb(colour, 0.4) });
}

function eachPlace(frame: Frame, spacing: number, visit: (place: number) => void): void {
  const last = Math.ceil((frame.left + frame.width * frame.step + 0.2) / spacing);
  for (let place = Math.floor((frame.left - 0.2) / spacing); place <= last; place++) visit(place);
}
