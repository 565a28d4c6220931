/** How many graphemes of each text are shown. */
export const LONGEST_TEXT = { title: 200, name: 80, lyric: 300 } as const;

/** A family emoji has 11 code units; without a bound one "letter" could be a megabyte of joined ones. */
const LONGEST_GRAPHEME = 16;
const MOST_MARKS = 2;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A text that is safe to draw: one line, composed (NFC), without control characters and direction overrides, at most two accents on a
 * letter, and at most `longest` graphemes. The last grapheme is an ellipsis when the text was cut.
 */
export function cleanText(text: string, longest: number): string {
  const clean = text
    // Bounds the work on a text of any size. The part that is cut here would not be shown anyway.
    .slice(0, (longest + 1) * LONGEST_GRAPHEME)
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/[\u202a-\u202e\u2066-\u2069]/gu, '')
    .replaceAll(new RegExp(`(\\p{M}{${MOST_MARKS}})\\p{M}+`, 'gu'), '$1')
    .replaceAll(/\s+/gu, ' ')
    .trim();
  const letters = splitGraphemes(clean);
  return letters.length <= longest
    ? clean
    : `${letters
        .slice(0, longest - 1)
        .join('')
        .trimEnd()}…`;
}

export function splitGraphemes(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** Whether a line is read from right to left: decided by its first letter. */
export function readsRightToLeft(text: string): boolean {
  const letter = /\p{L}/u.exec(text)?.[0] ?? '';
  return /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(letter);
}
