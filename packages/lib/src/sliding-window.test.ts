import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from './clock.ts';
import { createSlidingWindow, takeWhenFree } from './sliding-window.ts';

describe('sliding window', () => {
  test('takes at most `max` events in a window, and returns the time until the next is possible', async () => {
    const clock = createFakeClock();
    const window = createSlidingWindow({ clock, max: 2, windowMs: 1_000 });
    assert.equal(window.take(), 0);
    await clock.advance(400);
    assert.equal(window.take(), 0);
    assert.equal(window.take(), 600);
    await clock.advance(600);
    assert.equal(window.take(), 0);
    assert.equal(window.take(), 400);
  });

  test('leaves room for `spare` more events', async () => {
    const clock = createFakeClock();
    const window = createSlidingWindow({ clock, max: 3, windowMs: 1_000 });
    assert.equal(window.take(1), 0);
    await clock.advance(100);
    assert.equal(window.take(1), 0);
    assert.equal(window.take(1), 900);
    assert.equal(window.take(), 0);
  });

  test('a lower maximum counts the events so far', async () => {
    const clock = createFakeClock();
    const window = createSlidingWindow({ clock, max: 3, windowMs: 1_000 });
    for (const _ of [1, 2, 3]) {
      assert.equal(window.take(), 0);
      await clock.advance(100);
    }
    window.setMax(1);
    assert.equal(window.take(), 900);
    window.setMax(4);
    assert.equal(window.take(), 0);
  });

  test('lets waiting events through as the window moves on, and counts none that was aborted', async () => {
    const clock = createFakeClock();
    const window = createSlidingWindow({ clock, max: 1, windowMs: 1_000 });
    const abort = new AbortController();
    const passed: string[] = [];
    const pass = async (name: string, signal = new AbortController().signal): Promise<void> => {
      await takeWhenFree(window, clock, signal);
      passed.push(name);
    };
    await pass('first');
    const waiting = [pass('second'), assert.rejects(pass('aborted', abort.signal), /enough/)];
    abort.abort(new Error('enough'));
    await clock.advance(999);
    assert.deepEqual(passed, ['first']);
    await clock.advance(1);
    await Promise.all(waiting);
    assert.deepEqual(passed, ['first', 'second']);
    assert.equal(clock.pending(), 0);
  });

  test('counts no event of the future after the clock was set back', () => {
    let nowMs = 10_000;
    const window = createSlidingWindow({ clock: { now: () => nowMs, after: () => () => {} }, max: 1, windowMs: 1_000 });
    assert.equal(window.take(), 0);
    nowMs = 5_000;
    assert.equal(window.isEmpty(), true);
    assert.equal(window.take(), 0);
  });
});
