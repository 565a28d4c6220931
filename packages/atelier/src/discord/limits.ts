import { sleep, type Clock } from '@atelier/lib/clock';
import { createSlidingWindow } from '@atelier/lib/sliding-window';

/** Time-outs, retries and pace of a session. */
export interface SessionLimits {
  /** One attempt at a REST call, from connecting to the last byte of the answer. */
  requestTimeoutMs: number;
  /** One attempt at sending the bytes of a file. */
  uploadTimeoutMs: number;
  /** Waits of one call after 429 answers before it gives up. */
  maxRateLimitWaits: number;
  /** Longest total wait of one call for rate limits before it gives up. */
  maxRateLimitWaitMs: number;
  /** Repeats of a repeatable call after a 5xx or a lost connection. */
  maxRetries: number;
  /** Between two interactions. Discord publishes no number; 350 ms is the `ApiInterval` of `midjourney` (npm). */
  interactionIntervalMs: number;
  /** Wait before the next gateway connection: doubles with each failure from `firstMs` up to `longestMs`. */
  reconnectBackoff: { firstMs: number; longestMs: number };
  /** Between two Identifies of one user. Source: discord-userdoccers, session limits, 1 in 5 s. */
  identifyIntervalMs: number;
  /** After an Invalid Session (op 9 false), at random. Source: discord-api-docs, invalid session, 1 to 5 s. */
  invalidSessionWaitMs: { least: number; most: number };
}

/** Suits one account on discord.com. */
export const DEFAULT_LIMITS: Readonly<SessionLimits> = {
  requestTimeoutMs: 15_000,
  uploadTimeoutMs: 60_000,
  maxRateLimitWaits: 3,
  maxRateLimitWaitMs: 30_000,
  maxRetries: 2,
  interactionIntervalMs: 350,
  reconnectBackoff: { firstMs: 1_000, longestMs: 60_000 },
  identifyIntervalMs: 5_000,
  invalidSessionWaitMs: { least: 1_000, most: 5_000 },
};

/** At most so many events in any window of time. */
export interface Pace {
  /** True, and counted, if there is room for this event and `spare` more. */
  tryTake(spare?: number): boolean;
  /** Resolves, counted, as soon as there is room. Rejects when aborted. */
  take(signal: AbortSignal): Promise<void>;
}

export function createPace({ clock, ...limit }: { clock: Clock; max: number; windowMs: number }): Pace {
  const window = createSlidingWindow({ clock, ...limit });
  return {
    tryTake: (spare) => window.take(spare) === 0,
    async take(signal) {
      for (let waitMs = window.take(); waitMs > 0; waitMs = window.take()) await sleep(clock, waitMs, signal);
    },
  };
}

/**
 * Milliseconds to wait after `failures` failures: doubled each time from `firstMs` up to `longestMs`, then a random share between half and all of it, so that
 * clients that lost the same server do not reconnect at once.
 */
export function toBackoffMs(failures: number, range: { firstMs: number; longestMs: number }, random: () => number): number {
  const fullMs = Math.min(range.firstMs * 2 ** failures, range.longestMs);
  return fullMs * (0.5 + random() / 2);
}
