import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import type { EngineUpdate } from '../../../core/engine.ts';
import { createUpdateStream } from './update-stream.ts';

const operation = (n: number): EngineUpdate => ({ type: 'operation', operation: n });

test('write resolves when the reader asks for the next update', async () => {
  const stream = createUpdateStream(createFakeClock());
  const updates = stream.read();
  let written = false;
  const writing = stream.write(operation(1)).then(() => (written = true));
  await updates.next();
  assert.equal(written, false);
  const next = updates.next();
  await writing;
  stream.end();
  assert.equal((await next).done, true);
});

test('the reader throws the error after the earlier updates', async () => {
  const stream = createUpdateStream(createFakeClock());
  stream.push(operation(1));
  stream.end(new Error('a bug'));
  stream.push(operation(2));
  const updates = stream.read();
  assert.equal((await updates.next()).done, false);
  await assert.rejects(updates.next(), /a bug/);
});

test('write resolves when the reader has left', async () => {
  const left = createUpdateStream(createFakeClock());
  const reading = left.read();
  const first = left.write(operation(1));
  await reading.next();
  const second = left.write(operation(2));
  await reading.return();
  left.drop();
  await Promise.all([first, second, left.write(operation(3))]);
});
