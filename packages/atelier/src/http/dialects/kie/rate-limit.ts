import { JobError } from '../../../core/errors.ts';
import type { Clock } from '@atelier/lib/clock';

export interface RateLimit {
  /** New tasks per key in any window of this length. */
  max: number;
  windowMs: number;
}

/**
 * Counts new tasks by key over a sliding window. The vendor takes 20 in 10 s and refuses the rest without queueing them; here
 * tasks queue, so there is no limit unless the operator sets one. Throws `rate-limited` with `retryAfterSeconds`.
 * Source: kie, "rate limits".
 */
export function createRateLimiter(deps: { clock: Clock; limit: RateLimit | null }): (keyId: string) => void {
  const { clock, limit } = deps;
  if (limit === null) return () => {};
  const acceptedAtMs = new Map<string, number[]>();
  return (keyId) => {
    const nowMs = clock.now();
    const recent = (acceptedAtMs.get(keyId) ?? []).filter((atMs) => atMs > nowMs - limit.windowMs);
    acceptedAtMs.set(keyId, recent);
    const [oldestMs] = recent;
    if (oldestMs !== undefined && recent.length >= limit.max) {
      const message = `At most ${limit.max} new tasks in ${limit.windowMs / 1_000} s; please try again later`;
      throw new JobError('rate-limited', message, { facts: { retryAfterSeconds: Math.ceil((oldestMs + limit.windowMs - nowMs) / 1_000) } });
    }
    recent.push(nowMs);
  };
}
