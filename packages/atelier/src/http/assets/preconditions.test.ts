import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPreconditions, mayRange } from './preconditions.ts';

const FILE = { etag: '"a"', lastModified: 'Tue, 14 Nov 2023 22:13:20 GMT' };
const BEFORE = 'Tue, 14 Nov 2023 22:13:19 GMT';
const AFTER = 'Tue, 14 Nov 2023 22:13:21 GMT';

test('a valid copy is not sent again', () => {
  const fates: [Parameters<typeof checkPreconditions>[0], ReturnType<typeof checkPreconditions>][] = [
    [{}, 'send'],
    [{ 'if-none-match': '"a"' }, 304],
    [{ 'if-none-match': 'W/"a"' }, 304],
    [{ 'if-none-match': '"b", "a"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"b"' }, 'send'],
    [{ 'if-modified-since': FILE.lastModified }, 304],
    [{ 'if-modified-since': AFTER }, 304],
    [{ 'if-modified-since': BEFORE }, 'send'],
    [{ 'if-modified-since': 'yesterday' }, 'send'],
    // A date beside a tag is ignored.
    [{ 'if-none-match': '"b"', 'if-modified-since': AFTER }, 'send'],
  ];
  for (const [headers, fate] of fates) assert.equal(checkPreconditions(headers, FILE), fate, JSON.stringify(headers));
});

test('If-Match with the tag of another file gets no part of this file', () => {
  assert.equal(checkPreconditions({ 'if-match': '"a"' }, FILE), 'send');
  assert.equal(checkPreconditions({ 'if-match': '*' }, FILE), 'send');
  assert.equal(checkPreconditions({ 'if-match': 'W/"a"' }, FILE), 412);
  assert.equal(checkPreconditions({ 'if-match': '"b"', 'if-none-match': '"a"' }, FILE), 412);
  assert.equal(checkPreconditions({ 'if-unmodified-since': BEFORE }, FILE), 412);
  assert.equal(checkPreconditions({ 'if-unmodified-since': FILE.lastModified }, FILE), 'send');
  assert.equal(checkPreconditions({ 'if-unmodified-since': 'yesterday' }, FILE), 'send');
  assert.equal(checkPreconditions({ 'if-match': '"a"', 'if-unmodified-since': BEFORE }, FILE), 'send');
});

test('a range applies only to the version that If-Range names', () => {
  assert.ok(mayRange({}, FILE));
  assert.ok(mayRange({ 'if-range': '"a"' }, FILE));
  assert.ok(mayRange({ 'if-range': FILE.lastModified }, FILE));
  assert.ok(!mayRange({ 'if-range': 'W/"a"' }, FILE));
  assert.ok(!mayRange({ 'if-range': '"b"' }, FILE));
  assert.ok(!mayRange({ 'if-range': AFTER }, FILE));
});
