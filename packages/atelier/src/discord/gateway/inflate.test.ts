import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, deflateSync } from 'node:zlib';
import { createInbox } from '../testing/inbox.ts';
import { createInflateStream } from './socket.ts';

/** The first message of a stream. */
const pack = (text: string): Buffer => deflateSync(text, { finishFlush: constants.Z_SYNC_FLUSH });

function setUp(t: { after(task: () => void): void }, maxMessageBytes: number) {
  const heard = createInbox<string>();
  const stream = createInflateStream({
    maxMessageBytes,
    onMessage: (text) => heard.put(text),
    onError: (error) => heard.put(`error: ${error.message}`),
  });
  t.after(() => stream.close());
  return { heard, stream };
}

test('a message whose end mark is split over frames is one message', async (t) => {
  const { heard, stream } = setUp(t, 1_000);
  for (const byte of pack('{"op":11}')) stream.push(Buffer.from([byte]));
  assert.equal(await heard.next(), '{"op":11}');
});

test('stops at the size limit, and calls nothing after the error', async (t) => {
  const { heard, stream } = setUp(t, 100_000);
  const bomb = pack('x'.repeat(10_000_000));
  assert.ok(bomb.length < 100_000);
  stream.push(bomb);
  stream.push(bomb);
  assert.equal(await heard.next(), 'error: a message is larger than 100000 bytes');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(heard.waiting(), []);
});

test('refuses more waiting packed bytes than the limit', async (t) => {
  const { heard, stream } = setUp(t, 1_000);
  stream.push(Buffer.alloc(600));
  stream.push(Buffer.alloc(600));
  assert.match(await heard.next(), /^error: more than 1000 compressed bytes wait/);
});

test('bytes after the end of the stream are an error', async (t) => {
  const { heard, stream } = setUp(t, 1_000);
  stream.push(deflateSync('{"op":11}'));
  stream.push(deflateSync('{"op":11}'));
  assert.equal(await heard.next(), 'error: the compressed stream ended');
});
