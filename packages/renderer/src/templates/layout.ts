import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import type { LyricCue } from './lyric-cues.ts';
import type { CoverColours } from './cover-colours.ts';
import type { Area } from '../frames/planes.ts';

/** One video as a template draws it. */
export interface LayoutInput {
  /** Pixels of a frame. */
  width: number;
  height: number;
  cover: Canvas;
  colours: CoverColours;
  /** This text and the next two are clean (`cleanText`). */
  title: string;
  author: string;
  domain: string;
  durationMs: number;
  hasLyrics: boolean;
  /** Loudness of equal parts of the track, 0 to 1. */
  waveform(parts: number): Float32Array;
}

/** A part of the frame that moves by being uncovered up to a level (see `Reveal`). */
export interface MovingPart {
  area: Area;
  tracks: number;
  /** Draws over the plate how the part looks when every track is at its highest level. */
  draw(context: SKRSContext2D): void;
  locate(x: number, y: number): { track: number; level: number } | undefined;
  /** The levels at a moment of the track. Heights of the spectrum's bands are 0 to 1. */
  levels(moment: { share: number; bands: Float32Array }): ArrayLike<number>;
}

/** The place of one row of a lyric line: its part of the sweep. */
export interface SungRow {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The part of a frame where lyrics are shown. */
export interface LyricLayout {
  area: Area;
  /** Draws the lines of a cue; `lit` draws the line that is being sung in its bright colours. Returns the rows of that line, top to bottom. */
  draw(context: SKRSContext2D, cue: LyricCue, lit: boolean): SungRow[];
}

/** Lays out one video in one look. */
export type CreateLayout = (input: LayoutInput) => Layout;

export interface Layout {
  /** How many bands of the spectrum are shown; 0 for a look without a spectrum. */
  bands: number;
  /** Everything that never moves. */
  drawPlate(context: SKRSContext2D): void;
  movingParts: readonly MovingPart[];
  lyrics: LyricLayout;
}
