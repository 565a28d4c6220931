import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../lib/clock.ts';
import type { Delivery } from './callback.ts';
import { createLanes, type LaneLimits } from './lanes.ts';

function setUp(limits: Partial<LaneLimits> = {}) {
  const clock = createFakeClock();
  const lanes = createLanes({ maxPerOrigin: 2, maxBrisk: 10, maxInFlight: 20, ...limits, clock });
  let count = 0;
  const push = (...origins: string[]): void => {
    for (const origin of origins) {
      count += 1;
      const delivery: Delivery = {
        id: `${origin}${count}`,
        jobId: 'job_1',
        keyId: 'key_1',
        dialect: 'native',
        url: origin,
        origin,
        body: '',
        kieTaskId: null,
        state: 'pending',
        attemptCount: 0,
        dueAtMs: 0,
        createdAtMs: 0,
        updatedAtMs: 0,
      };
      lanes.push({ delivery, claimedAtMs: clock.now() });
    }
  };
  const nextIds = (): string[] => {
    const ids: string[] = [];
    for (let claimed = lanes.next(); claimed; claimed = lanes.next()) ids.push(claimed.delivery.id);
    return ids;
  };
  return { clock, lanes, push, nextIds };
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
});
