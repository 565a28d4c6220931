import type { RecordAttempt } from '../core/store.ts';
import type { Attempt } from '../core/delivery.ts';

/** What an attempt makes of its delivery. */
export type Step = RecordAttempt['next'];

export interface RetrySchedule {
  /** 1 and one for each retry. */
  readonly maxAttempts: number;
  next(attempt: Pick<Attempt, 'number' | 'outcome' | 'status'> & { retryAfter: string | null }, nowMs: number): Step;
}

/** Seeds 000 and 001: after three failed retries the sending stops. The spacing is kie's (1, 5 and 15 minutes). */
export const DEFAULT_RETRY_DELAYS_MS: readonly number[] = [60_000, 300_000, 900_000];

/** Callbacks that failed together do not come back together: each delay is moved by up to a fifth, either way. */
const JITTER = 0.2;

/** The most that a receiver's `Retry-After` can put an attempt off. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Decides what follows an attempt: any 2xx ends it, 410 too (the receiver wants no more of these), anything else is tried again after the
 * next delay until none is left. `random` gives 0 to 1. A `Retry-After` only lengthens a delay, so 0, the past and nonsense change nothing.
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

/** The wait that a `Retry-After` asks for (RFC 9110, 10.2.3: seconds or an HTTP date), 0 to one hour; 0 when it makes no sense. */
export function retryAfterMs(header: string, nowMs: number): number {
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : /^[A-Z][a-z]{2},/.test(text) ? Date.parse(text) - nowMs : 0;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}
