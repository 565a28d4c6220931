import type { Dice } from './dice.ts';
import type { Frame } from './frame.ts';
import type { Noise } from './noise.ts';
import type { Palette } from './palette.ts';
import type { Subject } from './subject.ts';

/** Everything a world is painted from. */
export interface Brief {
  subject: Subject;
  palette: Palette;
  dice: Dice;
  noise: Noise;
}

/** Paints the whole frame. Each world runs its own loops over rows: one shared call per pixel was measured much slower. */
export type PaintWorld = (frame: Frame, brief: Brief) => void;
