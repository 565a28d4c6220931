import type { Syllable } from '../sound/singing-voice.ts';

/** One word of a line and how it is sung: at least one syllable. */
export interface SungWord {
  text: string;
  syllables: Syllable[];
}

export interface SungLine {
  text: string;
  words: SungWord[];
}

/** A part of the lyrics, as marked or guessed. Without lines it is played. */
export interface SungSection {
  kind: 'intro' | 'verse' | 'chorus' | 'bridge' | 'solo' | 'outro';
  lines: SungLine[];
}

/** No song is longer; the rest of a longer text is not sung. */
const MOST_LINES = 160;
const MOST_SYLLABLES_OF_WORD = 8;
/** A longer line is sung as several. */
const MOST_SYLLABLES_OF_LINE = 16;
const LINES_OF_GUESSED_SECTION = 4;
const LONGEST_WORD = 80;

/**
 * Reads lyrics: a `[mark]` begins a section, and without any mark an empty line does; verse and chorus then take turns.
 * Lines keep their text but for control characters; a very long one is cut into several.
 */
export function readLyrics(lyrics: string): SungSection[] {
  const sections: SungSection[] = [];
  const isMarked = /^[^\S\n]*\[[^\]\n]+\]/m.test(lyrics);
  let open: SungSection | undefined;
  let count = 0;
  for (const row of lyrics.split(/\r\n|[\n\r\u2028\u2029]/)) {
    const mark = /^\s*\[([^\]]*)\]\s*/.exec(row);
    if (mark) {
      open = { kind: kindOf(mark[1] ?? ''), lines: [] };
      sections.push(open);
    }
    const lines = readRow(row.slice(mark?.[0].length ?? 0)).slice(0, MOST_LINES - count);
    if (lines.length === 0) {
      if (!mark && !isMarked) open = undefined;
      continue;
    }
    count += lines.length;
    for (const line of lines) {
      if (!open || (!isMarked && open.lines.length >= LINES_OF_GUESSED_SECTION)) {
        open = { kind: sections.length % 2 === 0 ? 'verse' : 'chorus', lines: [] };
        sections.push(open);
      }
      open.lines.push(line);
    }
  }
  return sections;
}

function kindOf(mark: string): SungSection['kind'] {
  const name = mark.toLowerCase();
  if (/pre|verse|strophe/.test(name)) return 'verse';
  if (/chorus|hook|refrain|drop/.test(name)) return 'chorus';
  if (/bridge/.test(name)) return 'bridge';
  if (/solo|break|interlude|instrumental/.test(name)) return 'solo';
  if (/intro/.test(name)) return 'intro';
  if (/outro|end|coda/.test(name)) return 'outro';
  return 'verse';
}

/** Scripts that put no space between words. */
const UNSPACED = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}';
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, 'u');
const ENDS_UNSPACED = new RegExp(`[${UNSPACED}]\\P{L}*$`, 'u');
const BEGINS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u');

const wordCutter = new Intl.Segmenter('en', { granularity: 'word' });

/** The lines that one row of text gives; none when there is nothing in it to be sung. */
function readRow(row: string): SungLine[] {
  const text = row
    .toWellFormed()
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  const lines: SungLine[] = [];
  let words: SungWord[] = [];
  let syllables = 0;
  const finish = (): void => {
    if (words.length > 0) lines.push({ text: joinWords(words), words });
    words = [];
    syllables = 0;
  };
  for (const word of cutWords(text)) {
    const sung = { text: word, syllables: syllablesOf(word) };
    if (syllables + sung.syllables.length > MOST_SYLLABLES_OF_LINE) finish();
    words.push(sung);
    syllables += sung.syllables.length;
    if (lines.length >= MOST_LINES) break;
  }
  finish();
  return lines;
}

/** Cuts words at spaces, and inside scripts without spaces. Dashes and emoji cannot be sung and belong to the word before them. */
function* cutWords(text: string): Generator<string> {
  let word = '';
  for (const piece of text.split(' ')) {
    const parts = HAS_UNSPACED.test(piece)
      ? [...wordCutter.segment(piece.slice(0, 4_000))].map(({ segment }) => segment)
      : piece.length > LONGEST_WORD
        ? (piece.match(new RegExp(`.{1,${LONGEST_WORD}}`, 'gsu')) ?? [])
        : [piece];
    for (const [index, part] of parts.entries()) {
      if (/[\p{L}\p{N}]/u.test(part)) {
        if (word !== '') yield word;
        word = part;
      } else if (part !== '') word += word === '' || index > 0 ? part : ` ${part}`;
    }
  }
  if (word !== '') yield word;
}

/** Joins words to a line, with a space between them except in scripts without spaces. */
function joinWords(words: readonly SungWord[]): string {
  let line = '';
  for (const { text } of words) {
    const isClose = line === '' || (ENDS_UNSPACED.test(line) && BEGINS_UNSPACED.test(text));
    line += isClose ? text : ` ${text}`;
  }
  return line;
}

const VOWELS: Readonly<Record<string, Syllable['vowel']>> = { a: 'a', e: 'e', i: 'i', y: 'i', o: 'o', u: 'u', w: 'u' };

/** A syllable for each group of vowels. Other scripts get one for every two letters, with a vowel by the letter's code. */
function syllablesOf(word: string): Syllable[] {
  const latin = word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const groups = [...latin.replace(/(?<=[^aeiouy\W].*)e\b/, '').matchAll(/([^aeiouy\W]*)([aeiouy]+)/g)];
  if (groups.length > 0)
    return groups.slice(0, MOST_SYLLABLES_OF_WORD).map(([, consonants = '', vowels = '']) => ({
      vowel: VOWELS[vowels.at(0) === 'e' && vowels.length > 1 ? (vowels.at(1) ?? 'e') : (vowels.at(0) ?? 'a')] ?? 'a',
      onset: /[sfzxc]h?$|ch$|sh$|th$/.test(consonants) ? 'hiss' : /[tkpdbgq]r?l?$/.test(consonants) ? 'stop' : 'soft',
    }));
  const letters = Array.from(word).filter((letter) => /[\p{L}\p{N}]/u.test(letter));
  const vowels = ['a', 'i', 'o', 'e', 'u'] as const;
  const count = Math.min(MOST_SYLLABLES_OF_WORD, Math.max(1, Math.ceil(letters.length / 2)));
  return Array.from({ length: count }, (_, index) => ({
    vowel: vowels[(letters[index * 2]?.codePointAt(0) ?? 0) % 5] ?? 'a',
    onset: 'soft' as const,
  }));
}
