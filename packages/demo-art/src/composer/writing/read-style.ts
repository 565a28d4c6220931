import { BRIGHT_WORDS, DARK_WORDS, FAST_WORDS, HIGH_VOICE_WORDS, LOW_VOICE_WORDS, SLOW_WORDS, STYLE_WORDS } from './style-words.ts';
import type { StyleName } from './style.ts';

/** What an order's words ask for. Numbers are zero where the words are silent. */
export interface Wishes {
  /** Undefined when no word speaks for any style. */
  style: StyleName | undefined;
  /** Above zero: bright. Below: dark. */
  mood: number;
  /** Above zero: fast. Below: slow. */
  pace: number;
  /** A tempo named as such: `92 bpm`. */
  bpm: number | undefined;
  voice: 'low' | 'high' | undefined;
}

/** What the style field says counts this often. Without it a "dreamy synth pop" about the sea would be ambient. */
const STYLE_WEIGHT = 3;
const MOST_WORDS = 400;

/** Reads style, mood, tempo and voice from the words of an order; only whole words count. */
export function readWishes({ prompt, style }: { prompt: string; style: string }): Wishes {
  const weighed = new Map<string, number>();
  for (const [text, weight] of [
    [prompt, 1],
    [style, STYLE_WEIGHT],
  ] as const) {
    for (const word of phrasesOf(text)) weighed.set(word, (weighed.get(word) ?? 0) + weight);
  }
  const count = (list: string): number => list.split(' ').reduce((sum, word) => sum + (weighed.get(word.replaceAll('_', ' ')) ?? 0), 0);
  const mood = count(BRIGHT_WORDS) - count(DARK_WORDS);
  const pace = count(FAST_WORDS) - count(SLOW_WORDS);
  const voice = count(LOW_VOICE_WORDS) - count(HIGH_VOICE_WORDS);
  const bpm = Number(/(\d{2,3})\s?bpm/i.exec(`${style} ${prompt}`)?.[1] ?? Number.NaN);
  return {
    style: strongest(count),
    mood,
    pace,
    bpm: bpm >= 50 && bpm <= 200 ? bpm : undefined,
    voice: voice === 0 ? undefined : voice > 0 ? 'low' : 'high',
  };
}

/** A genre that is named says more than a word of its kind. */
const NAME_WEIGHT = 2;

/** The style with the most words; the first of the table where two have as many. */
function strongest(count: (list: string) => number): StyleName | undefined {
  let best: StyleName | undefined;
  let most = 0;
  for (const [name, words] of entriesOf(STYLE_WORDS)) {
    const found = count(words) + NAME_WEIGHT * count(name);
    if (found > most) [best, most] = [name, found];
  }
  return best;
}

const entriesOf = <Name extends string, Value>(table: Record<Name, Value>): [Name, Value][] => Object.entries(table) as [Name, Value][];

/** Each word, and each pair of neighbours. */
function phrasesOf(text: string): string[] {
  const words = text
    .replace(/\bsim:\S+/gi, ' ')
    .toLowerCase()
    .normalize('NFC')
    .split(/[^\p{L}\p{N}&-]+/u, MOST_WORDS)
    .filter(Boolean);
  return words.flatMap((word, index) => [word, `${word} ${words[index + 1] ?? ''}`]);
}
