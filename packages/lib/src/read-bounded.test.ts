import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { createBoundedBuffer, readBounded, TooManyBytesError } from './read-bounded.ts';

describe('bounded reader', () => {
  test('takes exactly `maxBytes` bytes', async () => {
    assert.equal((await readBounded(Readable.from([Buffer.from('ab'), Buffer.from('cd')]), 4)).toString(), 'abcd');
    assert.equal((await readBounded(Readable.from([]), 0)).length, 0);
  });

  test('stops an endless stream at the first byte too many', async () => {
    let sent = 0;
    const endless = new Readable({
      read() {
        sent += 1;
        this.push(Buffer.alloc(10));
      },
    });
    await assert.rejects(readBounded(endless, 25), TooManyBytesError);
    assert.equal(endless.destroyed, true);
    const sentBefore = sent;
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(sent, sentBefore);
  });

  test('rejects with the error of the stream', async () => {
    async function* broken() {
      yield Buffer.from('a');
      throw new Error('cut');
    }
    await assert.rejects(readBounded(broken(), 10), /cut/);
  });
});

test('bounded buffer: keeps the chunks in order and refuses the first byte too many', () => {
  const buffer = createBoundedBuffer(4);
  buffer.push(Buffer.from('ab'));
  buffer.push(Buffer.from('cd'));
  assert.throws(() => buffer.push(Buffer.from('e')), TooManyBytesError);
  assert.equal(buffer.toBuffer().subarray(0, 4).toString(), 'abcd');
});
