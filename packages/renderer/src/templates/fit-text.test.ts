import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fitText } from './fit-text.ts';

/** Every grapheme is half as wide as its font is high. */
const measure = (text: string, fontPx: number): number => (Array.from(text).length * fontPx) / 2;
const tries = [
  [20, 1],
  [10, 2],
] as const;

describe('fitText', () => {
  test('a short text is one row at the first size', () => {
    assert.deepEqual(fitText('ten digits', { widthPx: 100, tries }, measure), { fontPx: 20, rows: ['ten digits'] });
  });

  test('a longer one gets smaller, and its rows about equally long', () => {
    assert.deepEqual(fitText('this one has two rows to be', { widthPx: 100, tries }, measure), {
      fontPx: 10,
      rows: ['this one has', 'two rows to be'],
    });
  });

  test('a word wider than a row is broken between graphemes', () => {
    const { rows } = fitText('x'.repeat(30), { widthPx: 100, tries }, measure);
    assert.equal(rows.join(''), 'x'.repeat(30));
    assert.equal(rows.length, 2);
    assert.deepEqual(fitText('霓虹河流霓虹河流霓虹河流', { widthPx: 100, tries: [[20, 2]] }, measure).rows.length, 2);
  });

  test('a text that fits at no size ends in an ellipsis within the width', () => {
    const { rows, fontPx } = fitText('word '.repeat(60), { widthPx: 100, tries }, measure);
    assert.equal(rows.length, 2);
    assert.match(rows[1] ?? '', /…$/);
    for (const row of rows) assert.ok(measure(row, fontPx) <= 100, row);
  });

  test('an empty text has no rows', () => assert.deepEqual(fitText('', { widthPx: 100, tries }, measure).rows, []));
});
