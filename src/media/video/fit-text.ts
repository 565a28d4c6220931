import { splitGraphemes } from './clean-text.ts';

/** Text broken into rows that fit a width at a size of its font. */
export interface FittedText {
  fontPx: number;
  rows: string[];
  /** It did not fit at any size. */
  isCut: boolean;
}

export interface TextBox {
  widthPx: number;
  mostRows: number;
  /** Tried in turn, largest first. */
  fontPx: readonly number[];
}

/** The width of a text at a font size, in pixels. */
export type MeasureText = (text: string, fontPx: number) => number;

/** The text at the largest size that holds all of it; at the smallest it ends in an ellipsis where it does not fit. */
export function fitText(text: string, box: TextBox, measure: MeasureText): FittedText {
  let fitted: FittedText = { fontPx: 0, rows: [], isCut: false };
  for (const fontPx of box.fontPx) {
    const rows = wrapText(text, box.widthPx, (part) => measure(part, fontPx));
    fitted = { fontPx, rows, isCut: false };
    if (rows.length <= box.mostRows) return fitted;
  }
  const { fontPx, rows } = fitted;
  const kept = rows.slice(0, box.mostRows);
  const last = kept.pop() ?? '';
  return { fontPx, rows: [...kept, withEllipsis(last, box.widthPx, (part) => measure(part, fontPx))], isCut: true };
}

/** Breaks at spaces, and inside a word that is wider than a row. */
function wrapText(text: string, widthPx: number, measure: (text: string) => number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    if (word === '') continue;
    const longer = row === '' ? word : `${row} ${word}`;
    if (measure(longer) <= widthPx) {
      row = longer;
      continue;
    }
    // Scripts without spaces go on in the same row; a word that would fit a row of its own gets one.
    const startsRow = measure(word) <= widthPx;
    if (startsRow && row !== '') {
      rows.push(row);
      row = word;
      continue;
    }
    row = row === '' ? '' : `${row} `;
    for (const letter of splitGraphemes(word)) {
      if (row.trim() !== '' && measure(row + letter) > widthPx) {
        rows.push(row.trimEnd());
        row = '';
      }
      row += letter;
    }
  }
  if (row.trim() !== '') rows.push(row.trimEnd());
  return rows;
}

function withEllipsis(row: string, widthPx: number, measure: (text: string) => number): string {
  const letters = splitGraphemes(row);
  while (letters.length > 0 && measure(`${letters.join('').trimEnd()}…`) > widthPx) letters.pop();
  return `${letters.join('').trimEnd()}…`;
}
