import type { Random } from '@atelier/lib/random';
import type { Section } from './form.ts';
import type { Chord } from './harmony.ts';
import type { Key } from './theory.ts';
import { createMotif, onsetsOf, writePhrase, type MelodyNote, type Motif } from './melody.ts';
import type { SungLine } from './read-lyrics.ts';
import type { Note, SectionKind, Style, ScoreLine } from './score.ts';
import type { Timing } from '../sound/timing.ts';
import type { VoiceName } from '../sound/voices.ts';

export interface TuneInput {
  sections: readonly Section[];
  chords: readonly Chord[];
  key: Key;
  style: Style;
  timing: Timing;
  lead: VoiceName;
  voice: 'low' | 'high';
  random: Random;
  take: number;
}

/** Breath at the end of a line, in sixteenths. */
const BREATH = 3;
const STEPS_PER_SYLLABLE = 3;

/** The melody: sung where there are words, played in the rest of the song, by ideas that come back with their sections. */
export function writeTune(input: TuneInput): { notes: Note[]; lines: ScoreLine[] } {
  const { sections, random, take } = input;
  const isSong = sections.some(({ lines }) => lines.length > 0);
  // Sections of one kind share their ideas; takes do not.
  const seed = random.below(2 ** 31) ^ Math.imul(take + 1, 0x9e3779b1);
  const motifsOf = (kind: SectionKind): [Motif, Motif] => {
    const family = kind === 'solo' || kind === 'intro' || kind === 'outro' ? 'chorus' : kind;
    const number = { verse: 1, chorus: 2, bridge: 3 }[family];
    return [createMotif(seed + number * 101), createMotif(seed + number * 101 + 7)];
  };
  const notes: Note[] = [];
  const lines: ScoreLine[] = [];
  for (const section of sections) {
    const motifs = motifsOf(section.kind);
    if (section.lines.length > 0) {
      for (const [index, line] of section.lines.entries()) {
        const sung = sing(input, section, { line, index, motif: motifs[index % 4 === 2 ? 1 : 0] });
        if (!sung) continue;
        notes.push(...sung.notes);
        lines.push(sung.line);
      }
    } else if (playsLead(section.kind, isSong)) notes.push(...play(input, section, motifs));
  }
  return { notes, lines };
}

/** An instrument leads where nobody sings; in a song it leaves the first and last bars to the chords. */
const playsLead = (kind: SectionKind, isSong: boolean): boolean =>
  kind === 'solo' || (isSong ? false : kind !== 'outro' && kind !== 'intro');

/** Verses lie low, choruses high. Degrees of the scale around its tonic above middle C. */
const CENTRES: Record<SectionKind, number> = { intro: 4, verse: 3, chorus: 6, bridge: 4, solo: 7, outro: 3 };
const REACH = 5;

function play({ style, key, chords, timing, lead, random }: TuneInput, section: Section, motifs: readonly [Motif, Motif]): Note[] {
  const [fewest, most] = style.melody;
  const count = section.kind === 'chorus' || section.kind === 'solo' ? most : Math.round((fewest + most) / 2);
  const notes: Note[] = [];
  for (let bar = 0; bar < section.bars; bar += 2) {
    const phrase = (bar / 2) % 4;
    const motif = motifs[phrase === 2 ? 1 : 0];
    const bars = Math.min(2, section.bars - bar);
    const steps = bars * 16 - (phrase === 3 ? 6 : BREATH);
    const onsets = onsetsOf(motif, phrase === 3 ? Math.max(2, count - 2) : count, steps);
    const firstBar = section.firstBar + bar;
    const under = chords.slice(firstBar, firstBar + bars);
    const phraseNotes = writePhrase({
      motif,
      key,
      chords: under,
      onsets,
      steps,
      centre: CENTRES[section.kind],
      reach: REACH,
      isEnding: phrase === 3,
    });
    for (const { step, length, pitch } of phraseNotes)
      notes.push({
        part: 'lead',
        voice: lead,
        pitch: inRange(pitch, 62, 84),
        startS: timing.at(firstBar, step) + random.next() * 0.006,
        lengthS: timing.length(length) * 0.94,
        velocity: (step % 4 === 0 ? 0.9 : 0.76) * (0.94 + random.next() * 0.1),
      });
  }
  return notes;
}

/** Sings one line over its bars, a note for each syllable as far as there are steps. Null where its bars are cut off. */
function sing(
  { key, chords, timing, voice }: TuneInput,
  section: Section,
  { line, index, motif }: { line: SungLine; index: number; motif: Motif },
): { notes: Note[]; line: ScoreLine } | null {
  const firstBar = section.firstBar + index * section.barsPerLine;
  const bars = Math.min(section.barsPerLine, section.firstBar + section.bars - firstBar);
  if (bars <= 0) return null;
  const syllables = line.words.flatMap(({ syllables: own }) => own);
  const longest = bars * 16 - BREATH;
  const steps = Math.min(longest, Math.max(8, syllables.length * STEPS_PER_SYLLABLE));
  const onsets = onsetsOf(motif, Math.min(syllables.length, steps), steps);
  const melody = writePhrase({
    motif,
    key,
    chords: chords.slice(firstBar, firstBar + bars),
    onsets,
    steps: Math.min(longest, steps + 3),
    centre: CENTRES[section.kind],
    reach: REACH,
    isEnding: index % 4 === 3 || index === section.lines.length - 1,
  });
  const [lowest, highest] = voice === 'low' ? [48, 65] : [57, 74];
  const startOf = ({ step }: MelodyNote): number => timing.at(firstBar, step);
  const notes = melody.map((note, number): Note => {
    // Where there are more syllables than steps, some are left out.
    const syllable = syllables[Math.floor((number * syllables.length) / melody.length)];
    return {
      part: 'vocal',
      voice: voice === 'low' ? 'low-voice' : 'high-voice',
      pitch: inRange(note.pitch, lowest, highest),
      startS: startOf(note),
      lengthS: timing.length(note.length) * 0.95,
      velocity: note.step % 4 === 0 ? 0.95 : 0.85,
      ...(syllable ? { syllable } : {}),
    };
  });
  return { notes, line: timeLine(line, melody, startOf, (note) => startOf(note) + timing.length(note.length)) };
}

/** When each word is sung: from its first syllable to the next word's. Syllables beyond the notes share the last one. */
function timeLine(
  line: SungLine,
  melody: readonly MelodyNote[],
  startOf: (note: MelodyNote) => number,
  endOf: (note: MelodyNote) => number,
): ScoreLine {
  const count = line.words.reduce((sum, { syllables }) => sum + syllables.length, 0);
  const last = melody.at(-1);
  const endMs = last ? Math.round(endOf(last) * 1_000) : 0;
  const timeOf = (syllable: number): number => {
    const note = melody[Math.floor((syllable * melody.length) / count)];
    return note ? Math.round(startOf(note) * 1_000) : endMs;
  };
  let sung = 0;
  const words = line.words.map(({ text, syllables }) => {
    const startMs = timeOf(sung);
    sung += syllables.length;
    return { text, startMs, endMs: sung >= count ? endMs : timeOf(sung) };
  });
  return { text: line.text, startMs: words[0]?.startMs ?? 0, endMs, words };
}

/** The pitch in the octave that a voice can reach. */
function inRange(pitch: number, lowest: number, highest: number): number {
  let reached = pitch;
  while (reached > highest) reached -= 12;
  while (reached < lowest) reached += 12;
  return reached;
}
