import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cleanText, readsRightToLeft, splitGraphemes } from './clean-text.ts';
import { HARD_TEXTS } from '../testing/texts.ts';

describe('cleanText', () => {
  test('is one line without control characters', () => {
    assert.equal(cleanText(HARD_TEXTS['line ends and control characters'], 200), 'Neon Ri ve rs [31m red');
    assert.equal(cleanText('  a \n\n\t b\u0085c\u2029 ', 200), 'a b c');
  });

  test('direction overrides are dropped', () => {
    assert.equal(cleanText(HARD_TEXTS['turned direction'], 200), 'safe gnp.exe text');
  });

  test('two accents a letter are enough, after composing', () => {
    assert.equal(cleanText('e\u0301', 200), 'é');
    assert.equal(cleanText(HARD_TEXTS['towers of accents'], 200), 'Z\u0351\u0334algo'.normalize('NFC'));
  });

  test('is cut between graphemes, and says so', () => {
    assert.equal(cleanText('👩‍👩‍👧‍👦'.repeat(5), 3), '👩‍👩‍👧‍👦👩‍👩‍👧‍👦…');
    assert.equal(cleanText('abcd', 4), 'abcd');
    assert.equal(cleanText('ab cd', 4), 'ab…');
  });

  test('a letter of a million joined pictures is bounded too', () => {
    assert.ok(cleanText('👩\u200d'.repeat(1_000_000), 200).length <= 201 * 16);
  });

  test('half a letter becomes the replacement character, and quotes, marks and tags stay as they are', () => {
    assert.equal(cleanText(HARD_TEXTS['half a letter'], 200), 'broken \ufffd surrogate \ufffd');
    for (const name of ['expansion marks', 'quotes', 'a filter', 'subtitle tags', 'markup'] as const)
      assert.equal(cleanText(HARD_TEXTS[name], 200), HARD_TEXTS[name]);
  });

  test('cleaning twice changes nothing', () => {
    for (const text of Object.values(HARD_TEXTS)) assert.equal(cleanText(cleanText(text, 80), 80), cleanText(text, 80));
  });
});

test('a line reads as its first letter does', () => {
  for (const text of ['שלום world', '123 مرحبا', '"أهلا"']) assert.equal(readsRightToLeft(text), true, text);
  for (const text of ['hello שלום', '', '42', '你好']) assert.equal(readsRightToLeft(text), false, text);
});

test('flags and families are one grapheme each', () => {
  assert.equal(splitGraphemes('🇩🇪👩‍👩‍👧‍👦e\u0301').length, 3);
});
