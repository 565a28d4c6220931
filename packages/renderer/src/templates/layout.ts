import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import type { LyricCue } from './lyric-cues.ts';
import type { Palette } from './palette.ts';
import type { Area } from '../frames/planes.ts';

/** What a template draws from; texts are clean. */
export interface TemplateFacts {
  cover: Canvas;
  palette: Palette;
  title: string;
  author: string;
  domain: string;
  durationMs: number;
  hasLyrics: boolean;
  /** Loudness of equal parts of the track, 0 to 1. */
  waveform(parts: number): Float32Array;
}

/** Something uncovered up to a level (see `Reveal`): how it looks when all of it is seen. */
export interface Uncovered {
  area: Area;
  tracks: number;
  /** Draws over the plate what is seen at the highest level of all tracks. */
  draw(context: SKRSContext2D): void;
  locate(x: number, y: number): { track: number; level: number } | undefined;
  /** The levels at a moment of the track. Heights of the spectrum's bands are 0 to 1. */
  levels(moment: { share: number; bands: Float32Array }): ArrayLike<number>;
}

/** A row of a lyric line where it stands: its part of the sweep. */
export interface SungRow {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The part of a frame where lyrics are shown. */
export interface LyricStage {
  area: Area;
  /** Draws the lines of a cue, the one being sung in `lit` colours when asked; returns where its rows are, top to bottom. */
  draw(context: SKRSContext2D, cue: LyricCue, lit: boolean): SungRow[];
}

/** One look, laid out for one track. */
export interface Template {
  width: number;
  height: number;
  /** Bands of the spectrum that it shows; 0: none. */
  bands: number;
  /** Everything that never moves. */
  drawPlate(context: SKRSContext2D): void;
  uncovered: readonly Uncovered[];
  lyrics: LyricStage;
}
