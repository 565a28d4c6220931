import type { DrumName } from '../sound/drums.ts';
import type { Syllable } from '../sound/singing-voice.ts';
import type { Style } from './style.ts';
import type { Key } from './harmony.ts';
import type { VoiceName } from '../sound/voices.ts';

/** What plays a role in a song. Each has its own place in the mix. */
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

export interface TimedText {
  startMs: number;
  endMs: number;
  text: string;
}

export interface TimedLyric extends TimedText {
  words: TimedText[];
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
  lines: TimedLyric[];
  /** `lofi, chill, 78 bpm, A minor`. */
  tags: string;
}
