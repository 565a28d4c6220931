import type { Composition, CompositionRequest } from '@atelier/simulator';
import { master, toPcm, waveformOf } from './sound/master.ts';
import { mix, type Stereo } from './sound/mixer.ts';
import type { Score } from './writing/score.ts';
import { writeScore } from './writing/write-score.ts';

/** A composition before it is encoded. */
export interface Performance extends Omit<Composition, 'mp3'> {
  /** 16-bit little-endian, 44.1 kHz, left and right in turn. */
  pcm: Uint8Array;
}

/** The levelled sound of a request, and its score. */
export function performAloud(request: CompositionRequest): { score: Score; sound: Stereo } {
  const score = writeScore(request);
  const sound = mix(score);
  master(sound);
  return { score, sound };
}

/** Writes, plays and levels the song of a request. Takes about a second for each minute of music. */
export function perform(request: CompositionRequest): Performance {
  const { score, sound } = performAloud(request);
  const { durationS, tags, lines } = score;
  return { pcm: toPcm(sound), durationS, tags, lines, waveform: waveformOf(sound) };
}
