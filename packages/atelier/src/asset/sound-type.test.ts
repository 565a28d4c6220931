import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { peek, soundTypeOf } from './sound-type.ts';

const CASES: readonly [bytes: Buffer, type: string | undefined][] = [
  [Buffer.from('ID3\u0004\u0000\u0000\u0000\u0000'), 'audio/mpeg'],
  [Buffer.from([0xff, 0xfb, 0x90, 0x00]), 'audio/mpeg'],
  [Buffer.from([0xff, 0xf1, 0x50, 0x80]), 'audio/aac'],
  [Buffer.from('RIFF\u0000\u0000\u0000\u0000WAVEfmt '), 'audio/wav'],
  [Buffer.from('RIFF\u0000\u0000\u0000\u0000WEBPVP8 '), undefined],
  [Buffer.from('fLaC'), 'audio/flac'],
  [Buffer.from('OggS'), 'audio/ogg'],
  [Buffer.from('\u0000\u0000\u0000\u0020ftypM4A '), 'audio/mp4'],
  [Buffer.from('<html>'), undefined],
  [Buffer.alloc(0), undefined],
];

for (const [bytes, type] of CASES) {
  test(`${JSON.stringify(bytes.toString('latin1'))} is ${type ?? 'unknown'}`, () => assert.equal(soundTypeOf(bytes), type));
}

test('a stream is complete after its head was read, with chunks of any size', async () => {
  const bytes = Buffer.from('RIFF\u0000\u0000\u0000\u0000WAVEfmt and the rest of it');
  for (const size of [1, 5, 12, 13, 100]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
    const { head, whole } = await peek(Readable.from(pieces));
    assert.equal(soundTypeOf(head), 'audio/wav');
    assert.deepEqual(await buffer(whole), bytes);
  }
  assert.deepEqual(await buffer((await peek(Readable.from([]))).whole), Buffer.alloc(0));
});

test('destroying the whole stream destroys its source', async () => {
  const source = new Readable({ read() {} });
  source.push(Buffer.alloc(100));
  const { whole } = await peek(source);
  whole.destroy();
  await once(source, 'close');
});
