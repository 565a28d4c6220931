import { sleep, type Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { DeliveryStore } from '../core/store.ts';
import type { Attempt, Delivery } from '../core/delivery.ts';
import type { DeliverResult } from './deliver.ts';
import type { RetrySchedule } from './retry.ts';

export interface RecorderDeps {
  store: Pick<DeliveryStore, 'recordAttempt'>;
  retry: RetrySchedule;
  clock: Clock;
  log: Log;
  /** Told after an attempt is on record. */
  onAttempt?(attempt: Attempt, delivery: Delivery): void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Writes attempts down with what follows from them, as often as it takes until the store has it: an attempt that was made and is not on
 * record would be made again. Only `signal` ends the trying. One log line for each attempt.
 */
export function createRecorder(deps: RecorderDeps): (delivery: Delivery, result: DeliverResult, signal: AbortSignal) => Promise<void> {
  const { store, retry, clock, log } = deps;
  return async (delivery, { retryAfter, ...result }, signal) => {
    const attempt: Attempt = { deliveryId: delivery.id, number: delivery.attemptCount + 1, ...result };
    const nowMs = clock.now();
    const next = retry.next({ ...attempt, retryAfter }, nowMs);
    const isRecorded = await untilDone(() => store.recordAttempt({ attempt, nowMs, next }), signal);
    // The path and the query of a URL may hold the receiver's secrets: the origin has to do.
    const { deliveryId, responseBody: _body, ...facts } = attempt;
    const line = {
      deliveryId,
      jobId: delivery.jobId,
      dialect: delivery.dialect,
      origin: delivery.origin,
      ...facts,
      of: retry.maxAttempts,
      next,
    };
    if (isRecorded) {
      log[attempt.outcome === 'delivered' ? 'info' : 'warn'](line, 'callback attempt');
      deps.onAttempt?.(attempt, delivery);
    } else {
      log.warn(line, 'callback attempt not recorded: a later one was');
    }
  };

  async function untilDone(write: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        return await write();
      } catch (error) {
        log.warn({ err: error, pauseMs }, 'callback attempt could not be recorded yet');
        await sleep(clock, pauseMs, signal);
      }
    }
  }
}
