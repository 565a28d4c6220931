import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import type { Delivery } from '../core/delivery.ts';
import { createOriginLimiter, type AttemptLimits } from './limits.ts';

function setUp(limits: Partial<AttemptLimits> = {}) {
  const clock = createFakeClock();
  const limiter = createOriginLimiter({ maxPerOrigin: 2, maxRecent: 10, maxInFlight: 20, ...limits, clock });
  let count = 0;
  const push = (...origins: string[]): void => origins.forEach((origin) => pushOf(`job of ${origin}${count + 1}`, origin));
  const pushOf = (jobId: string, origin: string, createdAtMs = 0): void => {
    count += 1;
    const delivery: Delivery = {
      id: `${origin}${count}`,
      jobId,
      keyId: 'key_1',
      dialect: 'native',
      url: origin,
      origin,
      body: '',
      kieTaskId: null,
      state: 'pending',
      attemptCount: 0,
      dueAtMs: 0,
      createdAtMs,
      updatedAtMs: 0,
    };
    limiter.add({ delivery, claimedAtMs: clock.now() });
  };
  const nextIds = (): string[] => {
    const ids: string[] = [];
    for (let leased = limiter.startNext(); leased; leased = limiter.startNext()) ids.push(leased.delivery.id);
    return ids;
  };
  return { clock, limiter, push, pushOf, nextIds };
}

describe('limits of attempts', () => {
  test('origins take turns, and none runs more attempts than it has places', () => {
    const { limiter, push, nextIds } = setUp();
    push('a', 'a', 'a', 'b', 'b', 'c');
    assert.deepEqual(nextIds(), ['a1', 'b4', 'c6', 'a2', 'b5']);
    assert.deepEqual(limiter.fullOrigins(), ['a', 'b']);
    assert.deepEqual([limiter.isFull('a'), limiter.isFull('c'), limiter.isFull('never seen')], [true, false, false]);
  });
  test('a finished attempt frees its place once', () => {
    const { limiter, push } = setUp({ maxPerOrigin: 1 });
    push('a', 'a', 'a');
    const first = limiter.startNext();
    assert.ok(first);
    assert.equal(limiter.startNext(), undefined);
    limiter.finishAttempt(first.delivery);
    limiter.finishAttempt(first.delivery);
    assert.equal(limiter.startNext()?.delivery.id, 'a2');
    assert.equal(limiter.startNext(), undefined);
  });
  test('recent attempts and all attempts have limits of their own', async () => {
    const { limiter, push, nextIds, clock } = setUp({ maxRecent: 2, maxInFlight: 3 });
    push('a', 'b', 'c', 'd');
    assert.deepEqual(nextIds(), ['a1', 'b2']);
    assert.equal(limiter.freePlaces(), 0);
    await clock.advance(1_000);
    assert.equal(limiter.freePlaces(), 1);
    assert.deepEqual(nextIds(), ['c3']);
    await clock.advance(1_000);
    assert.equal(limiter.freePlaces(), 0);
  });
  test('deliveries that have waited too long are removed', async () => {
    const { limiter, push, nextIds, clock } = setUp({ maxPerOrigin: 1 });
    push('a', 'a');
    nextIds();
    await clock.advance(10);
    push('a', 'b');
    assert.deepEqual(
      limiter.removeLeased(clock.now()).map((leased) => leased.delivery.id),
      ['a2'],
    );
    assert.deepEqual(nextIds(), ['b4']);
    assert.deepEqual(
      limiter.removeLeased(Infinity).map((leased) => leased.delivery.id),
      ['a3'],
    );
  });
  test('deliveries of one job run one at a time, the oldest first, and other jobs pass them', () => {
    const { limiter, pushOf, nextIds } = setUp({ maxPerOrigin: 3 });
    pushOf('song', 'a', 20);
    pushOf('song', 'a', 30);
    pushOf('song', 'a', 10);
    pushOf('other', 'a', 40);
    const third = limiter.startNext();
    assert.equal(third?.delivery.id, 'a3');
    assert.deepEqual(nextIds(), ['a4']);
    limiter.finishExchange(third.delivery);
    const first = limiter.startNext();
    assert.equal(first?.delivery.id, 'a1');
    assert.deepEqual(nextIds(), []);
    limiter.finishAttempt(third.delivery);
    assert.deepEqual(nextIds(), []);
    limiter.finishAttempt(first.delivery);
    assert.deepEqual(nextIds(), ['a2']);
  });
  test('later deliveries of a job are removed with one that has waited too long', async () => {
    const { limiter, push, pushOf, clock, nextIds } = setUp({ maxPerOrigin: 1 });
    push('a');
    nextIds();
    pushOf('song', 'a', 10);
    await clock.advance(10);
    pushOf('song', 'a', 20);
    push('a');
    const taken = limiter.removeLeased(clock.now()).map(({ delivery }) => delivery.id);
    assert.deepEqual(taken, ['a2', 'a3']);
  });
});
