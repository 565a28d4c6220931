import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { readText } from './fold.ts';
import { parsePolicyTerms } from './policy.ts';
import { createTermFinder } from './term-finder.ts';

const DEFAULT_TERMS = parsePolicyTerms(readFileSync(new URL('policy-terms.txt', import.meta.url), 'utf8'));

/** Terms that contain one another, have the same endings, and almost match everywhere: the worst case of a simple search. */
const NESTED = [
  ...Array.from({ length: 200 }, (_unused, index) => 'a'.repeat(index + 1) + 'b'),
  ...Array.from({ length: 50 }, (_unused, index) => `${'a '.repeat(index + 1)}b`),
  ...Array.from({ length: 50 }, (_unused, index) => `${'裸'.repeat(index + 2)}体`),
];
const HOSTILE = [
  'a',
  'a ',
  'aab',
  'xa a a',
  'gor',
  'g0r',
  'gоr',
  'severed hea ',
  'a\u0301',
  '裸',
  'a!',
  '@',
  '1',
  '\u200b',
  'ｇｏｒ',
  '\ufdfa',
  'a|!',
];
const KILOBYTES = 100;

const repeatTo = (text: string, bytes: number): string => text.repeat(Math.ceil(bytes / Buffer.byteLength(text)));

/** All steps of the automaton over every reading of the text, and the number of letters of these readings. */
function workOn(text: string): { steps: number; letters: number } {
  let steps = 0;
  const finder = createTermFinder([...DEFAULT_TERMS, ...NESTED], () => (steps += 1));
  steps = 0;
  const readings = readText(text);
  for (const reading of readings) assert.equal(finder.find(reading), undefined, text.slice(0, 20));
  return { steps, letters: readings.reduce((sum, reading) => sum + reading.length, 0) };
}

describe('term finder', () => {
  test('hostile texts of 100 kB take at most two steps and one compared term for each letter', () => {
    for (const text of HOSTILE) {
      const { steps, letters } = workOn(repeatTo(text, KILOBYTES * 1_024));
      assert.ok(steps <= 3 * letters, `${JSON.stringify(text)}: ${steps} steps for ${letters} letters`);
    }
  });

  test('a text twice as long takes twice the work', () => {
    for (const text of HOSTILE) {
      const once = workOn(repeatTo(text, (KILOBYTES / 2) * 1_024));
      const twice = workOn(repeatTo(text, KILOBYTES * 1_024));
      assert.ok(twice.steps <= 2.01 * once.steps + 100, `${JSON.stringify(text)}: ${once.steps}, then ${twice.steps} steps`);
      assert.ok(twice.letters <= 2.01 * once.letters + 100, `${JSON.stringify(text)}: ${once.letters}, then ${twice.letters} letters`);
    }
  });

  test('counts different terms after folding, without empty ones', () => {
    assert.equal(createTermFinder(['gore', 'GORE', 'göre', '!!', '', 'severed head', 'severed-head']).size, 2);
    assert.equal(createTermFinder(DEFAULT_TERMS).size, DEFAULT_TERMS.length);
  });
});
