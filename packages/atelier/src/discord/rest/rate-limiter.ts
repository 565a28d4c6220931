import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createPace, type Pace } from '../pace.ts';
import type { HttpAnswer } from './exchange.ts';
import { createHolds } from './holds.ts';
import { toRateLimitAnswer } from './rate-limit-answer.ts';
import type { Send, Sending } from './sending.ts';

/** Source: discord-api-docs, topics/rate-limits, "Global Rate Limit". */
const GLOBAL_PACE = { count: 50, perMs: 1_000 };

/** Sends under Discord's limits and, where there is one, a pace of our own. The answer is a 429 when the waiting took too long. */
export type SendLimited = (sending: Sending, bucket: string, pace?: Pace) => Promise<HttpAnswer>;

/**
 * After a 429 holds back the bucket, or everything when the limit is global, for as long as Discord says, and sends again. Gives
 * up after `maxWaits` of them, and at once when a call would be held back for more than `maxWaitMs` in all.
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
  const holds = createHolds(clock);
  const globalPace = createPace({ clock, ...GLOBAL_PACE });

  return async (sending, bucket, pace) => {
    let waitedMs = 0;
    for (let waits = 1; ; waits += 1) {
      const leftMs = holds.leftMs(bucket);
      if (waitedMs + leftMs > deps.maxWaitMs) return toHeldAnswer(leftMs);
      waitedMs += leftMs;
      await holds.wait(bucket, signal);
      await pace?.take(signal);
      await globalPace.take(signal);
      const answer = await deps.send(sending);
      if (answer.status !== 429) return answer;
      const { retryAfterMs, global } = toRateLimitAnswer(answer);
      holds.hold(global ? null : bucket, retryAfterMs);
      log.warn({ bucket, retryAfterMs, global, scope: answer.headers['x-ratelimit-scope'] }, 'Discord limits our rate');
      if (waits > deps.maxWaits || waitedMs + retryAfterMs > deps.maxWaitMs) return answer;
    }
  };
}

/** Stands for the 429 that Discord would send now: asking again while a bucket is held back only makes it worse. */
function toHeldAnswer(leftMs: number): HttpAnswer {
  return { status: 429, headers: { 'retry-after': String(leftMs / 1_000) }, text: '' };
}
