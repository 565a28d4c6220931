import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import type { Delivery } from '../core/delivery.ts';
import { createLanes, type LaneLimits } from './lanes.ts';

function setUp(limits: Partial<LaneLimits> = {}) {
  const clock = createFakeClock();
  const lanes = createLanes({ maxPerOrigin: 2, maxBrisk: 10, maxInFlight: 20, ...limits, clock });
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
    lanes.push({ delivery, claimedAtMs: clock.now() });
  };
  const nextIds = (): string[] => {
    const ids: string[] = [];
    for (let claimed = lanes.next(); claimed; claimed = lanes.next()) ids.push(claimed.delivery.id);
    return ids;
  };
  return { clock, lanes, push, pushOf, nextIds };
}

describe('lanes', () => {
  test('take turns, and let no more run than they have places', () => {
    const { lanes, push, nextIds } = setUp();
    push('a', 'a', 'a', 'b', 'b', 'c');
    assert.deepEqual(nextIds(), ['a1', 'b4', 'c6', 'a2', 'b5']);
    assert.deepEqual(lanes.fullOrigins(), ['a', 'b']);
    assert.deepEqual([lanes.isFull('a'), lanes.isFull('c'), lanes.isFull('never seen')], [true, false, false]);
  });
  test('give a place on when a delivery is done, and only once', () => {
    const { lanes, push } = setUp({ maxPerOrigin: 1 });
    push('a', 'a', 'a');
    const first = lanes.next();
    assert.ok(first);
    assert.equal(lanes.next(), undefined);
    lanes.done(first.delivery);
    lanes.done(first.delivery);
    assert.equal(lanes.next()?.delivery.id, 'a2');
    assert.equal(lanes.next(), undefined);
  });
  test('have room for brisk ones and for all', async () => {
    const { lanes, push, nextIds, clock } = setUp({ maxBrisk: 2, maxInFlight: 3 });
    push('a', 'b', 'c', 'd');
    assert.deepEqual(nextIds(), ['a1', 'b2']);
    assert.equal(lanes.room(), 0);
    await clock.advance(1_000);
    assert.equal(lanes.room(), 1);
    assert.deepEqual(nextIds(), ['c3']);
    await clock.advance(1_000);
    assert.equal(lanes.room(), 0);
  });
  test('hand out what has waited too long', async () => {
    const { lanes, push, nextIds, clock } = setUp({ maxPerOrigin: 1 });
    push('a', 'a');
    nextIds();
    await clock.advance(10);
    push('a', 'b');
    assert.deepEqual(
      lanes.takeClaimedBefore(clock.now()).map((claimed) => claimed.delivery.id),
      ['a2'],
    );
    assert.deepEqual(nextIds(), ['b4']);
    assert.deepEqual(
      lanes.takeClaimedBefore(Infinity).map((claimed) => claimed.delivery.id),
      ['a3'],
    );
  });
  test('send the deliveries of one job one at a time, the oldest first, and let others pass', () => {
    const { lanes, pushOf, nextIds } = setUp({ maxPerOrigin: 3 });
    pushOf('song', 'a', 20);
    pushOf('song', 'a', 30);
    pushOf('song', 'a', 10);
    pushOf('other', 'a', 40);
    const third = lanes.next();
    assert.equal(third?.delivery.id, 'a3');
    assert.deepEqual(nextIds(), ['a4']);
    lanes.leave(third.delivery);
    const first = lanes.next();
    assert.equal(first?.delivery.id, 'a1');
    assert.deepEqual(nextIds(), []);
    lanes.done(third.delivery);
    assert.deepEqual(nextIds(), []);
    lanes.done(first.delivery);
    assert.deepEqual(nextIds(), ['a2']);
  });
  test('hand out with a delivery that has waited too long the later ones of its job', async () => {
    const { lanes, push, pushOf, clock, nextIds } = setUp({ maxPerOrigin: 1 });
    push('a');
    nextIds();
    pushOf('song', 'a', 10);
    await clock.advance(10);
    pushOf('song', 'a', 20);
    push('a');
    const taken = lanes.takeClaimedBefore(clock.now()).map(({ delivery }) => delivery.id);
    assert.deepEqual(taken, ['a2', 'a3']);
  });
});
