import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readConfig } from '../config/config.ts';
import { createRetrySchedule, retryAfterMs } from './attempt.ts';

const NOW_MS = 1_700_000_000_000;
const failed = (number: number, status: number | null = 500, retryAfter: string | null = null) =>
  ({ number, outcome: status === null ? 'timeout' : 'refused', status, retryAfter }) as const;

describe('retry schedule', () => {
  const schedule = createRetrySchedule({ delaysMs: readConfig({}).callbackRetryDelays, random: () => 0.5 });
  const dueInMs = (...attempt: Parameters<typeof failed>): number | string => {
    const step = schedule.next(failed(...attempt), NOW_MS);
    return step.state === 'pending' ? step.dueAtMs - NOW_MS : step.state;
  };

  test('is one attempt and three retries after 1, 5 and 15 minutes', () => {
    assert.equal(schedule.maxAttempts, 4);
    assert.deepEqual(
      [1, 2, 3, 4].map((number) => dueInMs(number)),
      [60_000, 300_000, 900_000, 'exhausted'],
    );
    assert.equal(dueInMs(1, null), 60_000);
  });
  test('moves each delay by up to a fifth', () => {
    for (const [random, delayMs] of [
      [0, 48_000],
      [1, 72_000],
    ] as const) {
      const step = createRetrySchedule({ delaysMs: [60_000], random: () => random }).next(failed(1), NOW_MS);
      assert.deepEqual(step, { state: 'pending', dueAtMs: NOW_MS + delayMs });
    }
  });
  test('ends with success, and with 410', () => {
    assert.deepEqual(schedule.next({ number: 1, outcome: 'delivered', status: 204, retryAfter: null }, NOW_MS), { state: 'delivered' });
    assert.equal(dueInMs(1, 410), 'stopped');
  });
  test('lets Retry-After lengthen a delay, by an hour at most', () => {
    assert.equal(dueInMs(1, 503, '120'), 120_000);
    assert.equal(dueInMs(1, 429, '1000000000'), 3_600_000);
    assert.equal(dueInMs(1, 429, '9'.repeat(400)), 3_600_000);
    assert.equal(dueInMs(1, 503, new Date(NOW_MS + 90_000).toUTCString()), 90_000);
    assert.equal(dueInMs(1, 503, 'Fri, 01 Jan 2099 00:00:00 GMT'), 3_600_000);
    for (const header of ['0', '-1', '1', 'Mon, 01 Jan 2001 00:00:00 GMT', 'soon', '', '1e9', '12 apples', 'Xyz, nonsense']) {
      assert.equal(dueInMs(1, 503, header), 60_000, header);
      assert.ok(retryAfterMs(header, NOW_MS) >= 0);
    }
    assert.equal(dueInMs(4, 503, '1'), 'exhausted');
  });
});
