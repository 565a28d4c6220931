import type { Rgb } from '../../engine/colour.ts';
import type { Frame } from '../../engine/frame.ts';
import { cellUnit } from '../../dice.ts';
import { fillShape } from '../../engine/shape.ts';

interface Palm {
  x: number;
  foot: number;
  height: number;
  /** How far the top is beside the foot, in heights. */
  lean: number;
  seed: number;
  colour: Rgb;
}

/** A palm in silhouette: a curved trunk and fronds with hanging leaflets. */
export function paintPalm(frame: Frame, palm: Palm): void {
  const { x, foot, height, colour } = palm;
  if (height / frame.step < 3) return;
  const topX = x + palm.lean * height;
  const topY = foot - height;
  const trunk = (share: number): [number, number] => [x + palm.lean * height * share ** 1.8, foot - height * share];
  const left: number[] = [];
  const right: number[] = [];
  for (let knot = 0; knot <= 8; knot++) {
    const [px, py] = trunk(knot / 8);
    const half = height * (0.026 - 0.014 * (knot / 8));
    left.push(px - half, py);
    right.unshift(px + half, py);
  }
  fillShape(frame, [...left, ...right], { top: colour, bottom: colour });
  const fronds = 9;
  for (let frond = 0; frond < fronds; frond++) {
    const spread = (frond / (fronds - 1)) * 2 - 1;
    const angle = -Math.PI / 2 + spread * 1.75 + (cellUnit(palm.seed, frond, 0) - 0.5) * 0.3;
    paintFrond(frame, { x: topX, y: topY, angle, length: height * (0.42 + 0.18 * cellUnit(palm.seed, frond, 1)), colour });
  }
}

interface Frond {
  x: number;
  y: number;
  angle: number;
  length: number;
  colour: Rgb;
}

/** An arched rib, hanging leaflets as a saw along its lower side. */
function paintFrond(frame: Frame, { x, y, angle, length, colour }: Frond): void {
  const steps = 9;
  const upper: number[] = [];
  const lower: number[] = [];
  for (let index = 0; index <= steps; index++) {
    const share = index / steps;
    const px = x + Math.cos(angle) * length * share;
    const py = y + Math.sin(angle) * length * share + length * 0.55 * share * share;
    const leaf = length * 0.2 * Math.sin(Math.PI * Math.min(share * 0.9 + 0.12, 1));
    upper.push(px, py - length * 0.012);
    lower.push(px, py + leaf, px + Math.cos(angle) * length * 0.05, py + leaf * 0.25);
  }
  const outline = [...upper];
  for (let index = lower.length - 2; index >= 0; index -= 2) outline.push(lower[index]!, lower[index + 1]!);
  fillShape(frame, outline, { top: colour, bottom: colour });
}
