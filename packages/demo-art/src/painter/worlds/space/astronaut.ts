import type { Brief } from '../../brief.ts';
import { blendRgb, rampIndex, scaleRgb, smoothStep, type Rgb } from '../../engine/colour.ts';
import { addLight, fillRectangle, pixelsAround, type Frame } from '../../engine/frame.ts';
import { sample } from '../../engine/noise.ts';
import { fillShape } from '../../engine/shape.ts';
import { curve } from '../land/silhouettes.ts';
import { addStars } from './stars.ts';

const HELMET = 0.205;

/** Head and shoulders of an astronaut; the sky is seen again in the visor. */
export function paintAstronaut(frame: Frame, brief: Brief): void {
  const { dice } = brief;
  const x = dice.between('astronaut-x', -0.07, 0.07);
  const y = dice.between('astronaut-y', 0.42, 0.47);
  const side = dice.chance('astronaut-side', 0.5) ? 1 : -1;
  const pose: Pose = { x, y, side, rim: blendRgb(brief.palette.accents[0], [1, 1, 1], 0.35) };
  paintSuit(frame, brief, pose);
  paintHelmet(frame, brief, pose);
  const seen = (px: number, py: number): number => (Math.hypot((px - x) / 0.78, (py - y - 0.005) / 0.5) < HELMET * 0.8 ? 1 : 0);
  addStars(frame, { seed: dice.seed('visor-stars'), cell: 0.016, density: 0.35, radius: 0.0018, strength: 0.9, seen });
  const shine = { x: x - side * HELMET * 0.42, y: y - HELMET * 0.62, radius: HELMET * 0.22 };
  addLight(frame, { ...shine, colour: [1, 1, 1], strength: 0.5 });
}

interface Pose {
  /** The middle of the helmet. */
  x: number;
  y: number;
  /** The side away from the light: 1 right, -1 left. */
  side: 1 | -1;
  /** The colour of the lit edge. */
  rim: Rgb;
}

function paintSuit(frame: Frame, brief: Brief, { x, y, side, rim }: Pose): void {
  const cloth: Rgb = [0.4, 0.42, 0.46];
  const dark: Rgb = [0.035, 0.038, 0.06];
  const place = (points: readonly number[], dx = 0): number[] => points.map((value, index) => (index % 2 ? y + value : x + value + dx));
  const half = [
    [0.1, 0.17],
    [0.19, 0.19],
    [0.29, 0.235],
    [0.36, 0.31],
    [0.4, 0.42],
    [0.43, 0.58],
    [0.44, 0.9],
    [0.44, 3],
    [0.44, 3],
  ] as const;
  const torso = curve([...half, ...half.toReversed().map(([across, down]) => [-across, down] as const)]);
  fillShape(frame, place(torso, side * 0.006), { top: rim, bottom: scaleRgb(rim, 0.4), fromY: y + 0.1, toY: y + 0.7 });
  fillShape(frame, place(torso), { top: cloth, bottom: dark, fromY: y + 0.15, toY: y + 0.66 });
  // The side away from the light, twice, the second time further out.
  for (const inset of [0.16, 0.27]) {
    const shade = [
      ...half.map(([across, down]) => [across * side, down] as const),
      [inset * side, 3],
      [inset * side, 3],
      [inset * 0.9 * side, 0.4],
      [inset * 0.55 * side, 0.2],
    ] as const;
    fillShape(frame, place(curve(shade)), { top: dark, bottom: dark, opacity: 0.32 });
  }
  // Straps, seams, the panel on the chest.
  for (const mirror of [-1, 1]) {
    fillShape(frame, place([0.115, 0.19, 0.165, 0.2, 0.2, 0.62, 0.155, 0.62].map((value, index) => (index % 2 ? value : value * mirror))), {
      top: scaleRgb(cloth, 0.55),
      bottom: dark,
    });
    fillShape(frame, place([0.3, 0.25, 0.315, 0.255, 0.3, 0.6, 0.285, 0.6].map((value, index) => (index % 2 ? value : value * mirror))), {
      top: scaleRgb(cloth, 0.6),
      bottom: dark,
      opacity: 0.8,
    });
  }
  fillShape(frame, place([-0.09, 0.37, 0.09, 0.37, 0.1, 0.52, -0.1, 0.52]), { top: scaleRgb(cloth, 0.95), bottom: scaleRgb(cloth, 0.3) });
  for (const [index, colour] of [brief.palette.accents[0], brief.palette.accents[1], brief.palette.accents[2]].entries()) {
    const left = x - 0.062 + index * 0.045;
    fillRectangle(frame, { left, right: left + 0.03, top: y + 0.4, bottom: y + 0.415 }, scaleRgb(colour, 1.2), 0.95);
    addLight(frame, { x: left + 0.015, y: y + 0.407, radius: 0.03, colour, strength: 0.25 });
  }
  // The collar ring.
  fillShape(frame, ellipse(x, y + 0.185, 0.172, 0.05), { top: [0.5, 0.52, 0.56], bottom: [0.1, 0.1, 0.13] });
  fillShape(frame, ellipse(x, y + 0.178, 0.155, 0.038), { top: [0.05, 0.05, 0.07], bottom: [0.16, 0.17, 0.2] });
}

