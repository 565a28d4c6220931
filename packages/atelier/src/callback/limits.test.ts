import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Delivery } from '../core/delivery.ts';
import {
  addLeased,
  createOriginLimiter,
  finishAttempt,
  finishExchange,
  freePlaces,
  fullOrigins,
  isFull,
  removeLeased,
  startNext,
  type AttemptLimits,
} from './limits.ts';
import { createDelivery } from './testing/test-dispatcher.ts';

/** A limiter at an instant that the test moves. Deliveries are named by their origin and a running number. */
function createTestLimiter(limits: Partial<AttemptLimits> = {}) {
  const limiter = createOriginLimiter({ maxPerOrigin: 2, maxRecent: 10, maxInFlight: 20, ...limits });
  let nowMs = 0;
  let count = 0;
  const add = (origin: string, jobId?: string, createdAtMs = 0): void => {
    count += 1;
    const delivery = createDelivery({ id: `${origin}${count}`, jobId: jobId ?? `job ${count}`, origin, createdAtMs });
    addLeased(limiter, delivery, nowMs);
  };
  const start = (): Delivery | undefined => startNext(limiter, nowMs);
  return {
    limiter,
    free: () => freePlaces(limiter, nowMs),
    addTo: (...origins: string[]): void => origins.forEach((origin) => add(origin)),
    add,
    start,
    startIds: (): string[] => {
      const ids: string[] = [];
      for (let delivery = start(); delivery; delivery = start()) ids.push(delivery.id);
      return ids;
    },
    answer: (delivery: Delivery): void => finishExchange(limiter, delivery),
    end: (delivery: Delivery): void => finishAttempt(limiter, delivery),
    removeIds: (claimedBeforeMs: number): string[] => removeLeased(limiter, claimedBeforeMs).map(({ id }) => id),
    pass: (ms: number): number => (nowMs += ms),
  };
}

describe('limits of attempts', () => {
  test('origins take turns, and each runs at most as many attempts as it has places', () => {
    const { limiter, addTo, startIds } = createTestLimiter();
    addTo('a', 'a', 'a', 'b', 'b', 'c');
    assert.deepEqual(startIds(), ['a1', 'b4', 'c6', 'a2', 'b5']);
    assert.deepEqual(fullOrigins(limiter), ['a', 'b']);
    assert.deepEqual([isFull(limiter, 'a'), isFull(limiter, 'c'), isFull(limiter, 'never seen')], [true, false, false]);
  });
  test('an ended attempt frees its place once', () => {
    const { addTo, start, end } = createTestLimiter({ maxPerOrigin: 1 });
    addTo('a', 'a', 'a');
    const first = start();
    assert.ok(first);
    assert.equal(start(), undefined);
    end(first);
    end(first);
    assert.equal(start()?.id, 'a2');
    assert.equal(start(), undefined);
  });
  test('recent attempts and all attempts have separate limits', () => {
    const { free, addTo, startIds, pass } = createTestLimiter({ maxRecent: 2, maxInFlight: 3 });
    addTo('a', 'b', 'c', 'd');
    assert.deepEqual(startIds(), ['a1', 'b2']);
    assert.equal(free(), 0);
    pass(1_000);
    assert.equal(free(), 1);
    assert.deepEqual(startIds(), ['c3']);
    pass(1_000);
    assert.equal(free(), 0);
  });
  test('an answered attempt leaves its place and still counts until it ends', () => {
    const { free, addTo, start, startIds, answer, end } = createTestLimiter({ maxPerOrigin: 1, maxInFlight: 2 });
    addTo('a', 'a', 'a');
    const first = start();
    assert.ok(first);
    answer(first);
    assert.deepEqual(startIds(), ['a2']);
    assert.equal(free(), 0);
    end(first);
    assert.equal(free(), 1);
  });
  test('deliveries that have waited too long are removed', () => {
    const { addTo, startIds, removeIds, pass } = createTestLimiter({ maxPerOrigin: 1 });
    addTo('a', 'a');
    startIds();
    const nowMs = pass(10);
    addTo('a', 'b');
    assert.deepEqual(removeIds(nowMs), ['a2']);
    assert.deepEqual(startIds(), ['b4']);
    assert.deepEqual(removeIds(Infinity), ['a3']);
  });
  test('deliveries of one job run one at a time, the oldest first, and other jobs pass them', () => {
    const { add, start, startIds, answer, end } = createTestLimiter({ maxPerOrigin: 3 });
    add('a', 'song', 20);
    add('a', 'song', 30);
    add('a', 'song', 10);
    add('a', 'other', 40);
    const third = start();
    assert.equal(third?.id, 'a3');
    assert.deepEqual(startIds(), ['a4']);
    answer(third);
    const first = start();
    assert.equal(first?.id, 'a1');
    assert.deepEqual(startIds(), []);
    end(third);
    assert.deepEqual(startIds(), []);
    end(first);
    assert.deepEqual(startIds(), ['a2']);
  });
  test('later deliveries of a job are removed with one that has waited too long', () => {
    const { add, addTo, startIds, removeIds, pass } = createTestLimiter({ maxPerOrigin: 1 });
    addTo('a');
    startIds();
    add('a', 'song', 10);
    const nowMs = pass(10);
    add('a', 'song', 20);
    addTo('a');
    assert.deepEqual(removeIds(nowMs), ['a2', 'a3']);
  });
});
