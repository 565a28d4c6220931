import type { Rgb } from './engine/colour.ts';
import type { Dice } from './dice.ts';
import type { Frame } from './engine/frame.ts';
import type { Noise } from './engine/noise.ts';
import type { Palette } from './palette.ts';
import type { PromptSubject } from './subject.ts';

/** Everything a world is painted from. */
export interface Brief {
  subject: PromptSubject;
  palette: Palette;
  dice: Dice;
  noise: Noise;
  /** Where rain and snow are noted instead of painted, when the frames of a clip are to have them fall. */
  falling?: Falling[];
}

/** Rain or snow that is still to be painted. */
export interface Falling {
  kind: 'rain' | 'snow';
  seed: number;
  colour: Rgb;
}

/** Paints the whole frame. Each world runs its own loops over rows: one shared call per pixel was measured much slower. */
export type PaintWorld = (frame: Frame, brief: Brief) => void;