const ellipse = (x: number, y: number, wide: number, tall: number): number[] =>
  Array.from({ length: 48 }, (_, index) => {
    const angle = (Math.floor(index / 2) / 24) * Math.PI * 2;
    return index % 2 ? y + Math.sin(angle) * tall : x + Math.cos(angle) * wide;
  });

/** A white shell around a mirrored visor. */
function paintHelmet(frame: Frame, brief: Brief, { x, y, side, rim }: Pose): void {
  const { light, width, step } = frame;
  const { firstRow, lastRow, firstColumn, lastColumn } = pixelsAround(frame, { x, y }, HELMET + step);
  const rough = brief.noise.rough(step * 1.4);
  const { tones, accents } = brief.palette;
  const o = brief.dice.offset('visor');
  for (let row = firstRow; row < lastRow; row++) {
    const dy = (frame.top + (row + 0.5) * step - y) / HELMET;
    for (let column = firstColumn; column < lastColumn; column++) {
      const dx = (frame.left + (column + 0.5) * step - x) / HELMET;
      const far2 = dx * dx + dy * dy;
      const cover = ((1 - Math.sqrt(far2)) * HELMET) / step + 0.5;
      if (cover <= 0) continue;
      const dz = Math.sqrt(Math.max(1 - far2, 0));
      const key = Math.max(dx * -0.35 * side - dy * 0.62 + dz * 0.55, 0);
      const back = smoothStep(0.45, 0.98, Math.max(dx * side, 0)) * (1 - dz) ** 2;
      let red = 0.04 + key * 0.62 + rim[0] * back * 1.1;
      let green = 0.042 + key * 0.63 + rim[1] * back * 1.1;
      let blue = 0.055 + key * 0.66 + rim[2] * back * 1.1;
      // The visor is a flatter ellipse set into the shell; its frame is darker.
      const vx = dx / 0.78;
      const vy = (dy - 0.06) / 0.62;
      const inVisor = 1 - Math.sqrt(Math.abs(vx) ** 2.5 + Math.abs(vy) ** 2.5) ** 0.8;
      const border = smoothStep(-0.085, -0.055, inVisor) * 0.85;
      red *= 1 - border;
      green *= 1 - border;
      blue *= 1 - border;
      const glass = Math.min(Math.max((inVisor * HELMET * 0.7) / step + 0.5, 0), 1);
      if (glass > 0) {
        const bulge = 0.35 + 0.65 * (vx * vx + vy * vy);
        const cloud =
          sample(rough, vx * 0.13 * bulge + o, vy * 0.16 * bulge + o) + sample(rough, vx * 0.3 + o + 0.3, vy * 0.3 * bulge) * 0.4;
        // The horizon of a world below, gas above, the way a ball shows them.
        const ground = smoothStep(0.02, -0.02, 0.42 - vy + vx * vx * 0.22 + cloud * 0.03);
        const level = rampIndex(0.16 + Math.max(cloud + 0.35, 0) * 0.62);
        const sky = 0.75 * (1 - ground);
        const shade = 0.35 + 0.65 * smoothStep(1.05, 0.2, vx * vx + vy * vy);
        const warm = ground * (0.2 + 0.5 * Math.max(cloud + 0.4, 0));
        const gr = (tones[level]! * sky + accents[1][0] * warm * 0.8 + 0.012) * shade;
        const gg = (tones[level + 1]! * sky + accents[1][1] * warm * 0.8 + 0.012) * shade;
        const gb = (tones[level + 2]! * sky + accents[1][2] * warm * 0.8 + 0.02) * shade;
        const arc =
          smoothStep(0.05, 0, Math.abs(Math.hypot(vx + 0.06 * side, vy + 0.04) - 0.8)) *
          smoothStep(0.1, 0.75, -vx * side * 0.7 - vy) *
          0.85;
        const sheen = smoothStep(0.5, -1, vy + vx * side * 0.5) * 0.1;
        red += (gr + arc + sheen - red) * glass;
        green += (gg + arc + sheen - green) * glass;
        blue += (gb + arc + sheen * 1.2 - blue) * glass;
      }
      const share = cover < 1 ? cover : 1;
      const at = (row * width + column) * 3;
      light[at]! += (red - light[at]!) * share;
      light[at + 1]! += (green - light[at + 1]!) * share;
      light[at + 2]! += (blue - light[at + 2]!) * share;
    }
  }
}
