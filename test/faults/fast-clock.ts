import { systemClock, type Clock } from '@atelier/lib/clock';

const TICK_MS = 5;
const LONGEST_STEP_MS = 4 * TICK_MS;

/**
 * A clock that runs `speed` times as fast as the system's, for tests with many waits. It stops while the machine does not run this
 * process, so that a busy machine does not look like a dead connection.
 */
export function createFastClock(speed: number): Clock {
  const timers = new Set<{ atMs: number; task: () => void }>();
  let nowMs = systemClock.now();
  let sampledMs = performance.now();
  let ticking = false;

  const sample = (): number => {
    const realMs = performance.now();
    nowMs += Math.min(realMs - sampledMs, LONGEST_STEP_MS) * speed;
    sampledMs = realMs;
    return nowMs;
  };
  const tick = (): void => {
    sample();
    const due = [...timers].filter(({ atMs }) => atMs <= nowMs).toSorted((a, b) => a.atMs - b.atMs);
    for (const timer of due) if (timers.delete(timer)) timer.task();
    ticking = timers.size > 0;
    if (ticking) systemClock.after(TICK_MS, tick);
  };

  return {
    now: () => Math.round(sample()),
    after(delayMs, task) {
      const timer = { atMs: sample() + delayMs, task };
      timers.add(timer);
      if (!ticking) systemClock.after(TICK_MS, tick);
      ticking = true;
      return () => void timers.delete(timer);
    },
  };
}
