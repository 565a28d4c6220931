import { LOOK_ALIKES } from './look-alikes.ts';

/** A term of the list in plain letters: without case, accents and compatibility forms, and with one space between two words. */
export function foldTerm(term: string): string {
  return toWords(foldLetters(term).written).trim();
}

/**
 * The different readings of a prompt, each folded like a term: as it is written; with Latin letters in place of look-alikes (Cyrillic о,
 * Greek Ν, 🅰); and with letters in place of digits and signs (`g0re`, `g@re`), once with 1 as i and once with 1 as l.
 */
export function readText(text: string): string[] {
  const { written, seen } = foldLetters(text);
  const readings = [toWords(written)];
  if (seen !== written) readings.push(toWords(seen));
  if (/[0134578@$!|]/.test(seen)) readings.push(toWords(unleet(seen, 'i')), toWords(unleet(seen, 'l')));
  return [...new Set(readings)];
}

/** True where a word may begin or end in a folded text: at both ends, beside a space, and beside a letter of a script that writes no spaces. */
export function isBoundary(text: string, index: number): boolean {
  return isOpen(text, index - 1) || isOpen(text, index);
}

const SPACE = 0x20;
const FIRST_UNSPACED = 0x0e00;
const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}]/u;

function isOpen(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (Number.isNaN(unit) || unit === SPACE) return true;
  if (unit < FIRST_UNSPACED) return false;
  const isLowHalf = unit >= 0xdc00 && unit <= 0xdfff;
  return UNSPACED.test(String.fromCodePoint(text.codePointAt(isLowHalf ? index - 1 : index) ?? SPACE));
}

const BETWEEN_WORDS = /[^\p{L}\p{N}\p{M}]+/gu;

const toWords = (letters: string): string => letters.replace(BETWEEN_WORDS, ' ');

const BEYOND_ASCII = /[^\0-\x7f]/;
const IGNORED = /\p{Default_Ignorable_Code_Point}/u;
const MARK = /\p{M}/u;
/** After these letters a mark is an accent or noise. After other letters (Thai, Devanagari, kana) it is part of the spelling and stays. */
const ACCENTED = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}\P{L}]/u;

/** The letters as they are written, and as the Latin letters that they look like. */
function foldLetters(text: string): { written: string; seen: string } {
  if (!BEYOND_ASCII.test(text)) return { written: text.toLowerCase(), seen: text.toLowerCase() };
  let written = '';
  let seen = '';
  let isAccented = true;
  for (const letter of text.normalize('NFKD')) {
    if (letter < '\u0080') {
      const plain = letter.toLowerCase();
      written += plain;
      seen += plain;
      isAccented = true;
    } else if (MARK.test(letter) || IGNORED.test(letter)) {
      if (isAccented || IGNORED.test(letter)) continue;
      written += letter;
      seen += letter;
    } else {
      const plain = foldCase(letter);
      written += plain;
      seen += LOOK_ALIKES.get(letter) ?? plain;
      isAccented = ACCENTED.test(letter);
    }
  }
  return { written, seen };
}

/** Upper case first: ß becomes ss, and ς the same as σ. */
const foldCase = (letter: string): string => letter.toUpperCase().toLowerCase();

/** Letters, digits and signs that may be one word with signs in place of letters; signs at both ends are punctuation. Each pattern reads its text once. */
const LEET_RUN = /[\p{L}\p{M}0-9@$!|]+/gu;
const LEET: Record<string, string> = { 0: 'o', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b', '@': 'a', $: 's', '!': 'i', '|': 'l' };

/** Replaces digits and signs only in words with a letter: numbers, ratios and dates stay unchanged. */
function unleet(text: string, one: string): string {
  return text.replace(LEET_RUN, (run) => {
    if (!/\p{L}/u.test(run)) return run;
    let end = run.length;
    while (isPunctuation(run[end - 1])) end -= 1;
    let start = 0;
    while (start < end && isPunctuation(run[start])) start += 1;
    const word = run.slice(start, end).replace(/[0134578@$!|]/g, (sign) => (sign === '1' ? one : (LEET[sign] ?? sign)));
    return run.slice(0, start) + word + run.slice(end);
  });
}

const isPunctuation = (sign: string | undefined): boolean => sign === '!' || sign === '|';
