import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, test } from 'node:test';
import type { Attempt } from '../core/delivery.ts';
import { OK_ANSWER, startReceiver } from '../net/testing/receiver.ts';
import { DELIVERED, deliveryTo, hangingDeliver, createTestDispatcher, type TestDispatcher } from './testing/test-dispatcher.ts';

describe('dispatcher: many deliveries', () => {
  test('go over few connections to a healthy receiver', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write(OK_ANSWER) });
    await using harness = createTestDispatcher();
    harness.store.add(...Array.from({ length: 300 }, () => deliveryTo(receiver.origin, harness.clock)));
    harness.wake();
    await harness.recorded(300);
    assert.ok(harness.attempts.every((attempt) => attempt.outcome === 'delivered'));
    assert.equal(new Set(receiver.requests.map((request) => request.headers['webhook-id'])).size, 300);
    assert.ok(receiver.connectionCount() <= 8, `${receiver.connectionCount()} connections`);
  });
  test('to a hung receiver do not delay those to a healthy one', async () => {
    await using hung = await startReceiver({ onRequest: () => {} });
    await using healthy = await startReceiver({ host: '127.0.0.2', onRequest: (socket) => socket.write(OK_ANSWER) });
    await using harness = createTestDispatcher();
    harness.store.add(...Array.from({ length: 500 }, () => deliveryTo(hung.origin, harness.clock)));
    harness.store.add(...Array.from({ length: 100 }, () => deliveryTo(healthy.origin, harness.clock)));
    harness.wake();
    await harness.recorded(100);
    assert.equal(healthy.requests.length, 100);
    assert.equal(hung.openCount(), 8);
  });
  test('10 000 to one hung receiver: nothing healthy waits, and claims list no more origins than can be full', async () => {
    let longestList = 0;
    const healthy: string[] = [];
    await using harness: TestDispatcher = createTestDispatcher({
      deliver: hangingDeliver(
        () => harness.clock,
        (url) => url.includes('healthy') && healthy.push(url),
      ),
      store: (inner) => ({
        ...inner,
        claimDeliveries(command) {
          longestList = Math.max(longestList, command.exceptOrigins.length);
          return inner.claimDeliveries(command);
        },
      }),
    });
    harness.store.add(...Array.from({ length: 10_000 }, () => deliveryTo('http://hung.example/', harness.clock)));
    harness.store.add(...Array.from({ length: 100 }, () => deliveryTo('http://healthy.example/', harness.clock)));
    harness.wake();
    while (healthy.length < 100) await nextTurn();
    assert.equal(harness.clock.now(), 1_700_000_000_000);
    harness.store.add(deliveryTo('http://healthy.example/late', harness.clock));
    await harness.clock.advance(10_000);
    assert.equal(healthy.length, 101);
    // The hung one, and the healthy one while its places are taken.
    assert.ok(longestList <= 2);
  });
  test('to many hung receivers start each second anew, within the limit over all origins', async () => {
    const sentAtMs = new Map<string, number>();
    await using harness: TestDispatcher = createTestDispatcher({
      deliver: hangingDeliver(
        () => harness.clock,
        (url) => sentAtMs.set(url, harness.clock.now()),
      ),
      limits: { maxRecent: 10, maxInFlight: 35 },
    });
    for (let index = 0; index < 100; index += 1) harness.store.add(deliveryTo(`http://hung-${index}.example/`, harness.clock));
    harness.store.add(deliveryTo('http://healthy.example/', harness.clock, { dueAtMs: harness.clock.now() + 1 }));
    const startMs = harness.clock.now();
    harness.wake();
    const sentAfter = async (ms: number): Promise<number> => {
      await harness.clock.advance(startMs + ms - harness.clock.now());
      return sentAtMs.size;
    };
    assert.deepEqual([await sentAfter(500), await sentAfter(1_500), await sentAfter(2_500), await sentAfter(14_000)], [10, 20, 30, 35]);
    await harness.clock.advance(40_000);
    assert.equal(sentAtMs.size, 101);
  });
  test('origins take turns', async () => {
    const sent: string[] = [];
    await using harness: TestDispatcher = createTestDispatcher({
      deliver: hangingDeliver(
        () => harness.clock,
        (url) => sent.push(url),
      ),
      limits: { maxPerOrigin: 1, maxRecent: 1_000 },
    });
    for (const name of ['a', 'a', 'a', 'b', 'b', 'c']) harness.store.add(deliveryTo(`http://${name}.example/`, harness.clock));
    harness.wake();
    await harness.clock.advance(0);
    assert.deepEqual(sent.slice(0, 3).toSorted(), ['http://a.example/', 'http://b.example/', 'http://c.example/']);
    assert.equal(sent.length, 6);
  });
  test('that wait too long behind a full origin are released before their lease ends', async () => {
    await using harness: TestDispatcher = createTestDispatcher({ deliver: hangingDeliver(() => harness.clock) });
    harness.store.add(...Array.from({ length: 20 }, () => deliveryTo('http://hung.example/', harness.clock)));
    harness.wake();
    await harness.clock.advance(1_000);
    assert.equal(harness.store.leasedIds().length, 20);
    await harness.clock.advance(5_000);
    assert.equal(harness.store.leasedIds().length, 8);
  });
});

describe('dispatcher: failures of the store', () => {
  test('a failed record of an attempt is written later, and the attempt is not made again', async () => {
    let failures = 3;
    let sent = 0;
    await using harness: TestDispatcher = createTestDispatcher({
      deliver: hangingDeliver(
        () => harness.clock,
        () => (sent += 1),
      ),
      store: (inner) => ({
        ...inner,
        async recordAttempt(command) {
          if (failures-- > 0) throw new Error('disk full');
          return inner.recordAttempt(command);
        },
      }),
    });
    const delivery = deliveryTo('http://a.example/', harness.clock);
    harness.store.add(delivery);
    harness.wake();
    await harness.clock.advance(699);
    assert.equal(harness.attempts.length, 0);
    await harness.clock.advance(1);
    assert.equal((await harness.store.getDelivery(delivery.id))?.state, 'delivered');
    assert.equal(sent, 1);
  });
  test('after a failed claim the dispatcher claims again', async () => {
    let failures = 2;
    await using harness: TestDispatcher = createTestDispatcher({
      deliver: hangingDeliver(() => harness.clock),
      store: (inner) => ({
        ...inner,
        async claimDeliveries(command) {
          if (failures-- > 0) throw new Error('database is restarting');
          return inner.claimDeliveries(command);
        },
      }),
    });
    harness.store.add(deliveryTo('http://a.example/', harness.clock));
    await harness.clock.advance(2_000);
    assert.equal(harness.attempts.length, 1);
  });
  test('a result that comes after another process has recorded it changes nothing', async () => {
    await using harness: TestDispatcher = createTestDispatcher({ deliver: hangingDeliver(() => harness.clock) });
    const delivery = deliveryTo('http://hung.example/', harness.clock);
    harness.store.add(delivery);
    harness.wake();
    await harness.clock.advance(1);
    const attempt: Attempt = { deliveryId: delivery.id, number: 1, ...DELIVERED, startedAtMs: harness.clock.now() };
    await harness.store.recordAttempt({ attempt, nowMs: harness.clock.now(), next: { state: 'delivered' } });
    await harness.clock.advance(15_000);
    assert.equal((await harness.store.getDelivery(delivery.id))?.state, 'delivered');
    assert.equal(harness.attempts.length, 0);
  });
});
