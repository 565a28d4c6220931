import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, nat, oneof, property, string, stringMatching } from 'fast-check';
import { parseByteRange } from './byte-range.ts';

test('the ranges of players and download managers', () => {
  const asked: [string, ReturnType<typeof parseByteRange>][] = [
    ['bytes=0-', { start: 0, end: 99 }],
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=0-1', { start: 0, end: 1 }],
    ['bytes=99-', { start: 99, end: 99 }],
    ['bytes=10-1000000', { start: 10, end: 99 }],
    ['bytes=-1', { start: 99, end: 99 }],
    ['bytes=-1000', { start: 0, end: 99 }],
    ['Bytes= 5-6 ', { start: 5, end: 6 }],
    ['bytes=100-', 'outside'],
    ['bytes=-0', 'outside'],
    [`bytes=${'9'.repeat(400)}-`, 'outside'],
    ['bytes=0-1,5-6', undefined],
    ['bytes=6-5', undefined],
    ['bytes=-', undefined],
    ['bytes=a-b', undefined],
    ['bytes=1.5-2', undefined],
    ['bytes 0-1', undefined],
    ['items=0-1', undefined],
    ['', undefined],
  ];
  for (const [header, expected] of asked) assert.deepEqual(parseByteRange(header, 100), expected, header);
  assert.equal(parseByteRange(undefined, 100), undefined);
  for (const header of ['bytes=0-', 'bytes=-1']) assert.equal(parseByteRange(header, 0), 'outside', header);
});

test('a parsed range lies inside the file for any header', () => {
  const text = oneof(string(), stringMatching(/^bytes=\d{0,4}-\d{0,4}$/));
  check(
    property(text, nat(2_000), (header, bytes) => {
      const range = parseByteRange(header, bytes);
      if (range === undefined || range === 'outside') return;
      assert.ok(range.start >= 0 && range.start <= range.end && range.end < bytes);
    }),
  );
});
