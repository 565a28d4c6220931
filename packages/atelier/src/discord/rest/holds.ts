import { sleep, type Clock } from '@atelier/lib/clock';

/** What must not be sent for now because Discord answered 429: one bucket, or everything. */
interface Holds {
  /** Holds `bucket` back for `forMs`, or every request when it is `null`. */
  hold(bucket: string | null, forMs: number): void;
  /** Milliseconds until a request of this bucket may be sent; 0 when it may be sent now. */
  leftMs(bucket: string): number;
  /** Resolves when nothing holds the bucket back any more. Rejects when aborted. */
  wait(bucket: string, signal: AbortSignal): Promise<void>;
}

interface Hold {
  readonly forMs: number;
  readonly untilMs: number;
}

export function createHolds(clock: Clock): Holds {
  const holds = new Map<string | null, Hold>();

  const leftOf = (key: string | null): number => {
    const hold = holds.get(key);
    // Never longer than it was at the beginning, whatever happens to the system's clock.
    return hold ? Math.min(Math.max(hold.untilMs - clock.now(), 0), hold.forMs) : 0;
  };

  return {
    hold(bucket, forMs) {
      if (forMs > leftOf(bucket)) holds.set(bucket, { forMs, untilMs: clock.now() + forMs });
    },
    leftMs: (bucket) => Math.max(leftOf(bucket), leftOf(null)),
    async wait(bucket, signal) {
      for (;;) {
        const key = [null, bucket].find((name) => leftOf(name) > 0);
        if (key === undefined) return;
        const hold = holds.get(key);
        await sleep(clock, leftOf(key), signal);
        if (holds.get(key) === hold) holds.delete(key);
      }
    },
  };
}
