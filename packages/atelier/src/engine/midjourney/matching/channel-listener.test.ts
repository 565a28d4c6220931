import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readChannelHistory } from './channel-listener.ts';
import { botMessage, CHANNEL } from '../testing/bot-messages.ts';
import { createFakeSession } from '../testing/fake-session.ts';

test('readChannelHistory reads all pages, oldest message first, and says whether a message may be missing', async () => {
  const session = createFakeSession();
  const fill = (count: number): void => {
    session.history = Array.from({ length: count }, (_, index) => botMessage({ id: String(1_000 + index) }));
  };
  fill(250);
  const { messages, complete } = await readChannelHistory(session, CHANNEL, 1_009n);
  assert.deepEqual([messages.length, messages[0]?.id, messages.at(-1)?.id, complete], [240, '1010', '1249', true]);
  fill(2_000);
  assert.equal((await readChannelHistory(session, CHANNEL, 0n)).complete, false);
});
