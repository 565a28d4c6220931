import { sleep, type Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { toBackoffMs } from '../backoff.ts';
import type { Exchange } from './exchange.ts';
import type { Send } from './sending.ts';

const BACKOFF = { firstMs: 500, longestMs: 8_000 };

/**
 * Sends again after a 5xx or when no answer came, but only what is repeatable: anything else may have arrived, and its caller has
 * to find out.
 */
export function createRetry(deps: {
  exchange: Exchange;
  maxRetries: number;
  clock: Clock;
  random: () => number;
  log: Log;
  signal: AbortSignal;
}): Send {
  const { clock, log, signal } = deps;
  return async ({ request, path, repeatable }) => {
    for (let failures = 0; ; failures += 1) {
      const mayRepeat = repeatable && failures < deps.maxRetries && !signal.aborted;
      try {
        const answer = await deps.exchange(request);
        if (answer.status < 500 || !mayRepeat) return answer;
        log.warn({ method: request.method, path, status: answer.status }, 'Discord failed, trying again');
      } catch (error) {
        if (!mayRepeat) throw error;
        log.warn({ method: request.method, path, err: error }, 'Discord gave no answer, trying again');
      }
      await sleep(clock, toBackoffMs(failures, BACKOFF, deps.random), signal);
    }
  };
}
