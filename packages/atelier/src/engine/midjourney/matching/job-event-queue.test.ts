import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import { createJobEventQueue } from './job-event-queue.ts';

describe('createJobEventQueue', () => {
  test('returns events in the order in which they were pushed', async () => {
    const clock = createFakeClock();
    const queue = createJobEventQueue(clock);
    queue.push({ type: 'request-sent' });
    queue.push({ type: 'start-deleted' });
    const { signal } = new AbortController();
    assert.equal((await queue.next(Infinity, signal))?.type, 'request-sent');
    assert.equal((await queue.next(Infinity, signal))?.type, 'start-deleted');
  });

  test('waits until an event comes, also after an earlier event was taken without waiting', async () => {
    const clock = createFakeClock();
    const queue = createJobEventQueue(clock);
    const { signal } = new AbortController();
    queue.push({ type: 'request-sent' });
    await queue.next(Infinity, signal);
    const next = queue.next(clock.now() + 1_000, signal);
    await clock.advance(999);
    queue.push({ type: 'start-deleted' });
    assert.equal((await next)?.type, 'start-deleted');
    assert.equal(clock.pending(), 0);
  });

  test('returns undefined at the time limit, after a limit in the past, and when the signal aborts', async () => {
    const clock = createFakeClock();
    const queue = createJobEventQueue(clock);
    const stop = new AbortController();
    const limited = queue.next(clock.now() + 1_000, stop.signal);
    await clock.advance(1_000);
    assert.equal(await limited, undefined);
    assert.equal(await queue.next(clock.now() - 1, stop.signal), undefined);
    const aborted = queue.next(Infinity, stop.signal);
    stop.abort();
    assert.equal(await aborted, undefined);
    assert.equal(clock.pending(), 0);
  });
});
