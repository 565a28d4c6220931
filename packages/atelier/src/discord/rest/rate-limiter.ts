import { type Clock, sleep } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createSlidingWindow, type SlidingWindow, takeWhenFree } from '@atelier/lib/sliding-window';
import { toRateLimit } from './answer.ts';
import type { HttpAnswer, RestRequest, Send } from './send.ts';

/** Requests of one session. Source: discord-api-docs, global rate limit. */
const GLOBAL_LIMIT = { max: 50, windowMs: 1_000 };

/** Sends within Discord's rate limits and within `ownLimit`, where the call has one. Returns a 429 when the waits took too long. */
export type SendLimited = (request: RestRequest, bucket: string, ownLimit?: SlidingWindow) => Promise<HttpAnswer>;

/**
 * After a 429, waits as long as Discord says before it sends to the same bucket, or to any bucket when the limit is global. Gives up after `maxWaits` waits,
 * and without a wait when one call would wait for more than `maxWaitMs` in total, or when Cloudflare blocks the address and names no time.
 */
export function createRateLimiter(deps: {
  send: Send;
  maxWaits: number;
  maxWaitMs: number;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}): SendLimited {
  const { clock, log } = deps;
  const backoff = createBackoff(clock);
  const globalLimit = createSlidingWindow({ clock, ...GLOBAL_LIMIT });

  return async (request, bucket, ownLimit) => {
    const signal = request.unlessSent ? AbortSignal.any([deps.signal, request.unlessSent]) : deps.signal;
    let waitedMs = 0;
    for (let waits = 1; ; waits += 1) {
      const leftMs = backoff.leftMs(bucket);
      if (waitedMs + leftMs > deps.maxWaitMs) return toBackoffAnswer(leftMs);
      waitedMs += leftMs;
      await backoff.wait(bucket, signal);
      if (ownLimit) await takeWhenFree(ownLimit, clock, signal);
      await takeWhenFree(globalLimit, clock, signal);
      const answer = await deps.send(request);
      if (answer.status !== 429) return answer;
      const { retryAfterMs, global } = toRateLimit(answer);
      if (retryAfterMs !== null) backoff.start(global ? null : bucket, retryAfterMs);
      log.warn({ bucket, retryAfterMs, global, scope: answer.headers['x-ratelimit-scope'] }, 'rate limited by Discord');
      if (retryAfterMs === null || waits > deps.maxWaits || waitedMs + retryAfterMs > deps.maxWaitMs) return answer;
    }
  };
}

/** The 429 that Discord would answer now. A request during a backoff would only lengthen it. */
function toBackoffAnswer(leftMs: number): HttpAnswer {
  return { status: 429, headers: { 'retry-after': String(leftMs / 1_000) }, text: '' };
}

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
