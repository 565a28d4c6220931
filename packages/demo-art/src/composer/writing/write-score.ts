import { createRandom, hashText, type Random } from '@atelier/lib/random';
import { writeBand, type Choices } from './band.ts';
import type { CompositionRequest } from '@atelier/simulator';
import { planForm } from './form.ts';
import { finalChord, planHarmony } from './harmony.ts';
import { keyName, type Key } from './theory.ts';
import { readLyrics } from './read-lyrics.ts';
import { readWishes, type StyleName, type Wishes } from './read-style.ts';
import type { Score, Style } from './score.ts';
import { STYLES } from './styles.ts';
import { createTiming } from '../sound/timing.ts';
import { writeTune } from './tune.ts';

/** The last chord rings at least this long. */
const ENDING_S = 1.5;

/** Writes the song of a request. Equal requests give equal scores. */
export function writeScore(request: CompositionRequest): Score {
  const { durationS, take } = request;
  // Decisions that all takes share are drawn from `family`, decisions of one take from `random`.
  const family = hashText(`${request.style}\n${request.prompt}\n${request.title}\n${request.lyrics}`);
  const wishes = readWishes(request);
  const name = wishes.style ?? anyStyle(family);
  const style = STYLES[name];
  const key = chooseKey(style, wishes, family, take);
  const bpm = chooseTempo(style, wishes, family, take);
  const random = createRandom(family ^ Math.imul(take + 1, 0x85ebca6b));
  const timing = createTiming(bpm, style.swing);
  const bars = Math.max(1, Math.floor((durationS - ENDING_S) / (240 / bpm)));
  const sections = planForm(bars, readLyrics(request.lyrics));
  const chords = planHarmony(sections, { key, style, random: createRandom(family), take });
  const choices = choose(style, random, take);
  const ending = finalChord(key, style, chords.at(-1)?.voicing ?? []);
  const band = writeBand({ sections, chords, ending, key, style, choices, timing, durationS, random });
  const voice = wishes.voice ?? ((family + take) % 2 === 0 ? 'high' : 'low');
  const tune = writeTune({ sections, chords, key, style, timing, lead: choices.voices.lead, voice, random, take });
  const inTime = <Event extends { startS: number }>(events: Event[]): Event[] =>
    events.filter(({ startS }) => startS < durationS - 0.05).toSorted((one, other) => one.startS - other.startS);
  const endMs = Math.floor(durationS * 1_000);
  return {
    style,
    key,
    bpm,
    durationS,
    notes: inTime([...band.notes, ...tune.notes]),
    hits: inTime(band.hits),
    lines: tune.lines.filter((line) => line.endMs <= endMs),
    tags: `${name}, ${style.temper}, ${bpm} bpm, ${keyName(key)}`,
  };
}

const POPULAR: readonly StyleName[] = ['pop', 'lofi', 'synthwave', 'folk', 'cinematic'];

const anyStyle = (family: number): StyleName => POPULAR[family % POPULAR.length] ?? 'pop';

/** A take begins a fourth above the one before. */
function chooseKey(style: Style, { mood }: Wishes, family: number, take: number): Key {
  const isDark = mood === 0 ? style.isDark : mood < 0;
  return { tonic: (((family >>> 4) % 12) + take * 5) % 12, scale: isDark ? style.scales.dark : style.scales.bright };
}

/** In the style's range; takes lie nearly half of it apart. A tempo that was asked for is kept, give or take little. */
function chooseTempo(style: Style, { bpm, pace }: Wishes, family: number, take: number): number {
  if (bpm !== undefined) return bpm + (take % 2) * (bpm < 100 ? 2 : 3);
  const [slowest, fastest] = style.bpm;
  const place = (((family >>> 9) % 1_000) / 1_000 + take * 0.45) % 1;
  const wished = Math.sign(pace) * (fastest - slowest) * 0.25;
  return Math.round(slowest + (fastest - slowest) * place + wished);
}

function choose({ voices, chords, arpeggio, bass, fullBeat }: Style, random: Random, take: number): Choices {
  const shift = random.below(60);
  // Takes step through the same list, so that they meet only where it has one entry.
  const pick = <Item>(list: readonly [Item, ...Item[]]): Item => list[(shift + take) % list.length] ?? list[0];
  return {
    voices: {
      pad: pick(voices.pad),
      chords: pick(voices.chords),
      arpeggio: pick(voices.arpeggio),
      bass: pick(voices.bass),
      lead: pick(voices.lead),
    },
    chords: pick(chords),
    arpeggio: random.pick(arpeggio),
    bass: random.pick(bass),
    fullBeat: random.pick(fullBeat),
  };
}

/** Describes how a song of a style sounds, in the words of its tags. */
export function describeStyle(style: string): string {
  const { key, style: found, tags } = writeScore({ prompt: '', style, title: '', lyrics: '', durationS: 8, take: 0 });
  const instruments = [...new Set([found.voices.chords[0], found.voices.bass[0], found.voices.lead[0]])].map((voice) =>
    voice.replaceAll('-', ' '),
  );
  return `${tags}, ${key.scale === 'minor' || key.scale === 'dorian' ? 'reflective' : 'uplifting'}, ${instruments.join(', ')}`;
}
