import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from './clock.ts';
import { createSlidingWindow } from './sliding-window.ts';

describe('sliding window', () => {
  test('takes so many in any window, and says when the next is possible', async () => {
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

  test('keeps places free for others', async () => {
    const clock = createFakeClock();
    const window = createSlidingWindow({ clock, max: 3, windowMs: 1_000 });
    assert.equal(window.take(1), 0);
    await clock.advance(100);
    assert.equal(window.take(1), 0);
    assert.equal(window.take(1), 900);
    assert.equal(window.take(), 0);
  });

  test('is not fooled by a clock that is set back', () => {
    let nowMs = 10_000;
    const window = createSlidingWindow({ clock: { now: () => nowMs, after: () => () => {} }, max: 1, windowMs: 1_000 });
    assert.equal(window.take(), 0);
    nowMs = 5_000;
    assert.equal(window.isEmpty(), true);
    assert.equal(window.take(), 0);
  });
});
