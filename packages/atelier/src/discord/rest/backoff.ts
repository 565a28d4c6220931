import { sleep, type Clock } from '@atelier/lib/clock';

/** Waits that Discord asked for with a 429: for one bucket, or for all requests of the session. */
export interface Backoff {
  /** Starts a wait for `bucket`, or for every request when it is null. A running wait is never shortened. */
  start(bucket: string | null, waitMs: number): void;
  /** Milliseconds until a request of this bucket may be sent; 0 when it may be sent now. */
  leftMs(bucket: string): number;
  /** Resolves when a request of this bucket may be sent. Rejects when aborted. */
  wait(bucket: string, signal: AbortSignal): Promise<void>;
}

interface RunningWait {
  readonly waitMs: number;
  readonly untilMs: number;
}

export function createBackoff(clock: Clock): Backoff {
  const waits = new Map<string | null, RunningWait>();

  const leftOf = (key: string | null): number => {
    const running = waits.get(key);
    // At most the wait that Discord asked for, even if the system's clock is set back.
    return running ? Math.min(Math.max(running.untilMs - clock.now(), 0), running.waitMs) : 0;
  };

  return {
    start(bucket, waitMs) {
      if (waitMs > leftOf(bucket)) waits.set(bucket, { waitMs, untilMs: clock.now() + waitMs });
    },
    leftMs: (bucket) => Math.max(leftOf(bucket), leftOf(null)),
    async wait(bucket, signal) {
      for (;;) {
        const key = [null, bucket].find((name) => leftOf(name) > 0);
        if (key === undefined) return;
        const running = waits.get(key);
        await sleep(clock, leftOf(key), signal);
        if (waits.get(key) === running) waits.delete(key);
      }
    },
  };
}
