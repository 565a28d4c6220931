import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OK_ANSWER, startReceiver } from '../net/testing/receiver.ts';
import { deliveryTo, hangingDeliver, setUp, type House } from './testing/dispatcher-house.ts';

describe('dispatcher: one delivery', () => {
  test('is sent when woken, signed, and on record', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write(OK_ANSWER) });
    await using house = setUp();
    await house.clock.advance(0);
    const delivery = deliveryTo(`${receiver.origin}/hook`, house.clock);
    house.store.add(delivery);
    house.wake();
    await house.recorded(1);
    assert.equal((await house.store.getDelivery(delivery.id))?.state, 'delivered');
    const [request] = receiver.requests;
    assert.equal(request?.body, delivery.body);
    assert.equal(request?.headers['webhook-id'], delivery.id);
    assert.match(request?.headers['webhook-signature'] ?? '', /^v1,/);
    assert.equal(request?.headers['x-webhook-timestamp'], request?.headers['webhook-timestamp']);
    assert.equal((await house.store.listAttempts(delivery.id))[0]?.responseBody, '{"status":"received"}');
  });
  test('is sent at its time, and within a second of another process writing it', async () => {
    const sentAtMs: number[] = [];
    await using house: House = setUp({
      deliver: hangingDeliver(
        () => house.clock,
        () => sentAtMs.push(house.clock.now()),
      ),
    });
    const startMs = house.clock.now();
    house.store.add(deliveryTo('http://a.example/', house.clock, { dueAtMs: startMs + 700 }));
    house.wake();
    await house.clock.advance(2_300);
    house.store.add(deliveryTo('http://a.example/', house.clock));
    await house.clock.advance(1_000);
    assert.equal(sentAtMs[0], startMs + 700);
    assert.equal(sentAtMs.length, 2);
  });
  test('to a receiver that answers 500 is tried four times: same body and id, signed afresh, 1, 5 and 15 minutes apart', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write('HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n') });
    await using house = setUp();
    const delivery = deliveryTo(receiver.origin, house.clock);
    const startMs = house.clock.now();
    house.store.add(delivery);
    house.wake();
    for (const [index, delayMs] of [60_000, 300_000, 900_000, 3_600_000].entries()) {
      await house.recorded(index + 1);
      await house.clock.advance(delayMs);
    }
    assert.equal(receiver.requests.length, 4);
    assert.deepEqual(
      house.attempts.map((attempt) => [attempt.number, attempt.startedAtMs - startMs]),
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
    assert.equal((await house.store.getDelivery(delivery.id))?.state, 'exhausted');
  });
  test('stops at 410', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write('HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n') });
    await using house = setUp();
    const delivery = deliveryTo(receiver.origin, house.clock);
    house.store.add(delivery);
    house.wake();
    await house.recorded(1);
    await house.clock.advance(3_600_000);
    assert.equal(receiver.requests.length, 1);
    assert.equal((await house.store.getDelivery(delivery.id))?.state, 'stopped');
  });
  test('of a held job waits for the end of the last hold; others do not', async () => {
    const sent: string[] = [];
    await using house: House = setUp({
      deliver: hangingDeliver(
        () => house.clock,
        (url) => sent.push(url),
      ),
    });
    const [free, again] = [house.hold('job_held'), house.hold('job_held')];
    house.store.add(
      deliveryTo('http://a.example/held', house.clock, { jobId: 'job_held' }),
      deliveryTo('http://a.example/other', house.clock),
    );
    house.wake();
    await house.clock.advance(5_000);
    assert.deepEqual(sent, ['http://a.example/other']);
    free();
    free();
    await house.clock.advance(5_000);
    assert.equal(sent.length, 1);
    again();
    await house.clock.advance(0);
    assert.deepEqual(sent, ['http://a.example/other', 'http://a.example/held']);
  });
  test('that is claimed while its job is put on hold goes back unsent', async () => {
    const sent: string[] = [];
    let free: (() => void) | undefined;
    await using house: House = setUp({
      deliver: hangingDeliver(
        () => house.clock,
        (url) => sent.push(url),
      ),
      store: (inner) => ({
        ...inner,
        async claimDeliveries(command) {
          const claimed = await inner.claimDeliveries(command);
          if (claimed.length > 0) free ??= house.hold('job_held');
          return claimed;
        },
      }),
    });
    house.store.add(deliveryTo('http://a.example/', house.clock, { jobId: 'job_held' }));
    house.wake();
    await house.clock.advance(3_000);
    assert.deepEqual([sent, house.store.leasedIds()], [[], []]);
    free?.();
    await house.clock.advance(0);
    assert.equal(sent.length, 1);
  });
});

describe('dispatcher: shutdown', () => {
  test('claims nothing more, gives back what waits at once, lets attempts finish', async () => {
    await using receiver = await startReceiver({ onRequest: () => {} });
    await using house = setUp();
    house.store.add(...Array.from({ length: 20 }, () => deliveryTo(receiver.origin, house.clock)));
    house.wake();
    await receiver.received(8);
    const stopped = house.stop();
    await house.clock.advance(0);
    assert.equal(house.store.leasedIds().length, 8);
    house.wake();
    await house.clock.advance(9_999);
    assert.equal(receiver.requests.length, 8);
    assert.equal(house.store.leasedIds().length, 8);
    await house.clock.advance(1);
    await stopped;
    assert.deepEqual(house.store.leasedIds(), []);
    assert.equal(house.attempts.length, 0);
    await receiver.drained();
  });
  test('gives back unsent what a claim brings after the stop signal', async () => {
    let sent = 0;
    let stopped: Promise<void> | undefined;
    await using house: House = setUp({
      deliver: hangingDeliver(
        () => house.clock,
        () => (sent += 1),
      ),
      store: (inner) => ({
        ...inner,
        async claimDeliveries(command) {
          const claimed = await inner.claimDeliveries(command);
          if (claimed.length > 0) stopped = house.stop();
          return claimed;
        },
      }),
    });
    house.store.add(deliveryTo('http://a.example/', house.clock));
    house.wake();
    await house.clock.advance(1);
    await stopped;
    assert.deepEqual([sent, house.store.leasedIds()], [0, []]);
  });
  test('records what finishes in time', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => void house.clock.after(5_000, () => socket.write(OK_ANSWER)) });
    await using house: House = setUp();
    const delivery = deliveryTo(receiver.origin, house.clock);
    house.store.add(delivery);
    house.wake();
    await receiver.received(1);
    const stopped = house.stop();
    await house.clock.advance(5_000);
    await stopped;
    assert.equal((await house.store.getDelivery(delivery.id))?.state, 'delivered');
  });
});
