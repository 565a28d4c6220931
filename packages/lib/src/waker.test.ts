import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { createFakeClock } from './clock.ts';
import { createWaker } from './waker.ts';

describe('waker', () => {
  test('ends a wait at once when woken, and leaves no timer', async () => {
    const clock = createFakeClock();
    const waker = createWaker(clock);
    const wait = waker.wait(60_000);
    waker.wake();
    assert.equal(await wait, 'woken');
    assert.equal(clock.pending(), 0);
  });

  test('remembers one wake while no loop waits', async () => {
    const clock = createFakeClock();
    const waker = createWaker(clock);
    waker.wake();
    waker.wake();
    assert.equal(await waker.wait(60_000), 'woken');
    const second = waker.wait(1_000);
    await clock.advance(1_000);
    assert.equal(await second, 'elapsed');
  });

  test('waits without a limit until it is woken or aborted', async () => {
    const clock = createFakeClock();
    const waker = createWaker(clock);
    const stop = new AbortController();
    const wait = waker.wait(Infinity, stop.signal);
    await clock.advance(86_400_000);
    stop.abort();
    assert.equal(await wait, 'aborted');
    assert.equal(await waker.wait(Infinity, stop.signal), 'aborted');
  });

  test('a wait that has ended leaves no listener on the signal', async () => {
    const clock = createFakeClock();
    const waker = createWaker(clock);
    const stop = new AbortController();
    for (let turn = 0; turn < 3; turn += 1) {
      const wait = waker.wait(1_000, stop.signal);
      await clock.advance(1_000);
      assert.equal(await wait, 'elapsed');
    }
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
  });

  test('a wake that comes with the abort is not lost', async () => {
    const waker = createWaker(createFakeClock());
    const stop = new AbortController();
    stop.abort();
    waker.wake();
    assert.equal(await waker.wait(1_000, stop.signal), 'woken');
  });

  test('leaves no listener on a signal that outlives the wait', async () => {
    const waker = createWaker(createFakeClock());
    const { signal } = new AbortController();
    waker.wake();
    await waker.wait(1_000, signal);
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });
});
