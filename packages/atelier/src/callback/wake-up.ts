import { sleep, type Clock } from '@atelier/lib/clock';

/** A rest that can be ended from outside; a wake-up while nobody rests ends the next rest at once. */
export interface WakeUp {
  wake(): void;
  /** Resolves after `forMs`, when woken, or when `signal` aborts. */
  rest(forMs: number, signal: AbortSignal): Promise<void>;
}

export function createWakeUp(clock: Clock): WakeUp {
  let isWoken = false;
  let rouse = (): void => {};
  return {
    wake() {
      isWoken = true;
      rouse();
    },
    async rest(forMs, signal) {
      if (!isWoken && !signal.aborted) {
        const roused = new AbortController();
        rouse = () => roused.abort();
        await sleep(clock, forMs, AbortSignal.any([signal, roused.signal])).catch(() => {});
        rouse = () => {};
      }
      isWoken = false;
    },
  };
}
