import { sleep, type Clock } from '@atelier/lib/clock';

/** At most so many of something in any stretch of so many milliseconds. */
export interface Pace {
  /** True, and counted, when more than `spare` are left right now. */
  tryTake(spare?: number): boolean;
  /** Resolves, counted, as soon as one is left. Rejects when aborted. */
  take(signal: AbortSignal): Promise<void>;
}

export function createPace(deps: { clock: Clock; count: number; perMs: number }): Pace {
  const { clock, count, perMs } = deps;
  let takenAtMs: number[] = [];

  const tryTake = (spare = 0): boolean => {
    const nowMs = clock.now();
    // An instant in the future was taken before the clock was set back: it cannot be judged any more.
    takenAtMs = takenAtMs.filter((atMs) => atMs <= nowMs && nowMs - atMs < perMs);
    if (takenAtMs.length + spare >= count) return false;
    takenAtMs.push(nowMs);
    return true;
  };

  return {
    tryTake,
    async take(signal) {
      while (!tryTake()) {
        const oldestAtMs = takenAtMs[0] ?? clock.now();
        await sleep(clock, oldestAtMs + perMs - clock.now(), signal);
      }
    },
  };
}
