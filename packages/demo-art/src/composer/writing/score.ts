import type { DrumName } from '../sound/drums.ts';
import type { Syllable } from '../sound/singing-voice.ts';
import type { Key, ScaleName } from './theory.ts';
import type { VoiceName } from '../sound/voices.ts';

type Choice = readonly [VoiceName, ...VoiceName[]];
/** Sixteen steps of a bar each: `X` loud, `x` plain, `o` soft, `-` nothing. */
type Beat = Partial<Record<DrumName, string>>;

/**
 * How a kind of music is made. `chords` and `arpeggio` are sixteen steps: `x` strikes the chord, a digit one of its tones, `-` lets ring.
 * In `bass`, `r` is the root, `f` the fifth, `o` the octave, `t` the third and `a` leads over to the next root.
 */
export interface Style {
  /** The word for its temper among the tags. */
  temper: string;
  bpm: readonly [number, number];
  /** How late the weak steps come, as a part of a step; `unit` says which are weak: every second sixteenth or eighth. */
  swing: { unit: 16 | 8; amount: number };
  scales: { bright: ScaleName; dark: ScaleName };
  isDark: boolean;
  /** How many tones a chord has. */
  tones: 3 | 4 | 5;
  barsPerChord: 1 | 2;
  voices: { pad: Choice; chords: Choice; arpeggio: Choice; bass: Choice; lead: Choice };
  chords: readonly [string, ...string[]];
  arpeggio: readonly [string, ...string[]];
  bass: readonly [string, ...string[]];
  calmBeat: Beat;
  fullBeat: readonly [Beat, ...Beat[]];
  /** Notes of a melody in two bars, fewest and most. */
  melody: readonly [number, number];
  /** Parts of the sound that go to the room and the echo, how deep the kick pushes the rest down, and how much the record crackles. */
  space: { reverb: number; echo: number; duck: number; crackle: number };
  /** How loud each part is beside the others. */
  levels: { pad: number; chords: number; arpeggio: number; bass: number; lead: number; drums: number };
}

/** The parts of a song. Each has its place in the mix. */
export type Part = 'pad' | 'chords' | 'arpeggio' | 'bass' | 'lead' | 'vocal';

export interface Note {
  part: Part;
  voice: VoiceName;
  /** MIDI. */
  pitch: number;
  startS: number;
  lengthS: number;
  /** 0 to 1. */
  velocity: number;
  /** For the voices that sing. */
  syllable?: Syllable;
}

export interface Hit {
  drum: DrumName;
  startS: number;
  /** 0 to 1. */
  velocity: number;
}

export interface ScoreText {
  startMs: number;
  endMs: number;
  text: string;
}

export interface ScoreLine extends ScoreText {
  words: ScoreText[];
}

export type SectionKind = 'intro' | 'verse' | 'chorus' | 'bridge' | 'solo' | 'outro';

/** A finished song on paper. */
export interface Score {
  style: Style;
  key: Key;
  bpm: number;
  durationS: number;
  notes: Note[];
  hits: Hit[];
  lines: ScoreLine[];
  /** `lofi, chill, 78 bpm, A minor`. */
  tags: string;
}
