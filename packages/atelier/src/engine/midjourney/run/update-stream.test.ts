import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineUpdate } from '../../../core/engine.ts';
import { createOutbox } from './update-stream.ts';

const operation = (n: number): EngineUpdate => ({ type: 'operation', operation: n });

test('an update is written when the next one is asked for', async () => {
  const outbox = createOutbox();
  const updates = outbox.read();
  let written = false;
  const writing = outbox.write(operation(1)).then(() => (written = true));
  await updates.next();
  assert.equal(written, false);
  const next = updates.next();
  await writing;
  outbox.end();
  assert.equal((await next).done, true);
});

test('an error comes after what was pushed before it', async () => {
  const outbox = createOutbox();
  outbox.push(operation(1));
  outbox.end(new Error('a bug'));
  outbox.push(operation(2));
  const updates = outbox.read();
  assert.equal((await updates.next()).done, false);
  await assert.rejects(updates.next(), /a bug/);
});

test('nobody waits for a reader that has left', async () => {
  const left = createOutbox();
  const reading = left.read();
  const first = left.write(operation(1));
  await reading.next();
  const second = left.write(operation(2));
  await reading.return();
  left.drop();
  await Promise.all([first, second, left.write(operation(3))]);
});
