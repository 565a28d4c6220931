import { type Clock, sleep } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { Deliver, DeliverResult } from './deliver.ts';
import type { SignDelivery } from './sign.ts';
import type { Attempt, Delivery } from '../core/delivery.ts';
import type { DeliveryStore, RecordAttempt } from '../core/store.ts';

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
 * Records an attempt and the next state of its delivery, and logs one line. Repeats the write until the store accepts it or `signal` aborts: an attempt without a
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

/** State of a delivery after an attempt. */
export type NextState = RecordAttempt['next'];

export interface RetrySchedule {
  /** The first attempt and all retries. */
  readonly maxAttempts: number;
  next(attempt: Pick<Attempt, 'number' | 'outcome' | 'status'> & { retryAfter: string | null }, nowMs: number): NextState;
}

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
