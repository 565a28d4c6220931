import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OK_ANSWER, startReceiver } from '../net/testing/receiver.ts';
import { deliveryTo, hangingDeliver, createTestDispatcher, type TestDispatcher } from './testing/test-dispatcher.ts';

describe('dispatcher: one delivery', () => {
  test('is sent when woken, signed, and on record', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write(OK_ANSWER) });
    await using harness = createTestDispatcher();
    await harness.clock.advance(0);
    const delivery = deliveryTo(`${receiver.origin}/hook`, harness.clock);
    harness.store.add(delivery);
    harness.wake();
    await harness.recorded(1);
    assert.equal((await harness.store.getDelivery(delivery.id))?.state, 'delivered');
    const [request] = receiver.requests;
    assert.equal(request?.body, delivery.body);
    assert.equal(request?.headers['webhook-id'], delivery.id);
    assert.match(request?.headers['webhook-signature'] ?? '', /^v1,/);
    assert.equal(request?.headers['x-webhook-timestamp'], request?.headers['webhook-timestamp']);
    assert.equal((await harness.store.listAttempts(delivery.id))[0]?.responseBody, '{"status":"received"}');
  });
  test('is sent at its time, and within a second of another process writing it', async () => {
    const sentAtMs: number[] = [];
    await using harness: TestDispatcher = createTestDispatcher({
      deliver: hangingDeliver(
        () => harness.clock,
        () => sentAtMs.push(harness.clock.now()),
      ),
    });
    const startMs = harness.clock.now();
    harness.store.add(deliveryTo('http://a.example/', harness.clock, { dueAtMs: startMs + 700 }));
    harness.wake();
    await harness.clock.advance(2_300);
    harness.store.add(deliveryTo('http://a.example/', harness.clock));
    await harness.clock.advance(1_000);
    assert.equal(sentAtMs[0], startMs + 700);
    assert.equal(sentAtMs.length, 2);
  });
  test('to a receiver that answers 500 is tried four times: same body and id, signed afresh, 1, 5 and 15 minutes apart', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write('HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n') });
    await using harness = createTestDispatcher();
    const delivery = deliveryTo(receiver.origin, harness.clock);
    const startMs = harness.clock.now();
    harness.store.add(delivery);
    harness.wake();
    for (const [index, delayMs] of [60_000, 300_000, 900_000, 3_600_000].entries()) {
      await harness.recorded(index + 1);
      await harness.clock.advance(delayMs);
    }
    assert.equal(receiver.requests.length, 4);
    assert.deepEqual(
      harness.attempts.map((attempt) => [attempt.number, attempt.startedAtMs - startMs]),
      [
        [1, 0],
        [2, 60_000],
        [3, 360_000],
        [4, 1_260_000],
      ],
    );
    assert.equal(new Set(receiver.requests.map((request) => request.body)).size, 1);
    assert.equal(new Set(receiver.requests.map((request) => request.headers['webhook-id'])).size, 1);
    assert.equal(new Set(receiver.requests.map((request) => request.headers['webhook-signature'])).size, 4);
    assert.equal((await harness.store.getDelivery(delivery.id))?.state, 'exhausted');
  });
  test('stops at 410', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write('HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n') });
    await using harness = createTestDispatcher();
    const delivery = deliveryTo(receiver.origin, harness.clock);
    harness.store.add(delivery);
    harness.wake();
    await harness.recorded(1);
    await harness.clock.advance(3_600_000);
    assert.equal(receiver.requests.length, 1);
    assert.equal((await harness.store.getDelivery(delivery.id))?.state, 'stopped');
  });
  test('of a suppressed job waits for the end of the last suppression; others do not', async () => {
    const sent: string[] = [];
    await using harness: TestDispatcher = createTestDispatcher({
      deliver: hangingDeliver(
        () => harness.clock,
        (url) => sent.push(url),
      ),
    });
    const [free, again] = [harness.suppress('job_held'), harness.suppress('job_held')];
    harness.store.add(
      deliveryTo('http://a.example/held', harness.clock, { jobId: 'job_held' }),
      deliveryTo('http://a.example/other', harness.clock),
    );
    harness.wake();
    await harness.clock.advance(5_000);
    assert.deepEqual(sent, ['http://a.example/other']);
    free();
    free();
    await harness.clock.advance(5_000);
    assert.equal(sent.length, 1);
    again();
    await harness.clock.advance(0);
    assert.deepEqual(sent, ['http://a.example/other', 'http://a.example/held']);
  });
  test('that is claimed while its job becomes suppressed is released unsent', async () => {
    const sent: string[] = [];
    let free: (() => void) | undefined;
    await using harness: TestDispatcher = createTestDispatcher({
      deliver: hangingDeliver(
        () => harness.clock,
        (url) => sent.push(url),
      ),
      store: (inner) => ({
        ...inner,
        async claimDeliveries(command) {
          const claimed = await inner.claimDeliveries(command);
          if (claimed.length > 0) free ??= harness.suppress('job_held');
          return claimed;
        },
      }),
    });
    harness.store.add(deliveryTo('http://a.example/', harness.clock, { jobId: 'job_held' }));
    harness.wake();
    await harness.clock.advance(3_000);
    assert.deepEqual([sent, harness.store.leasedIds()], [[], []]);
    free?.();
    await harness.clock.advance(0);
    assert.equal(sent.length, 1);
  });
});

describe('dispatcher: shutdown', () => {
  test('claims nothing more, releases waiting deliveries at once, lets attempts finish', async () => {
    await using receiver = await startReceiver({ onRequest: () => {} });
    await using harness = createTestDispatcher();
    harness.store.add(...Array.from({ length: 20 }, () => deliveryTo(receiver.origin, harness.clock)));
    harness.wake();
    await receiver.received(8);
    const stopped = harness.stop();
    await harness.clock.advance(0);
    assert.equal(harness.store.leasedIds().length, 8);
    harness.wake();
    await harness.clock.advance(9_999);
    assert.equal(receiver.requests.length, 8);
    assert.equal(harness.store.leasedIds().length, 8);
    await harness.clock.advance(1);
    await stopped;
    assert.deepEqual(harness.store.leasedIds(), []);
    assert.equal(harness.attempts.length, 0);
    await receiver.drained();
  });
  test('releases unsent the deliveries of a claim that ends after the stop signal', async () => {
    let sent = 0;
    let stopped: Promise<void> | undefined;
    await using harness: TestDispatcher = createTestDispatcher({
      deliver: hangingDeliver(
        () => harness.clock,
        () => (sent += 1),
      ),
      store: (inner) => ({
        ...inner,
        async claimDeliveries(command) {
          const claimed = await inner.claimDeliveries(command);
          if (claimed.length > 0) stopped = harness.stop();
          return claimed;
        },
      }),
    });
    harness.store.add(deliveryTo('http://a.example/', harness.clock));
    harness.wake();
    await harness.clock.advance(1);
    await stopped;
    assert.deepEqual([sent, harness.store.leasedIds()], [0, []]);
  });
  test('records attempts that finish in time', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => void harness.clock.after(5_000, () => socket.write(OK_ANSWER)) });
    await using harness: TestDispatcher = createTestDispatcher();
    const delivery = deliveryTo(receiver.origin, harness.clock);
    harness.store.add(delivery);
    harness.wake();
    await receiver.received(1);
    const stopped = harness.stop();
    await harness.clock.advance(5_000);
    await stopped;
    assert.equal((await harness.store.getDelivery(delivery.id))?.state, 'delivered');
  });
});
