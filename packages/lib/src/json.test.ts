import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asNumber, asObject, asObjects, asText, asTexts } from './json.ts';

test('readers of outside values return undefined or an empty list for a value of another type', () => {
  assert.deepEqual([asText('a'), asText(7), asText(null), asText({})], ['a', '7', undefined, undefined]);
  assert.deepEqual([asNumber(7), asNumber('7')], [7, undefined]);
  assert.deepEqual([asObject({ a: 1 }), asObject([]), asObject(null)], [{ a: 1 }, undefined, undefined]);
  assert.deepEqual([asObjects([{ a: 1 }, 2, null]), asObjects({ a: 1 })], [[{ a: 1 }], []]);
  assert.deepEqual([asTexts(['a', 1, 'b']), asTexts('a'), asTexts(undefined)], [['a', 'b'], [], []]);
});
