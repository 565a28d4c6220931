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

/** The levelled sound of an order, and the paper it was played from. */
export function performAloud(order: CompositionRequest): { score: Score; sound: Stereo } {
  const score = writeScore(order);
  const sound = mix(score);
  master(sound);
  return { score, sound };
}

/** Writes, plays and levels the song of an order. Takes about a second a minute. */
export function perform(order: CompositionRequest): Performance {
  const { score, sound } = performAloud(order);
  const { durationS, tags, lines } = score;
  return { pcm: toPcm(sound), durationS, tags, lines, waveform: waveformOf(sound) };
}
