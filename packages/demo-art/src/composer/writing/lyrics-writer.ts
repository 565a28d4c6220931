import { hashText } from '@atelier/lib/random';
import { createRandom } from '@atelier/lib/random';
import { BRIDGES, CHORUSES, COMMON_THINGS, DESCRIBING, PASSED_OVER, VERSE_COUPLETS } from './lyric-lines.ts';

const LONGEST_PROMPT = 2_000;
const LONGEST_TITLE = 40;

/** Lyrics in English about what the prompt names: two verses, a chorus that comes twice, a bridge. Another text for each take. */
export function writeLyrics({ prompt, title, take }: { prompt: string; title: string; take: number }): { title: string; text: string } {
  const family = hashText(`${prompt}\n${title}`);
  const random = createRandom(family);
  const things = thingsIn(prompt.slice(0, LONGEST_PROMPT), random.below(COMMON_THINGS.length));
  const heading = cleanTitle(title) || titleFrom(prompt.slice(0, LONGEST_PROMPT), things[0]);
  const [a, b] = take % 2 === 0 ? things : [things[1], things[0]];
  const fill = (line: string): string => {
    // Title and things are put in by functions: in a replacement text, `$` would mean something.
    const filled = line.replace(/\{(\w)\}/g, (_, name: string) => (name === 't' ? heading : name === 'a' ? a : b));
    return filled.charAt(0).toUpperCase() + filled.slice(1);
  };
  const chorus = CHORUSES[(random.below(CHORUSES.length) + take) % CHORUSES.length] ?? CHORUSES[0];
  const bridge = BRIDGES[(random.below(BRIDGES.length) + take) % BRIDGES.length] ?? BRIDGES[0];
  // Takes walk through the couplets from different places, four of them each, in steps that visit all.
  const start = random.below(VERSE_COUPLETS.length) + take * 4;
  const couplets = [0, 1, 2, 3].map((number) => VERSE_COUPLETS[(start + number * 5) % VERSE_COUPLETS.length] ?? VERSE_COUPLETS[0]);
  const sections: [string, readonly string[]][] = [
    ['Verse 1', couplets.slice(0, 2).flat()],
    ['Chorus', chorus],
    ['Verse 2', couplets.slice(2).flat()],
    ['Chorus', chorus],
    ['Bridge', bridge],
  ];
  return { title: heading, text: sections.map(([name, lines]) => [`[${name}]`, ...lines.map(fill)].join('\n')).join('\n\n') };
}

/** Two different things to sing about, each with an article. */
function thingsIn(prompt: string, otherwise: number): [string, string] {
  const named = [...new Set(wordsOf(prompt).filter((word) => !isDescribing(word)))];
  const common = [0, 1].map((offset) => COMMON_THINGS[(otherwise + offset) % COMMON_THINGS.length] ?? 'the open sky');
  const things = [...named.slice(0, 2).map((word) => `the ${word}`), ...common];
  return [things[0] ?? 'the open sky', things[1] ?? 'the river'];
}

const isDescribing = (word: string): boolean => DESCRIBING.has(word) || /(?:ly|ing|ful|ish|ous)$/.test(word);

/** English words of the prompt that say something, in lower case. Words of other scripts would not fit in an English line. */
const wordsOf = (prompt: string): string[] =>
  prompt
    .replace(/https?:\/\/\S+|\bsim:\S+/gi, ' ')
    .toLowerCase()
    .replace(/['’]s\b/g, '')
    .split(/[^\p{L}-]+/u)
    .filter((word) => /^[a-z][a-z-]{2,19}$/.test(word) && !PASSED_OVER.has(word));

/** Up to the first thing that the prompt names, with what describes it: `Dreamy Ocean`. */
function titleFrom(prompt: string, thing: string): string {
  const words = wordsOf(prompt);
  const first = words.findIndex((word) => !isDescribing(word));
  const chosen = first === -1 ? thing.replace(/^the /, '').split(' ') : words.slice(Math.max(0, first - 1), first + 1);
  return chosen.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}

function cleanTitle(title: string): string {
  const line = title
    .toWellFormed()
    .replace(/[\p{Cc}\s[\]]+/gu, ' ')
    .trim();
  return Array.from(line).slice(0, LONGEST_TITLE).join('');
}
