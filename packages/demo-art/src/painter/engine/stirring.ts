import type { Brief } from '../brief.ts';
import type { MotionLevel } from './camera.ts';
import { smoothStep } from './colour.ts';
import type { WorldName } from '../words.ts';
import { hasHero, heroX } from '../worlds/figure.ts';

/** The movements of a world: with the camera, and by themselves (waves, leaves, cloth). */
export interface Stirring {
  /** How much of the camera's drift is seen at a height: less where the world is far away. */
  nearness(y: number): number;
  /** The x of the figure, flower or planet that the picture is about. */
  subjectX: number | undefined;
  /** Whether the camera may turn: where there is a horizon it does not. */
  floats: boolean;
  /** Writes into `shift` from which place, relative to (x, y), the picture at (x, y) comes. */
  shiftAt(x: number, y: number, seconds: number, shift: Shift): void;
}

export interface Shift {
  x: number;
  y: number;
}

type ShiftAt = Stirring['shiftAt'];

/** How much slower the sky goes by than the ground, where the world has both. */
const PARALLAX: Record<WorldName, number> = {
  ridges: 0.5,
  water: 0.45,
  city: 0.25,
  papercut: 0.4,
  reef: 0.45,
  bloom: 0,
  cosmos: 0,
  silk: 0,
};
const FLOATING: ReadonlySet<WorldName> = new Set(['cosmos', 'bloom', 'silk']);

/** The movements of one picture, with horizon, street or flower at the places of its brief. */
export function createStirring(world: WorldName, brief: Brief, motion: MotionLevel): Stirring {
  const parallax = PARALLAX[world];
  return {
    nearness: (y) => 1 - parallax * (1 - smoothStep(0.3, 1.05, y)),
    subjectX: subjectOf(world, brief),
    floats: FLOATING.has(world),
    shiftAt: shifts(world, brief, motion === 'high' ? 1.5 : 1),
  };
}

function subjectOf(world: WorldName, brief: Brief): number | undefined {
  if (world === 'cosmos') return 0;
  if (world === 'bloom') return flowerX(brief);
  return hasHero(brief) ? heroX(brief) : undefined;
}

const flowerX = (brief: Brief): number => brief.dice.between('flower-x', -0.05, 0.05);

function shifts(world: WorldName, brief: Brief, strength: number): ShiftAt {
  const { dice } = brief;
  switch (world) {
    case 'water':
      return waves(dice.between('horizon', 0.54, 0.64), strength);
    case 'city':
      return waves(dice.between('street', 0.77, 0.84), strength * 0.45);
    case 'reef':
      return swell(0.007 * strength);
    case 'silk':
      return folds(0.017 * strength);
    case 'bloom':
      return sway(flowerX(brief), 0.5 + dice.between('flower-y', -0.04, 0.04), 0.03 * strength);
    case 'ridges':
      return breeze(0.0022 * strength);
    case 'cosmos':
      return folds(0.0035 * strength);
    case 'papercut':
      return () => undefined;
  }
}

/** Waves below the horizon that come towards the eye: by the logarithm of the distance, as perspective has it. */
function waves(horizon: number, strength: number): ShiftAt {
  return (x, y, seconds, shift) => {
    const down = y - horizon;
    if (down <= 0) return;
    const near = down / (down + 0.16);
    const far = Math.log(down + 0.05);
    const across = x / (0.12 + down * 0.7);
    const reach = strength * near * smoothStep(0, 0.02, down);
    shift.x +=
      reach * 0.016 * (Math.sin(far * 17 - seconds * 2.3 + across * 0.6) + 0.6 * Math.sin(far * 31 + across * 1.4 - seconds * 3.1));
    shift.y +=
      reach * 0.011 * (Math.sin(far * 13 - seconds * 2.6 - across * 0.5) + 0.5 * Math.sin(far * 26 - seconds * 3.7 + across * 1.1));
  };
}

/** Everything under water rocks together. */
function swell(reach: number): ShiftAt {
  return (x, y, seconds, shift) => {
    shift.x += reach * (Math.sin(y * 6 + seconds * 1.3 + x * 2) + 0.5 * Math.sin(y * 15 - seconds * 1.9 + x * 4));
    shift.y += reach * 0.6 * Math.sin(x * 7 + seconds * 1.1 - y * 3);
  };
}

/** Slow waves in every direction: cloth, or gas. */
function folds(reach: number): ShiftAt {
  return (x, y, seconds, shift) => {
    shift.x += reach * (Math.sin(y * 4.1 + x * 2.3 + seconds * 1.2) + 0.6 * Math.sin(x * 7.9 - y * 3.3 - seconds * 1.6));
    shift.y += reach * (Math.sin(x * 3.7 - y * 2.1 + seconds) + 0.6 * Math.sin(y * 8.3 + x * 2.9 + seconds * 1.5));
  };
}

/** A flower in a light wind: it turns, and opens and closes a little. */
function sway(middleX: number, middleY: number, reach: number): ShiftAt {
  return (x, y, seconds, shift) => {
    const dx = x - middleX;
    const dy = y - middleY;
    const turn = reach * Math.sin(seconds * 1.15 + Math.hypot(dx, dy) * 1.5);
    const open = reach * 0.6 * Math.sin(seconds * 1.5 - Math.hypot(dx, dy) * 5);
    shift.x += dx * open - dy * turn;
    shift.y += dy * open + dx * turn;
  };
}

/** Grass and trees near the eye. */
function breeze(reach: number): ShiftAt {
  return (x, y, seconds, shift) => {
    const near = smoothStep(0.62, 1, y);
    if (near <= 0) return;
    shift.x += reach * near * (Math.sin(x * 9 - seconds * 2.1) + 0.6 * Math.sin(x * 23 + y * 9 - seconds * 3.3));
  };
}
