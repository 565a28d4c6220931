import { sleep, type Clock } from './clock.ts';

/** Counts events within a sliding window of time. */
export interface SlidingWindow {
  /**
   * Counts one event and returns 0 where the window has room for it and for `spare` more; otherwise counts nothing and returns the milliseconds until
   * it has.
   */
  take(spare?: number): number;
  /** Changes the maximum. Events that were counted stay counted. */
  setMax(max: number): void;
  /** True while no counted event lies within the window. */
  isEmpty(): boolean;
}

/** At most `max` events in any `windowMs` milliseconds. */
export function createSlidingWindow({ clock, windowMs, ...options }: { clock: Clock; max: number; windowMs: number }): SlidingWindow {
  let { max } = options;
  let takenAtMs: number[] = [];
  const forget = (nowMs: number): void => {
    // An event in the future was counted before the clock was set back: how long ago it happened cannot be known any more.
    takenAtMs = takenAtMs.filter((atMs) => atMs <= nowMs && nowMs - atMs < windowMs);
  };
  return {
    take(spare = 0) {
      const nowMs = clock.now();
      forget(nowMs);
      if (takenAtMs.length + spare < max) {
        takenAtMs.push(nowMs);
        return 0;
      }
      const oldestAtMs = takenAtMs[Math.min(takenAtMs.length + spare - max, takenAtMs.length - 1)] ?? nowMs;
      return Math.max(1, oldestAtMs + windowMs - nowMs);
    },
    setMax(next) {
      max = next;
    },
    isEmpty() {
      forget(clock.now());
      return takenAtMs.length === 0;
    },
  };
}

/** Waits until the window has room and counts one event. Rejects when `signal` aborts; then nothing is counted. */
export async function takeWhenFree(window: SlidingWindow, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let waitMs = window.take(); waitMs > 0; waitMs = window.take()) await sleep(clock, waitMs, signal);
}
