import { sleep, type Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { Attempt, Delivery } from '../core/delivery.ts';
import type { DeliveryStore } from '../core/store.ts';
import type { Deliver, DeliverResult } from './deliver.ts';
import type { RetrySchedule } from './retry.ts';
import type { SignDelivery } from './sign.ts';

export interface AttemptDeps {
  store: Pick<DeliveryStore, 'recordAttempt' | 'releaseDeliveries'>;
  deliver: Deliver;
  sign: SignDelivery;
  retry: RetrySchedule;
  clock: Clock;
  log: Log;
  /** Called when the receiver has answered or will not: its origin can take the next delivery while this attempt is recorded. */
  onExchanged(delivery: Delivery): void;
  /** Called when the attempt is over, after any outcome. */
  onFinished(delivery: Delivery): void;
  /** Called after an attempt was recorded. */
  onAttempt?(attempt: Attempt, delivery: Delivery): void;
}

/** Attempts in flight. */
export interface Attempts {
  start(delivery: Delivery): void;
  /** Returns leased deliveries to the store without an attempt; `onReleased` is called afterwards. */
  release(deliveryIds: readonly string[], onReleased?: () => void): void;
  /** Waits `drainMs` for running attempts, aborts the others and returns their deliveries to the store. */
  finish(drainMs: number): Promise<void>;
}

export function createAttempts(deps: AttemptDeps): Attempts {
  const { store, clock, log } = deps;
  const abort = new AbortController();
  const running = new Set<Promise<void>>();
  /** Deliveries of aborted attempts: it is unknown whether their receivers got them. */
  const abortedIds: string[] = [];

  const track = (work: Promise<void>): void => {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
  };

  async function attempt(delivery: Delivery): Promise<void> {
    try {
      const headers = deps.sign(delivery, clock.now());
      const result = await deps.deliver({ url: delivery.url, body: delivery.body, headers }, abort.signal);
      deps.onExchanged(delivery);
      if (result) await recordAttempt(deps, { delivery, result }, abort.signal);
      else abortedIds.push(delivery.id);
    } catch (error) {
      log.error({ err: error, deliveryId: delivery.id }, 'callback attempt was not recorded; it is repeated after its lease ends');
    } finally {
      deps.onFinished(delivery);
    }
  }

  async function release(deliveryIds: readonly string[]): Promise<void> {
    try {
      await store.releaseDeliveries(deliveryIds);
    } catch (error) {
      log.warn({ err: error, deliveries: deliveryIds.length }, 'leases of deliveries could not be released; they end by themselves');
    }
  }

  return {
    start: (delivery) => track(attempt(delivery)),
    release: (deliveryIds, onReleased) => track(release(deliveryIds).then(onReleased)),
    async finish(drainMs) {
      const cancel = clock.after(drainMs, () => abort.abort(new Error('the server is stopping')));
      while (running.size > 0) await Promise.all(running);
      cancel();
      if (abortedIds.length > 0) await release(abortedIds);
    },
  };
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/**
 * Records an attempt and what follows from it, and logs one line. Repeats the write until the store accepts it or `signal` aborts: an attempt without a
 * record would be made again.
 */
async function recordAttempt(
  deps: AttemptDeps,
  { delivery, result: { retryAfter, ...result } }: { delivery: Delivery; result: DeliverResult },
  signal: AbortSignal,
): Promise<void> {
  const attempt: Attempt = { deliveryId: delivery.id, number: delivery.attemptCount + 1, ...result };
  const nowMs = deps.clock.now();
  const next = deps.retry.next({ ...attempt, retryAfter }, nowMs);
  const isRecorded = await repeatWrite(deps, () => deps.store.recordAttempt({ attempt, nowMs, next }), signal);
  const line = { ...toLogFields(delivery, attempt), maxAttempts: deps.retry.maxAttempts, next };
  if (isRecorded) {
    deps.log[attempt.outcome === 'delivered' ? 'info' : 'warn'](line, 'callback attempt');
    deps.onAttempt?.(attempt, delivery);
  } else {
    deps.log.warn(line, 'callback attempt not recorded: a later attempt was recorded already');
  }
}

/** The origin stands for the URL: path and query may hold secrets of the receiver. */
function toLogFields({ jobId, dialect, origin }: Delivery, attempt: Attempt) {
  const { responseBody: _body, ...facts } = attempt;
  return { jobId, dialect, origin, ...facts };
}

async function repeatWrite({ clock, log }: AttemptDeps, write: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    try {
      return await write();
    } catch (error) {
      log.warn({ err: error, pauseMs }, 'callback attempt could not be recorded; trying again');
      await sleep(clock, pauseMs, signal);
    }
  }
}
