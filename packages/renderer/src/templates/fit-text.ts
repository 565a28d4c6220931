import { splitGraphemes } from '../input/clean-text.ts';

/** Text broken into rows that fit a width at a size of its font. */
export interface FittedText {
  fontPx: number;
  rows: string[];
}

export interface TextBox {
  widthPx: number;
  /** Font sizes and how many rows are allowed at each, in the order in which they are tried. */
  tries: readonly (readonly [fontPx: number, mostRows: number])[];
}

/** Tries one row at each of the first font sizes, then two rows at each of the others. Pixels. */
export const triesOf = (oneRowPx: readonly number[], twoRowsPx: readonly number[] = []): TextBox['tries'] => [
  ...oneRowPx.map((fontPx) => [fontPx, 1] as const),
  ...twoRowsPx.map((fontPx) => [fontPx, 2] as const),
];

/** The width of a text at a font size, in pixels. */
export type MeasureText = (text: string, fontPx: number) => number;

/** The text by the first try that holds all of it, its rows about equally long; by the last it ends in an ellipsis where it does not fit. */
export function fitText(text: string, { widthPx, tries }: TextBox, measure: MeasureText): FittedText {
  for (const [fontPx, mostRows] of tries) {
    const wrap = (width: number): string[] => wrapText(text, width, (part) => measure(part, fontPx));
    const rows = wrap(widthPx);
    if (rows.length <= mostRows) return { fontPx, rows: balance(rows, widthPx, wrap) };
  }
  const [fontPx, mostRows] = tries.at(-1) ?? [0, 0];
  const measureHere = (part: string): number => measure(part, fontPx);
  const kept = wrapText(text, widthPx, measureHere).slice(0, mostRows);
  const last = kept.pop() ?? '';
  return { fontPx, rows: [...kept, withEllipsis(last, widthPx, measureHere)] };
}

/** As many rows in a narrower column: no last word alone. */
function balance(rows: string[], widthPx: number, wrap: (widthPx: number) => string[]): string[] {
  if (rows.length < 2) return rows;
  let balanced = rows;
  for (let narrower = widthPx * 0.95; narrower > widthPx * 0.5; narrower -= widthPx * 0.05) {
    const tried = wrap(narrower);
    if (tried.length > rows.length) break;
    balanced = tried;
  }
  return balanced;
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
    // A word that fits into one row starts a new row. A longer word (a text without spaces) continues in this row.
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
