import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toLines } from './timed-lyrics.ts';

const word = (text: string, startS: number, endS: number) => ({ word: text, success: true, startS, endS, palign: 0 });

test('lines end at the line breaks of the lyrics; marks are left out', () => {
  const words = [
    word('[Verse 1]\nNeon ', 1, 1.5),
    word("rainin'", 1.5, 2),
    word(' down\nBlue', 2, 3),
    word('[Guitar', 4, 4.2),
    word('Solo]\n\nGone!', 4.2, 5),
  ];
  assert.deepEqual(toLines(words), [
    { startMs: 1_000, endMs: 2_500, text: "Neon rainin' down" },
    { startMs: 2_500, endMs: 4_600, text: 'Blue' },
    { startMs: 4_600, endMs: 5_000, text: 'Gone!' },
  ]);
});

test('without line breaks, lines end at silences and before they get too long', () => {
  const words = Array.from({ length: 20 }, (_, index) => word('lalala', index, index + 0.9));
  const lines = toLines([...words, word('again', 30, 31)]);
  assert.ok(lines.every(({ text }) => text.length <= 70));
  assert.deepEqual(lines.at(-1), { startMs: 30_000, endMs: 31_000, text: 'again' });
});

test('scripts without blanks get no blanks', () => {
  assert.deepEqual(toLines([word('雨', 0, 0.5), word('の', 0.5, 1), word('夜', 1, 1.5)]), [{ startMs: 0, endMs: 1_500, text: '雨の夜' }]);
});

test('an invalid word is left out', () => {
  assert.deepEqual(
    toLines([{ word: 'a' }, word('b', 2, 1), { ...word('c', 0, 1), startS: '0' }, word(' ', 0, 1), { startS: 0, endS: 1 }]),
    [],
  );
});
