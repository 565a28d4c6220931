import { isJsonObject, parseJson } from '@atelier/lib/json';
import type { HttpAnswer } from './exchange.ts';

/** What to do when a 429 does not say how long to wait. */
const UNSTATED_WAIT_MS = 1_000;

interface RateLimitAnswer {
  retryAfterMs: number;
  /** True: nothing of this session may be sent. False: only this route is held (scope `user` or `shared`). */
  global: boolean;
}

/**
 * Reads a 429. The wait is in seconds, in the header `Retry-After` and more exactly in the JSON `retry_after`; the longer counts.
 * Source: discord-api-docs, topics/rate-limits; discord-userdoccers, topics/rate-limits.
 */
export function toRateLimitAnswer(answer: HttpAnswer): RateLimitAnswer {
  const parsed = parseJson(answer.text ?? '');
  const body = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  const waitsMs = [Number(answer.headers['retry-after'] ?? NaN), Number(body['retry_after'] ?? NaN)]
    .filter((seconds) => Number.isFinite(seconds) && seconds >= 0)
    .map((seconds) => Math.ceil(seconds * 1_000));
  return {
    retryAfterMs: waitsMs.length > 0 ? Math.max(...waitsMs) : UNSTATED_WAIT_MS,
    global: answer.headers['x-ratelimit-global'] === 'true' || body['global'] === true,
  };
}
