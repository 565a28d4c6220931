import { systemClock, type Clock } from '@atelier/lib/clock';

const TICK_MS = 2;

/**
 * A clock that moves by `speed` times two milliseconds at each tick, and a tick comes at most every two milliseconds. Between two ticks the process reads
 * its sockets, so a busy machine makes the clock slow and no answer late.
 */
export function createTickClock(speed: number): Clock {
  const timers = new Set<{ atMs: number; task: () => void }>();
  let nowMs = systemClock.now();
  let isTicking = false;

  const tick = (): void => {
    nowMs += TICK_MS * speed;
    const due = [...timers].filter(({ atMs }) => atMs <= nowMs).toSorted((a, b) => a.atMs - b.atMs);
    for (const timer of due) if (timers.delete(timer)) timer.task();
    isTicking = timers.size > 0;
    if (isTicking) systemClock.after(TICK_MS, tick);
  };

  return {
    now: () => nowMs,
    after(delayMs, task) {
      const timer = { atMs: nowMs + delayMs, task };
      timers.add(timer);
      if (!isTicking) systemClock.after(TICK_MS, tick);
      isTicking = true;
      return () => void timers.delete(timer);
    },
  };
}
