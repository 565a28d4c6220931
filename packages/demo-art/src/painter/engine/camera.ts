import { smoothStep } from './colour.ts';
import { cellUnit } from '../dice.ts';

/** Where the camera stands, relative to the picture it started from. Lengths are in heights of the first window. */
export interface Shot {
  /** How far the camera has moved. Distant parts of the world move less. */
  x: number;
  y: number;
  /** Below 1 it is nearer, above 1 further away. */
  zoom: number;
  /** Turned by, in radians. */
  roll: number;
  /** From 0 to 1 within the first second: waves and leaves start as gently as the camera. */
  awake: number;
}

export type MotionLevel = 'low' | 'high';

const REACH = {
  low: { drift: 0.15, rise: 0.04, push: 0.17, roll: 0.07 },
  high: { drift: 0.32, rise: 0.09, push: 0.3, roll: 0.18 },
} as const satisfies Record<MotionLevel, object>;

/** The takes go to one side, to the other, back, and upwards. */
const TAKES = [
  { drift: 1, rise: 1, push: 1, roll: 1 },
  { drift: -1, rise: -0.6, push: 0.75, roll: -1 },
  { drift: 0.7, rise: -1, push: -0.9, roll: -0.7 },
  { drift: -0.6, rise: -1.3, push: 1, roll: 0.8 },
] as const;

/** It comes nearer for about ten seconds, and drifts over and back: one of the two always moves. */
const PUSH_SECONDS = 5;
const DRIFT_SECONDS = 16;

export interface CameraOptions {
  seed: number;
  motion: MotionLevel;
  take: number;
  /** The x of the figure, seen from the middle of the picture; the camera keeps it in view. Undefined: the camera roams. */
  subjectX: number | undefined;
}

/** The camera's way, a function of time alone, so that any clip can go on where another ended. It starts at rest in the picture. */
export function createCamera(options: CameraOptions): (seconds: number) => Shot {
  const reach = REACH[options.motion];
  const take = TAKES[options.take % TAKES.length] ?? TAKES[0];
  const side = cellUnit(options.seed, 17, 4) < 0.5 ? -1 : 1;
  // Not all the way to the middle: the picture keeps something of its composition.
  const towards = Math.min(Math.max(options.subjectX ?? 0, -0.3), 0.3) * 0.6;
  const freedom = options.subjectX === undefined ? 1 : 0.4;
  const drift = reach.drift * take.drift * side * freedom;
  // A figure on the ground would leave the picture at the bottom if the camera rose.
  const rise = reach.rise * (options.subjectX === undefined ? take.rise : Math.abs(take.rise) * freedom);
  return (seconds) => {
    const pushed = 1 - Math.exp(-((seconds / PUSH_SECONDS) ** 2));
    const drifted = (1 - Math.cos((2 * Math.PI * seconds) / DRIFT_SECONDS)) / 2;
    return {
      x: drift * drifted + towards * pushed,
      y: rise * pushed,
      zoom: 1 - reach.push * take.push * pushed,
      roll: reach.roll * take.roll * side * drifted,
      awake: smoothStep(0, 1.2, seconds),
    };
  };
}

/** One leg gives way to the next over this time. */
const TURN_SECONDS = 2.5;

/** How much each of several legs, one after the other, has to say at a time: one alone, or two while one gives way to the next. */
export function weightsAt(untilSeconds: readonly number[], seconds: number): { leg: number; weight: number }[] {
  const leg = untilSeconds.filter((until) => until <= seconds).length;
  const turned = smoothStep(0, TURN_SECONDS, seconds - (untilSeconds[leg - 1] ?? -Infinity));
  if (turned >= 1) return [{ leg, weight: 1 }];
  return [
    { leg: leg - 1, weight: 1 - turned },
    { leg, weight: turned },
  ];
}

/** A camera that goes the way of one leg after the other. */
export function createRoute(cameras: readonly ((seconds: number) => Shot)[], untilSeconds: readonly number[]): (seconds: number) => Shot {
  return (seconds) => {
    const mixed: Shot = { x: 0, y: 0, zoom: 0, roll: 0, awake: 0 };
    for (const { leg, weight } of weightsAt(untilSeconds, seconds)) {
      const shot = cameras[leg]?.(seconds);
      if (!shot) continue;
      mixed.x += shot.x * weight;
      mixed.y += shot.y * weight;
      mixed.zoom += shot.zoom * weight;
      mixed.roll += shot.roll * weight;
      mixed.awake += shot.awake * weight;
    }
    return mixed;
  };
}
