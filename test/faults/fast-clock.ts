import { systemClock, type Clock } from '@atelier/lib/clock';

const TICK_MS = 5;
const LONGEST_STEP_MS = 4 * TICK_MS;
/** A tick that comes later than this shows a busy machine: then nobody is idle. */
const LATE_TICK_MS = 2.5 * TICK_MS;
/** Ticks without much work until the clock runs at its full idle speed. */
const RAMP_TICKS = 8;
/** Share of a tick without any work from which on the process counts as idle. */
const IDLE_SHARE = 0.6;

/**
 * A clock that runs `speed` times as fast as the system's, for tests with many waits. It stops while the machine does not run this
 * process, so that a busy machine does not look like a dead connection. While the process has little to do but wait for its timers, it runs up
 * to `idleSpeed` times as fast. `isBusy` tells of work in other threads.
 */
export function createFastClock(speed: number, idleSpeed = speed, isBusy = (): boolean => false): Clock {
  const timers = new Set<{ atMs: number; task: () => void }>();
  let nowMs = systemClock.now();
  let sampledMs = performance.now();
  let ticking = false;
  let idleTicks = 0;
  let utilization = performance.eventLoopUtilization();

  const sample = (): number => {
    const realMs = performance.now();
    nowMs += Math.min(realMs - sampledMs, LONGEST_STEP_MS) * speed;
    sampledMs = realMs;
    return nowMs;
  };
  /** Moves on by up to `idleSpeed`, the more the less the process had to do. */
  const skipIdleTime = (): void => {
    const current = performance.eventLoopUtilization();
    const { idle, active } = performance.eventLoopUtilization(current, utilization);
    utilization = current;
    const idleShare = idle / (idle + active);
    const isIdle = !isBusy() && idleShare > IDLE_SHARE && idle + active < LATE_TICK_MS;
    idleTicks = isIdle ? Math.min(idleTicks + 1, RAMP_TICKS) : Math.max(idleTicks - 2, 0);
    // Timers that fall due within one step run together, as in a tick at the usual speed.
    if (isIdle && idleSpeed > speed) nowMs += TICK_MS * idleSpeed * (idleTicks / RAMP_TICKS);
  };
  const tick = (): void => {
    sample();
    skipIdleTime();
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
