import { systemClock, type Clock } from '../../src/lib/clock.ts';

/** A clock that runs `speed` times as fast as the system's: waits of seconds, kept in proportion, for tests that go through many. */
export function createFastClock(speed: number): Clock {
  const startMs = systemClock.now();
  return {
    now: () => startMs + Math.round((systemClock.now() - startMs) * speed),
    after: (delayMs, task) => systemClock.after(delayMs / speed, task),
  };
}
