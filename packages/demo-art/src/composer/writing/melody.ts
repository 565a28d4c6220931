import { createRandom, type Random } from '@atelier/lib/random';
import type { Chord } from './harmony.ts';
import { pitchOf, type Key } from './theory.ts';

/** A note in sixteenths from the beginning of its phrase. */
export interface MelodyNote {
  step: number;
  /** In sixteenths. */
  length: number;
  pitch: number;
}

/** A melodic idea that comes back: the steps on which its notes begin, and their intervals. */
export interface Motif {
  /** The weight of each step of two bars; notes begin on the heaviest. */
  taste: number[];
  /** Moves in degrees of the scale, from note to note. */
  moves: number[];
  start: number;
}

const MOVES = [1, -1, 1, -1, 2, -2, 0, 1, -1, 3, -3, -1] as const;

export function createMotif(seed: number): Motif {
  const random = createRandom(seed);
  const moves = Array.from({ length: 12 }, () => random.pick(MOVES));
  return { taste: createTaste(random), moves, start: random.pick([0, 2, 4, 4, 7]) };
}

/** Strong steps weigh most; the rest is random. The second bar resembles the first. */
function createTaste(random: Random): number[] {
  const bar = (): number[] =>
    Array.from({ length: 16 }, (_, step) => {
      const weight = step === 0 ? 5 : step === 8 ? 4.2 : step % 4 === 0 ? 3.6 : step % 2 === 0 ? 3 : 0.8;
      return weight + random.next() * 2.4;
    });
  const first = bar();
  const second = bar();
  return [...first, ...second.map((taste, step) => taste * 0.4 + (first[step] ?? 0) * 0.6)];
}

/** The steps on which `count` notes begin, in order, among the first `steps`. There are never more notes than steps. */
export function onsetsOf({ taste }: Motif, count: number, steps: number): number[] {
  return Array.from({ length: steps }, (_, step) => step)
    .toSorted((one, other) => (taste[other % 32] ?? 0) - (taste[one % 32] ?? 0) || one - other)
    .slice(0, count)
    .toSorted((one, other) => one - other);
}

export interface PhraseInput {
  motif: Motif;
  key: Key;
  /** The chord of each bar of the phrase. */
  chords: readonly Chord[];
  onsets: readonly number[];
  /** Sixteenths until the end of the phrase; the rest of its bars is breath. */
  steps: number;
  /** The degree around which the phrase moves, and how many degrees it may move away from it. */
  centre: number;
  reach: number;
  /** The last note comes home. */
  isEnding: boolean;
}

/** A phrase over the given onsets: tones of the chord on the beats, the motif's own steps between them. */
export function writePhrase({ motif, key, chords, onsets, steps, centre, reach, isEnding }: PhraseInput): MelodyNote[] {
  let degree = centre + (motif.start % 5) - 2;
  return onsets.map((step, index) => {
    const isLast = index === onsets.length - 1;
    if (index > 0) degree += motif.moves[(index - 1) % motif.moves.length] ?? 1;
    if (degree > centre + reach) degree -= 3;
    if (degree < centre - reach) degree += 3;
    const root = chords[Math.min(chords.length - 1, Math.floor(step / 16))]?.root ?? 0;
    if (isLast && isEnding) degree = nearestDegree(degree, [0, 2, 4]);
    else if (isLast || step % 4 === 0) degree = nearestDegree(degree, [root, root + 2, root + 4]);
    const next = onsets[index + 1] ?? steps;
    return { step, length: Math.max(1, Math.min(next - step, isLast ? 12 : 8)), pitch: pitchOf(key, degree) };
  });
}

/** The nearest of these degrees, in any octave; the lower of two that are as near. */
function nearestDegree(degree: number, tones: readonly number[]): number {
  let best = degree;
  let least = Infinity;
  for (const tone of tones) {
    const candidate = tone + 7 * Math.round((degree - tone) / 7);
    if (Math.abs(candidate - degree) < least) [best, least] = [candidate, Math.abs(candidate - degree)];
  }
  return best;
}
