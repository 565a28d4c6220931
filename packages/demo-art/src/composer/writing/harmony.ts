import type { Random } from '@atelier/lib/random';
import type { Section } from './form.ts';
import type { SectionKind, Style } from './score.ts';
import { isDark, nearest, pitchOf, type Key } from './theory.ts';

/** The chord of one bar. */
export interface Chord {
  /** Degree of the scale, 0 to 6. */
  root: number;
  /** MIDI pitches from low to high, led on from the chord before by the shortest ways. */
  voicing: number[];
}

/** Four chords each, as degrees of the scale. */
const BRIGHT_PROGRESSIONS = [
  [0, 4, 5, 3],
  [5, 3, 0, 4],
  [0, 5, 3, 4],
  [3, 4, 5, 0],
  [0, 3, 5, 4],
  [0, 2, 3, 4],
  [3, 0, 4, 5],
  [0, 3, 1, 4],
] as const;
const DARK_PROGRESSIONS = [
  [0, 5, 2, 6],
  [0, 6, 5, 6],
  [0, 3, 5, 4],
  [5, 6, 0, 0],
  [0, 2, 6, 3],
  [0, 5, 3, 4],
  [3, 5, 0, 6],
  [0, 3, 6, 2],
] as const;
/** Progressions of fourths and fifths, for chords of four tones and more. */
const ROUND_PROGRESSIONS = [
  [1, 4, 0, 5],
  [0, 5, 1, 4],
  [2, 5, 1, 4],
  [3, 2, 1, 0],
  [3, 4, 2, 5],
  [0, 3, 2, 5],
] as const;

type Progression = readonly [number, number, number, number];

/** The chords of every bar of a song. Verse, chorus and bridge each have their own; two takes never begin with the same. */
export function planHarmony(
  sections: readonly Section[],
  { key, style, random, take }: { key: Key; style: Style; random: Random; take: number },
): Chord[] {
  const own: readonly Progression[] = isDark(key.scale) ? DARK_PROGRESSIONS : BRIGHT_PROGRESSIONS;
  const choices: readonly Progression[] = style.tones > 3 && !isDark(key.scale) ? [...ROUND_PROGRESSIONS, ...own.slice(0, 3)] : own;
  // Both takes draw the same number here; `take * 3` keeps them apart.
  const first = random.below(choices.length) + take * 3;
  const pick = (offset: number): Progression => choices[(first + offset) % choices.length] ?? [0, 4, 5, 3];
  const verse = pick(0);
  const chorus = pick(1 + random.below(2));
  const bridge = pick(4);
  const progressions: Record<SectionKind, Progression> = { intro: verse, verse, chorus, bridge, solo: chorus, outro: verse };
  let voicing: number[] = [];
  return sections.flatMap(({ kind, bars }) =>
    Array.from({ length: bars }, (_, bar) => {
      const root = progressions[kind][Math.floor(bar / style.barsPerChord) % 4] ?? 0;
      voicing = lead(voicing, tonesOf(key, root, style.tones));
      return { root, voicing };
    }),
  );
}

/** The chord on which a song ends. */
export const finalChord = (key: Key, style: Style, before: readonly number[]): Chord => ({
  root: 0,
  voicing: lead(before, tonesOf(key, 0, Math.min(style.tones, 4))),
});

/** Thirds on top of the root; five tones leave the root to the bass. */
function tonesOf(key: Key, root: number, count: number): number[] {
  const tones = Array.from({ length: count }, (_, index) => pitchOf(key, root + index * 2));
  return count === 5 ? tones.slice(1) : tones;
}

const CENTRE = 64;
const LOWEST = 52;
const HIGHEST = 79;

/** The same tones in the octaves that move least from the chord before; no two voices end on one pitch. */
function lead(before: readonly number[], tones: readonly number[]): number[] {
  let best: number[] = [];
  let least = Infinity;
  for (let turn = 0; turn < tones.length; turn++) {
    const voices = tones.map((tone, index) => {
      const target = before[(index + turn) % tones.length] ?? CENTRE + (((index + turn) % tones.length) - tones.length / 2) * 4;
      const pitch = nearest(tone, target);
      return pitch < LOWEST ? pitch + 12 : pitch > HIGHEST ? pitch - 12 : pitch;
    });
    const doubled = voices.length - new Set(voices).size;
    const cost =
      doubled * 50 +
      voices.reduce(
        (sum, pitch, index) => sum + Math.abs(pitch - (before[(index + turn) % tones.length] ?? CENTRE)) + Math.abs(pitch - CENTRE) * 0.3,
        0,
      );
    if (cost < least) [best, least] = [voices, cost];
  }
  return best.toSorted((one, other) => one - other);
}
