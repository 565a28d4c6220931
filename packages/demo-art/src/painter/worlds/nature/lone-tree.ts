import type { Brief } from '../../brief.ts';
import { blendRgb, scaleRgb, toRgb, type Rgb } from '../../engine/colour.ts';
import type { Frame } from '../../engine/frame.ts';
import { cellUnit } from '../../dice.ts';
import { fillShape } from '../../engine/shape.ts';

/** One old tree that stands by itself; in blossom or in leaf as the palette's accents say. */
export function paintLoneTree(frame: Frame, brief: Brief, x: number, foot: number, height: number): void {
  const seed = brief.dice.seed('lone-tree');
  const bark = scaleRgb(toRgb(brief.palette.near), 0.6);
  const pink = brief.subject.mood === 'flower' || /\b(?:cherry|sakura|blossom)/i.test(brief.subject.text);
  const leaf: Rgb = pink ? [0.72, 0.28, 0.4] : blendRgb(brief.palette.accents[0], bark, 0.45);
  const tips: [number, number, number][] = [];
  growLimb(
    frame,
    { seed, colour: bark, tips },
    x,
    foot,
    -Math.PI / 2 + brief.dice.between('tree-lean', -0.14, 0.14),
    height * 0.36,
    height * 0.034,
    6,
  );
  for (const [index, [tipX, tipY, size]] of tips.entries()) {
    for (let clump = 0; clump < 3; clump++) {
      const own = cellUnit(seed + 7, index, clump);
      const px = tipX + (cellUnit(seed + 8, index, clump) - 0.5) * size * 1.6;
      const py = tipY + (cellUnit(seed + 9, index, clump) - 0.5) * size * 1.2;
      const colour = scaleRgb(leaf, 0.45 + 0.75 * own);
      fillShape(frame, clumpOutline(seed + index * 5 + clump, px, py, size * (0.55 + 0.5 * own)), {
        top: scaleRgb(colour, 1.35),
        bottom: scaleRgb(colour, 0.5),
        opacity: 0.92,
      });
    }
  }
}

function growLimb(
  frame: Frame,
  tree: { seed: number; colour: Rgb; tips: [number, number, number][] },
  x: number,
  y: number,
  angle: number,
  length: number,
  half: number,
  forks: number,
): void {
  const endX = x + Math.cos(angle) * length;
  const endY = y + Math.sin(angle) * length;
  const sideX = -Math.sin(angle) * half;
  const sideY = Math.cos(angle) * half;
  const thin = 0.66;
  fillShape(
    frame,
    [x + sideX, y + sideY, x - sideX, y - sideY, endX - sideX * thin, endY - sideY * thin, endX + sideX * thin, endY + sideY * thin],
    { top: tree.colour, bottom: tree.colour },
  );
  if (forks < 3) tree.tips.push([endX, endY, length * 0.62]);
  if (forks === 0 || length / frame.step < 0.8) return;
  for (const side of [-1, 1]) {
    const own = cellUnit(tree.seed + forks * 17, Math.round(endX * 4_000), side);
    growLimb(
      frame,
      tree,
      endX,
      endY,
      angle + side * (0.24 + 0.5 * own) - Math.cos(angle) * 0.06,
      length * (0.66 + 0.2 * own),
      half * thin,
      forks - 1,
    );
  }
}

function clumpOutline(seed: number, x: number, y: number, size: number): number[] {
  const points: number[] = [];
  for (let corner = 0; corner < 11; corner++) {
    const angle = (corner / 11) * Math.PI * 2;
    const reach = size * (0.65 + 0.5 * cellUnit(seed, corner, 3));
    points.push(x + Math.cos(angle) * reach, y + Math.sin(angle) * reach * 0.8);
  }
  return points;
}
