import type { Random } from '@atelier/lib/random';
import type { DrumName } from '../sound/drums.ts';
import type { Section } from './form.ts';
import type { Chord } from './harmony.ts';
import { nearest, pitchOf, type Key } from './theory.ts';
import type { Hit, Note, Part, SectionKind, Style } from './score.ts';
import type { Timing } from '../sound/timing.ts';
import type { VoiceName } from '../sound/voices.ts';

/** The choices of one take among a style's possibilities. */
export interface Choices {
  voices: Record<'pad' | 'chords' | 'arpeggio' | 'bass' | 'lead', VoiceName>;
  chords: string;
  arpeggio: string;
  bass: string;
  fullBeat: Partial<Record<DrumName, string>>;
}

export interface BandInput {
  sections: readonly Section[];
  /** One a bar. */
  chords: readonly Chord[];
  /** Rings until the end of the song. */
  ending: Chord;
  key: Key;
  style: Style;
  choices: Choices;
  timing: Timing;
  durationS: number;
  random: Random;
}

/** Which parts play in a section, and how loud the band is. */
const SECTION_SOUND: Record<SectionKind, { energy: number; parts: readonly (Part | 'drums' | 'full-drums')[] }> = {
  intro: { energy: 0.88, parts: ['pad', 'chords', 'arpeggio'] },
  verse: { energy: 0.84, parts: ['pad', 'chords', 'bass', 'drums'] },
  chorus: { energy: 1, parts: ['pad', 'chords', 'arpeggio', 'bass', 'full-drums'] },
  bridge: { energy: 0.74, parts: ['pad', 'arpeggio', 'bass'] },
  solo: { energy: 0.94, parts: ['pad', 'chords', 'arpeggio', 'bass', 'full-drums'] },
  outro: { energy: 0.8, parts: ['pad', 'chords', 'bass', 'drums'] },
};

/** The accompaniment: pad, chords, arpeggio, bass and drums, from the first bar to the last chord. */
export function writeBand(input: BandInput): { notes: Note[]; hits: Hit[] } {
  const notes: Note[] = [];
  const hits: Hit[] = [];
  for (const [index, section] of input.sections.entries()) {
    const { energy, parts } = SECTION_SOUND[section.kind];
    const played: Note[] = [];
    for (let inSection = 0; inSection < section.bars; inSection++) {
      const bar = section.firstBar + inSection;
      const chord = input.chords[bar];
      if (!chord) continue;
      const next = input.chords[bar + 1] ?? input.ending;
      if (parts.includes('pad')) played.push(...padOf(input, bar, chord));
      if (parts.includes('chords')) played.push(...patternOf(input, 'chords', bar, chord));
      // From the second verse on the arpeggio plays too.
      if (parts.includes('arpeggio') || (section.kind === 'verse' && index > 2)) played.push(...patternOf(input, 'arpeggio', bar, chord));
      if (parts.includes('bass')) played.push(...bassOf(input, bar, chord, next));
      hits.push(...drumsOf(input, section, inSection));
    }
    // The energy of a section is in how hard it is played.
    notes.push(...played.map((note) => ({ ...note, velocity: note.velocity * energy })));
  }
  const ending = writeEnding(input);
  return { notes: [...notes, ...ending.notes], hits: [...hits, ...ending.hits] };
}

function padOf({ style, choices, timing }: BandInput, bar: number, { voicing }: Chord): Note[] {
  if (bar % style.barsPerChord !== 0) return [];
  const lengthS = timing.at(bar + style.barsPerChord, 0) - timing.at(bar, 0);
  return voicing.map((pitch) => ({ part: 'pad', voice: choices.voices.pad, pitch, startS: timing.at(bar, 0), lengthS, velocity: 0.55 }));
}

function patternOf({ choices, timing, random }: BandInput, part: 'chords' | 'arpeggio', bar: number, { voicing }: Chord): Note[] {
  const pattern = choices[part];
  const notes: Note[] = [];
  for (const [step, mark] of marksOf(pattern)) {
    if (mark === '-') continue;
    const rest = pattern.slice(step + 1).search(/[^-]/);
    const steps = rest === -1 ? 16 - step : rest + 1;
    // An arpeggio goes on an octave up where the chord has no more tones.
    const tone = Number(mark);
    const pitches =
      mark === 'x'
        ? voicing
        : [(voicing[tone % voicing.length] ?? 60) + 12 * Math.floor(tone / voicing.length) + (part === 'arpeggio' ? 12 : 0)];
    const accent = step === 0 ? 0.95 : step % 4 === 0 ? 0.82 : 0.7;
    for (const [index, pitch] of pitches.entries()) {
      // No hand strikes all keys at once.
      const strumS = index * 0.006 + random.next() * 0.008;
      const velocity = (accent * (0.9 + random.next() * 0.15)) / (mark === 'x' ? Math.sqrt(pitches.length) : 1.1);
      notes.push({
        part,
        voice: choices.voices[part],
        pitch,
        startS: timing.at(bar, step) + strumS,
        lengthS: timing.length(steps) * 0.92,
        velocity,
      });
    }
  }
  return notes;
}

