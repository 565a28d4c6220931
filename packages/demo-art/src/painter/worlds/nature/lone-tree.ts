import type { Brief } from '../../brief.ts';
import { blendRgb, scaleRgb, toRgb, type Rgb } from '../../engine/colour.ts';
import type { Frame } from '../../engine/frame.ts';
import { cellUnit } from '../../dice.ts';
import { fillShape } from '../../engine/shape.ts';
import { growBranches, unevenOutline } from './branches.ts';

/** One old tree that stands by itself; in blossom or in leaf as the palette's accents say. */
export function paintLoneTree(frame: Frame, brief: Brief, { x, foot, height }: { x: number; foot: number; height: number }): void {
  const seed = brief.dice.seed('lone-tree');
  const bark = scaleRgb(toRgb(brief.palette.near), 0.6);
  const pink = brief.subject.mood === 'flower' || /\b(?:cherry|sakura|blossom)/i.test(brief.subject.text);
  const leaf: Rgb = pink ? [0.72, 0.28, 0.4] : blendRgb(brief.palette.accents[0], bark, 0.45);
  const tips: [number, number, number][] = [];
  const angle = -Math.PI / 2 + brief.dice.between('tree-lean', -0.14, 0.14);
  growBranches(
    frame,
    { seed, x, y: foot, angle, length: height * 0.36, half: height * 0.034, forks: 6 },
    {
      top: bark,
      bottom: bark,
      thin: 0.66,
      isRound: false,
      shortestPixels: 0.8,
      fork(end, side) {
        const own = cellUnit(seed + end.forks * 17, Math.round(end.x * 4_000), side);
        return { seed, angle: end.angle + side * (0.24 + 0.5 * own) - Math.cos(end.angle) * 0.06, length: end.length * (0.66 + 0.2 * own) };
      },
      onEnd: (end) => void (end.forks < 3 && tips.push([end.x, end.y, end.length * 0.62])),
    },
  );
  for (const [index, [tipX, tipY, size]] of tips.entries()) {
    for (let clump = 0; clump < 3; clump++) {
      const own = cellUnit(seed + 7, index, clump);
      const px = tipX + (cellUnit(seed + 8, index, clump) - 0.5) * size * 1.6;
      const py = tipY + (cellUnit(seed + 9, index, clump) - 0.5) * size * 1.2;
      const colour = scaleRgb(leaf, 0.45 + 0.75 * own);
      const reach = (corner: number): number => size * (0.55 + 0.5 * own) * (0.65 + 0.5 * cellUnit(seed + index * 5 + clump, corner, 3));
      fillShape(frame, unevenOutline({ x: px, y: py, wide: 1, tall: 0.8 }, 11, reach), {
        top: scaleRgb(colour, 1.35),
        bottom: scaleRgb(colour, 0.5),
        opacity: 0.92,
      });
    }
  }
}
