import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { peek, soundTypeOf } from './collect.ts';

/** Bytes behind a signature, as a real file has them. */
const rest = (bytes = 600): Buffer => Buffer.alloc(bytes);
const withRest = (head: string | readonly number[], bytes?: number): Buffer =>
  Buffer.concat([typeof head === 'string' ? Buffer.from(head, 'latin1') : Buffer.from(head), rest(bytes)]);

const CASES: readonly [name: string, bytes: Buffer, type: string | undefined][] = [
  ['a tag with a cover that is longer than the sample', withRest([0x49, 0x44, 0x33, 4, 0, 0, 0, 7, 0, 0]), 'audio/mpeg'],
  ['an MP3 frame', withRest([0xff, 0xfb, 0x90, 0x00]), 'audio/mpeg'],
  ['an ADTS frame', withRest([0xff, 0xf1, 0x50, 0x80]), 'audio/aac'],
  ['WAV', withRest('RIFF\0\0\0\0WAVEfmt '), 'audio/wav'],
  ['WebP, which has the same container', withRest('RIFF\0\0\0\0WEBPVP8 '), undefined],
  ['FLAC', withRest('fLaC'), 'audio/flac'],
  ['Ogg', withRest('OggS'), 'audio/ogg'],
  ['M4A', withRest('\0\0\0\u0020ftypM4A '), 'audio/mp4'],
  ['MP4 with another brand', withRest('\0\0\0\u0020ftypisom'), 'audio/mp4'],
  ['a page', Buffer.from('<html>'), undefined],
  ['nothing', Buffer.alloc(0), undefined],
];

for (const [name, bytes, type] of CASES) {
  test(`${name}: ${type ?? 'unknown'}`, async () => assert.equal(await soundTypeOf(bytes), type));
}

test('a stream is complete after its head was read, with chunks of any size', async () => {
  const bytes = Buffer.from('RIFF\u0000\u0000\u0000\u0000WAVEfmt and the rest of it');
  for (const size of [1, 5, 12, 13, 100]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
    const { head, whole } = await peek(Readable.from(pieces));
    assert.equal(await soundTypeOf(head), 'audio/wav');
    assert.deepEqual(await buffer(whole), bytes);
  }
  assert.deepEqual(await buffer((await peek(Readable.from([]))).whole), Buffer.alloc(0));
});

test('destroying the whole stream destroys its source', async () => {
  const source = new Readable({ read() {} });
  source.push(Buffer.alloc(5_000));
  const { whole } = await peek(source);
  whole.destroy();
  await once(source, 'close');
});
