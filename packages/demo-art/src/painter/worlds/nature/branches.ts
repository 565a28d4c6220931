import type { Rgb } from '../../engine/colour.ts';
import type { Frame } from '../../engine/frame.ts';
import { fillShape } from '../../engine/shape.ts';

/** A straight branch from its foot; `half` is half its width there. */
export interface Branch {
  x: number;
  y: number;
  angle: number;
  length: number;
  half: number;
  /** How often it still forks. */
  forks: number;
  seed: number;
}

/** How the branches of a plant look and fork. */
export interface Habit {
  top: Rgb;
  bottom: Rgb;
  /** A branch's width at its end, as a share of the width at its foot. */
  thin: number;
  /** The ends are rounded. */
  isRound: boolean;
  /** Branches shorter than this many pixels do not fork. */
  shortestPixels: number;
  /** Length, angle and seed of the branch that grows from the end of another; `side` is -1 or 1. */
  fork(end: Branch, side: -1 | 1): Pick<Branch, 'angle' | 'length' | 'seed'>;
  /** Called with the end of each branch, before it forks. */
  onEnd?(end: Branch): void;
}

/** Draws a branch and every branch that grows from it. */
export function growBranches(frame: Frame, branch: Branch, habit: Habit): void {
  const { x, y, angle, length, half, forks } = branch;
  const { thin } = habit;
  const endX = x + Math.cos(angle) * length;
  const endY = y + Math.sin(angle) * length;
  const sideX = -Math.sin(angle) * half;
  const sideY = Math.cos(angle) * half;
  const tip = habit.isRound ? [endX + Math.cos(angle) * half * 0.7, endY + Math.sin(angle) * half * 0.7] : [];
  fillShape(
    frame,
    [
      x + sideX,
      y + sideY,
      x - sideX,
      y - sideY,
      endX - sideX * thin,
      endY - sideY * thin,
      ...tip,
      endX + sideX * thin,
      endY + sideY * thin,
    ],
    habit,
  );
  const end = { ...branch, x: endX, y: endY };
  habit.onEnd?.(end);
  if (forks === 0 || length / frame.step < habit.shortestPixels) return;
  for (const side of [-1, 1] as const)
    growBranches(frame, { ...end, ...habit.fork(end, side), half: half * thin, forks: forks - 1 }, habit);
}

/** A leafy clump or crown: a polygon of `corners` with an uneven rim. `reach` gives a corner's distance from the middle. */
export function unevenOutline(
  { x, y, wide, tall }: { x: number; y: number; wide: number; tall: number },
  corners: number,
  reach: (corner: number) => number,
): number[] {
  const points: number[] = [];
  for (let corner = 0; corner < corners; corner++) {
    const angle = (corner / corners) * Math.PI * 2;
    const far = reach(corner);
    points.push(x + Math.cos(angle) * far * wide, y + Math.sin(angle) * far * tall);
  }
  return points;
}