/** The steps of a pattern, each with its mark. */
const marksOf = (pattern: string): [number, string][] => Array.from(pattern, (mark, step) => [step, mark]);

const BASS_CENTRE = 40;

const bassPitch = (key: Key, degree: number): number => nearest(pitchOf(key, degree), BASS_CENTRE);

function bassOf({ key, choices, timing, random }: BandInput, bar: number, { root }: Chord, next: Chord): Note[] {
  const low = bassPitch(key, root);
  const coming = bassPitch(key, next.root);
  const pitches: Record<string, number> = {
    r: low,
    f: nearest(pitchOf(key, root + 4), low + 4),
    t: nearest(pitchOf(key, root + 2), low + 2),
    o: low + 12,
    a: coming + (coming > low ? -2 : 1),
  };
  const notes: Note[] = [];
  for (const [step, mark] of marksOf(choices.bass)) {
    const pitch = pitches[mark];
    if (pitch === undefined) continue;
    const rest = choices.bass.slice(step + 1).search(/[^-]/);
    const steps = rest === -1 ? 16 - step : rest + 1;
    const velocity = (step % 8 === 0 ? 0.95 : 0.8) * (0.94 + random.next() * 0.08);
    notes.push({
      part: 'bass',
      voice: choices.voices.bass,
      pitch,
      startS: timing.at(bar, step),
      lengthS: timing.length(steps) * 0.9,
      velocity,
    });
  }
  return notes;
}

const LOUDNESS: Readonly<Record<string, number>> = { X: 1, x: 0.78, o: 0.45 };

function drumsOf({ style, choices, timing, random, sections }: BandInput, section: Section, inSection: number): Hit[] {
  const { parts } = SECTION_SOUND[section.kind];
  const bar = section.firstBar + inSection;
  const isLast = inSection === section.bars - 1;
  const hasDrums = parts.includes('drums') || parts.includes('full-drums');
  const hits: Hit[] = [];
  const beat = parts.includes('full-drums') ? choices.fullBeat : style.calmBeat;
  const isFill = isLast && section.bars > 1 && Object.keys(style.calmBeat).length > 1 && sections.at(-1) !== section;
  if (hasDrums)
    for (const [drum, pattern] of Object.entries(beat) as [DrumName, string][])
      for (const [step, mark] of marksOf(pattern)) {
        const loudness = LOUDNESS[mark];
        if (loudness === undefined || (isFill && step >= 12 && drum !== 'kick')) continue;
        hits.push({
          drum,
          startS: timing.at(bar, step) + (random.next() - 0.4) * 0.004,
          velocity: loudness * (0.9 + random.next() * 0.14),
        });
      }
  if (isFill) hits.push(...fillOf(timing, bar, hasDrums, random));
  if (inSection === 0 && parts.includes('full-drums') && Object.keys(style.calmBeat).length > 1)
    hits.push({ drum: 'crash', startS: timing.at(bar, 0), velocity: 0.7 });
  return hits;
}

/** A roll into the next section: four sixteenths, or a pick-up where the drums come in anew. */
function fillOf(timing: Timing, bar: number, hasDrums: boolean, random: Random): Hit[] {
  const rolls: readonly [DrumName, DrumName, DrumName, DrumName][] = [
    ['snare', 'snare', 'tom', 'tom'],
    ['snare', 'tom', 'snare', 'tom'],
    ['tom', 'tom', 'snare', 'snare'],
  ];
  const roll = rolls[random.below(rolls.length)] ?? [];
  return roll.slice(hasDrums ? 0 : 2).map((drum, index) => {
    const step = (hasDrums ? 12 : 14) + index;
    return { drum, startS: timing.at(bar, step), velocity: 0.5 + 0.1 * index };
  });
}

/** The last chord, held until nothing is heard any more. */
function writeEnding({ sections, ending, key, style, choices, timing, durationS }: BandInput): { notes: Note[]; hits: Hit[] } {
  const last = sections.at(-1);
  const startS = timing.at(last ? last.firstBar + last.bars : 0, 0);
  const lengthS = durationS - startS;
  if (lengthS < 0.2) return { notes: [], hits: [] };
  const chord = ending.voicing.flatMap((pitch, index): Note[] => [
    { part: 'pad', voice: choices.voices.pad, pitch, startS, lengthS, velocity: 0.55 },
    { part: 'chords', voice: choices.voices.chords, pitch, startS: startS + index * 0.03, lengthS, velocity: 0.5 },
  ]);
  const bass: Note = { part: 'bass', voice: choices.voices.bass, pitch: bassPitch(key, 0), startS, lengthS, velocity: 0.8 };
  const hits: Hit[] = style.fullBeat[0].kick ? [{ drum: 'kick', startS, velocity: 0.8 }] : [];
  return { notes: [...chord, bass], hits };
}
