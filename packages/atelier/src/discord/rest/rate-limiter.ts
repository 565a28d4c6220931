import { sleep, type Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createPace, type Pace } from '../limits.ts';
import { readRateLimit, type HttpAnswer, type RestRequest, type Send } from './transport.ts';

/** Source: discord-api-docs, global rate limit. */
const GLOBAL_LIMIT = { max: 50, windowMs: 1_000 };

/** Sends within Discord's rate limits and an optional pace of the caller. Returns a 429 if the wait would be too long. */
export type SendLimited = (sent: RestRequest, bucket: string, pace?: Pace) => Promise<HttpAnswer>;

/**
 * After a 429, waits with the bucket (or with every bucket, if the limit is global) for as long as Discord says, and sends again. Gives up after `maxWaits`
 * waits, and at once if a call would wait longer than `maxWaitMs` in total.
 */
export function createRateLimiter(deps: {
  send: Send;
  maxWaits: number;
  maxWaitMs: number;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}): SendLimited {
  const { clock, log, signal } = deps;
  const backoff = createBackoff(clock);
  const globalPace = createPace({ clock, ...GLOBAL_LIMIT });

  return async (sent, bucket, pace) => {
    let waitedMs = 0;
    for (let waits = 1; ; waits += 1) {
      const leftMs = backoff.leftMs(bucket);
      if (waitedMs + leftMs > deps.maxWaitMs) return toBackoffAnswer(leftMs);
      waitedMs += leftMs;
      await backoff.wait(bucket, signal);
      await pace?.take(signal);
      await globalPace.take(signal);
      const answer = await deps.send(sent);
      if (answer.status !== 429) return answer;
      const { retryAfterMs, global } = readRateLimit(answer);
      backoff.start(global ? null : bucket, retryAfterMs);
      log.warn({ bucket, retryAfterMs, global, scope: answer.headers['x-ratelimit-scope'] }, 'Discord rate limit reached; waiting');
      if (waits > deps.maxWaits || waitedMs + retryAfterMs > deps.maxWaitMs) return answer;
    }
  };
}

/** The 429 that Discord would send now: asking again during a backoff only lengthens it. */
const toBackoffAnswer = (leftMs: number): HttpAnswer => ({ status: 429, headers: { 'retry-after': String(leftMs / 1_000) }, text: '' });

/** The waits that Discord's 429 answers asked for: of single buckets, or of everything (`null`). */
function createBackoff(clock: Clock) {
  const waits = new Map<string | null, { forMs: number; untilMs: number }>();

  const leftOf = (key: string | null): number => {
    const wait = waits.get(key);
    // Never longer than at its start, even if the system's clock is set back.
    return wait ? Math.min(Math.max(wait.untilMs - clock.now(), 0), wait.forMs) : 0;
  };

  return {
    start(bucket: string | null, forMs: number): void {
      if (forMs > leftOf(bucket)) waits.set(bucket, { forMs, untilMs: clock.now() + forMs });
    },
    /** Milliseconds until a request of this bucket may be sent; 0 if it may be sent now. */
    leftMs: (bucket: string): number => Math.max(leftOf(bucket), leftOf(null)),
    /** Resolves when the bucket may be used. Rejects when aborted. */
    async wait(bucket: string, signal: AbortSignal): Promise<void> {
      for (;;) {
        const key = [null, bucket].find((name) => leftOf(name) > 0);
        if (key === undefined) return;
        const wait = waits.get(key);
        await sleep(clock, leftOf(key), signal);
        if (waits.get(key) === wait) waits.delete(key);
      }
    },
  };
}
