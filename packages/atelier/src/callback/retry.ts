import type { RecordAttempt } from '../core/store.ts';
import type { Attempt } from '../core/delivery.ts';

/** State of a delivery after an attempt. */
export type NextState = RecordAttempt['next'];

export interface RetrySchedule {
  /** The first attempt and all retries. */
  readonly maxAttempts: number;
  next(attempt: Pick<Attempt, 'number' | 'outcome' | 'status'> & { retryAfter: string | null }, nowMs: number): NextState;
}

/** No attempt follows three failed retries, which come after 1, 5 and 15 minutes. Source: kie, callback delivery. */
export const DEFAULT_RETRY_DELAYS_MS: readonly number[] = [60_000, 300_000, 900_000];

/** Each delay varies by up to a fifth, so that callbacks that failed together are not retried together. */
const JITTER = 0.2;

/** Longest delay that a `Retry-After` can ask for. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Decides the state of a delivery after an attempt. A 2xx delivers it, a 410 stops it, and anything else is retried after the next delay until no delay is
 * left. `random` returns 0 to 1. A `Retry-After` only lengthens a delay, so 0, a past date and malformed values change nothing.
 */
export function createRetrySchedule(options: { delaysMs: readonly number[]; random: () => number }): RetrySchedule {
  return {
    maxAttempts: options.delaysMs.length + 1,
    next(attempt, nowMs) {
      if (attempt.outcome === 'delivered') return { state: 'delivered' };
      if (attempt.status === 410) return { state: 'stopped' };
      const delayMs = options.delaysMs[attempt.number - 1];
      if (delayMs === undefined) return { state: 'exhausted' };
      const jittered = delayMs * (1 - JITTER + 2 * JITTER * options.random());
      const askedMs = attempt.retryAfter === null ? 0 : retryAfterMs(attempt.retryAfter, nowMs);
      return { state: 'pending', dueAtMs: nowMs + Math.round(Math.max(jittered, askedMs)) };
    },
  };
}

/** The wait that a `Retry-After` asks for (RFC 9110, 10.2.3: seconds or an HTTP date), 0 to one hour; 0 for a malformed value. */
export function retryAfterMs(header: string, nowMs: number): number {
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : /^[A-Z][a-z]{2},/.test(text) ? Date.parse(text) - nowMs : 0;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}
