import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deliver, DeliverResult } from './deliver.ts';
import { deliveryTo, DELIVERED, createTestDispatcher, type TestDispatcher } from './testing/test-dispatcher.ts';

const URL_OF_ALL = 'https://receiver.test/music';

/** A receiver that answers when the test says so. */
function createReceiver(clock: () => TestDispatcher['clock']) {
  const sent: string[] = [];
  const answers = new Map<string, (set?: Partial<DeliverResult>) => void>();
  const deliver: Deliver = ({ body }) =>
    new Promise((resolve) => {
      sent.push(body);
      answers.set(body, (set) => resolve({ ...DELIVERED, startedAtMs: clock().now(), ...set }));
    });
  return { sent, deliver, answer: (body: string, set?: Partial<DeliverResult>): void => answers.get(body)?.(set) };
}

function setUpStages() {
  const receiver = createReceiver(() => harness.clock);
  const harness: TestDispatcher = createTestDispatcher({ deliver: receiver.deliver });
  const add = (...stages: readonly string[]): void => {
    for (const [place, body] of stages.entries()) {
      const createdAtMs = harness.clock.now() + place;
      harness.store.add(deliveryTo(URL_OF_ALL, harness.clock, { id: `msg_${body}`, jobId: 'song', body, createdAtMs }));
    }
    harness.wake();
  };
  return { ...receiver, harness, add };
}

test('the stages of a job arrive one after the other, each when the one before was answered', async () => {
  const { harness, add, sent, answer } = setUpStages();
  await using _ = harness;
  add('text', 'first', 'complete');
  for (const [place, stage] of ['text', 'first', 'complete'].entries()) {
    await harness.clock.advance(10);
    assert.equal(sent.length, place + 1);
    answer(stage);
  }
  await harness.recorded(3);
  assert.deepEqual(sent, ['text', 'first', 'complete']);
});

test('a stage that waits for its retry delays no later stage, and is sent once it is due', async () => {
  const { harness, add, sent, answer } = setUpStages();
  await using _ = harness;
  add('text');
  await harness.clock.advance(0);
  answer('text', { outcome: 'refused', status: 500 });
  await harness.recorded(1);
  add('complete');
  await harness.clock.advance(1_000);
  assert.deepEqual(sent, ['text', 'complete']);
  answer('complete');
  await harness.clock.advance(60_000);
  assert.deepEqual(sent, ['text', 'complete', 'text']);
  answer('text');
  await harness.recorded(3);
});

test('the older of two stages that are due together is sent first, also after a retry', async () => {
  const { harness, add, sent, answer } = setUpStages();
  await using _ = harness;
  add('text');
  await harness.clock.advance(0);
  answer('text', { outcome: 'refused', status: 500 });
  await harness.recorded(1);
  const release = harness.suppress('song');
  await harness.clock.advance(59_000);
  add('complete');
  await harness.clock.advance(5_000);
  release();
  await harness.clock.advance(10);
  assert.deepEqual(sent, ['text', 'text']);
  answer('text');
  await harness.clock.advance(10);
  answer('complete');
  await harness.recorded(3);
  assert.deepEqual(sent, ['text', 'text', 'complete']);
});
