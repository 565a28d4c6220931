import { hashText } from '@atelier/lib/random';
import {
  COLOUR_WORDS,
  FEATURE_WORDS,
  MOOD_WORDS,
  WORLD_WORDS,
  type ColourWord,
  type Feature,
  type MoodName,
  type WorldName,
} from './words.ts';

/** The wishes in the words of a prompt. */
export interface PromptSubject {
  /** The prompt without parameters, links and scenario words. It seeds every decision that no word makes. */
  text: string;
  world: WorldName;
  /** The world of the fourth sibling. */
  otherWorld: WorldName;
  mood: MoodName | undefined;
  colours: ColourWord[];
  features: ReadonlySet<Feature>;
}

/** Worlds for prompts that name none; the city is left out, it is too particular. */
const ANY_WORLD: readonly WorldName[] = ['ridges', 'silk', 'water', 'cosmos', 'papercut', 'bloom'];

/** The world beside each world: near enough to be the same prompt, far enough to surprise. */
const NEIGHBOUR: Record<WorldName, readonly WorldName[]> = {
  ridges: ['water', 'papercut'],
  water: ['ridges', 'papercut'],
  city: ['city'],
  cosmos: ['cosmos'],
  bloom: ['bloom'],
  papercut: ['papercut', 'ridges'],
  silk: ['papercut', 'silk'],
  reef: ['papercut', 'reef'],
};

/** The prompt without Midjourney parameters (`--ar 16:9`), links and `sim:` words, which are not part of the picture. */
export function stripParameters(prompt: string): string {
  return (
    prompt
      .replace(/<?https?:\/\/\S+/gi, ' ')
      .replace(/\bsim:\S+/gi, ' ')
      // `--no` takes a list of words that must not be painted; any other parameter takes at most one word.
      .replace(/(?<=^|\s)(?:--|—)no\s(?:(?!\s(?:--|—)).)*/gisu, ' ')
      .replace(/(?<=^|\s)(?:--|—)\p{L}+(?:\s+(?!--|—)[^\s,]*)?/gu, ' ')
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim()
  );
}

/** The hour and the weather colour everything, then the season and the material, then the place. */
const MOOD_RANK: Partial<Record<MoodName, number>> = {
  sunset: 2,
  dawn: 2,
  night: 2,
  neon: 2,
  storm: 2,
  snow: 1,
  autumn: 1,
  fire: 1,
  gold: 1,
  grey: 1,
};

/** Reads a prompt. The earliest word that names a world decides it, the earliest of the highest rank the mood; only whole words count. */
export function readSubject(prompt: string): PromptSubject {
  const text = stripParameters(prompt);
  const words = text
    .toLowerCase()
    .normalize('NFC')
    .split(/[^\p{L}]+/u, 600)
    .filter(Boolean);
  let named: WorldName | undefined;
  let mood: MoodName | undefined;
  const colours: ColourWord[] = [];
  const features = new Set<Feature>();
  for (const [index, word] of words.entries()) {
    for (const key of [`${word} ${words[index + 1] ?? ''}`, word, singular(word)]) {
      named ??= WORLD_WORDS.get(key);
      const candidate = MOOD_WORDS.get(key);
      if (candidate && (mood === undefined || (MOOD_RANK[candidate] ?? 0) > (MOOD_RANK[mood] ?? 0))) mood = candidate;
      for (const feature of FEATURE_WORDS.get(key) ?? []) features.add(feature);
      const colour = COLOUR_WORDS.get(key);
      if (colour && colours.length < 3 && !colours.includes(colour)) colours.push(colour);
    }
  }
  const hash = hashText(text);
  const world = named ?? ANY_WORLD[hash % ANY_WORLD.length] ?? 'silk';
  const others = named ? neighbours(world, features) : ANY_WORLD.filter((candidate) => candidate !== world);
  const otherWorld = others[(hash >>> 8) % others.length] ?? world;
  return { text, world, otherWorld, mood, colours, features };
}

/** The worlds of the fourth sibling that can show the prompt's figure: paper has figures, but neither cabins nor palms. */
function neighbours(world: WorldName, features: ReadonlySet<Feature>): readonly WorldName[] {
  const has = (...some: Feature[]): boolean => some.some((feature) => features.has(feature));
  if (has('cabin', 'palms', 'boat', 'tree', 'aurora')) return [world];
  if (world === 'ridges' && has('cat', 'fox', 'person', 'crowns', 'snow', 'dunes')) return ['papercut'];
  return NEIGHBOUR[world];
}

function singular(word: string): string {
  if (word.length < 4) return word;
  if (/(?:sh|ch|x|ss)es$/.test(word)) return word.slice(0, -2);
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  return word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}
