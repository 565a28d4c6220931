import { sleep } from '@atelier/lib/clock';
import { createWaker } from '@atelier/lib/waker';
import type { Delivery } from '../core/delivery.ts';
import type { DeliveryStore } from '../core/store.ts';
import { createAttempts, type AttemptDeps } from './attempt.ts';
import {
  addLeased,
  createOriginLimiter,
  finishAttempt,
  finishExchange,
  freePlaces,
  fullOrigins,
  isFull,
  removeLeased,
  startNext,
  type AttemptLimits,
  type OriginLimiter,
} from './limits.ts';

export interface DispatcherDeps extends Omit<AttemptDeps, 'onExchanged' | 'onFinished'> {
  store: AttemptDeps['store'] & Pick<DeliveryStore, 'claimDeliveries' | 'nextDeliveryDueAtMs'>;
  /** `drainMs`: time for running attempts after the stop signal. */
  limits?: Partial<AttemptLimits & { drainMs: number }>;
}

export interface Dispatcher {
  /** Sends due deliveries until `signal` aborts. Resolves when no attempt runs and no lease is left. To be called once. */
  run(signal: AbortSignal): Promise<void>;
  /** Claims again now: a delivery has fallen due. */
  wake(): void;
  /** Suppresses the callbacks of a job until the returned function is called. Calling it again does nothing. A job may be suppressed several times. */
  suppress(jobId: string): () => void;
}

const DEFAULT_LIMITS = { maxPerOrigin: 8, maxRecent: 256, maxInFlight: 1_024, drainMs: 10_000 };

const LEASE_MS = 20_000;
/** A delivery that waits longer is released: the rest of its lease would not cover the 15 s of an attempt. */
const MAX_WAIT_MS = 4_000;
const MAX_CLAIM = 64;
const POLL_MS = 1_000;

/** Decides which leased delivery is sent next. `applyEvent` alone changes it. */
interface DispatchState {
  readonly limiter: OriginLimiter;
  /** Number of running suppressions, by job id. Callbacks of these jobs wait. */
  readonly suppressed: Map<string, number>;
  isStopping: boolean;
  /** The limits over all origins have prevented the last claim. */
  isAtLimit: boolean;
}

export type DispatchEvent =
  /** The dispatcher is about to claim. */
  | { type: 'claim-due' }
  | { type: 'deliveries-claimed'; deliveries: readonly Delivery[]; claimedAtMs: number }
  /** The receiver has answered or will not. The attempt is not recorded yet. */
  | { type: 'receiver-answered'; delivery: Delivery }
  | { type: 'attempt-ended'; delivery: Delivery }
  | { type: 'job-suppressed' | 'job-resumed'; jobId: string }
  | { type: 'stop-requested' };

/** The work that follows from an event. */
interface DispatchEffects {
  /** Attempts to start. */
  readonly start: readonly Delivery[];
  /** Leases to return to the store without an attempt. */
  readonly release: readonly Delivery[];
  /** True if more may be due in the store: claim again now. */
  readonly wake: boolean;
}

export const createDispatchState = (limits: AttemptLimits): DispatchState => ({
  limiter: createOriginLimiter(limits),
  suppressed: new Map(),
  isStopping: false,
  isAtLimit: false,
});

/** Applies one event to the state, and then starts every attempt that may run. */
export function applyEvent(state: DispatchState, event: DispatchEvent, nowMs: number): DispatchEffects {
  const { limiter } = state;
  const origin = 'delivery' in event ? event.delivery.origin : null;
  const wasFull = origin !== null && isFull(limiter, origin);
  const removed: Delivery[] = [];
  if (event.type === 'claim-due') removed.push(...removeLeased(limiter, nowMs - MAX_WAIT_MS));
  if (event.type === 'deliveries-claimed') for (const delivery of event.deliveries) addLeased(limiter, delivery, event.claimedAtMs);
  if (event.type === 'receiver-answered') finishExchange(limiter, event.delivery);
  if (event.type === 'attempt-ended') finishAttempt(limiter, event.delivery);
  if (event.type === 'job-suppressed') countSuppression(state, event.jobId, 1);
  if (event.type === 'job-resumed') countSuppression(state, event.jobId, -1);
  if (event.type === 'stop-requested') {
    state.isStopping = true;
    removed.push(...removeLeased(limiter, Infinity));
  }
  const { start, release } = startReady(state, nowMs);
  const hasFreedOrigin = origin !== null && wasFull && !isFull(limiter, origin);
  const wake = hasFreedOrigin || event.type === 'job-resumed' || (event.type === 'attempt-ended' && state.isAtLimit);
  if (event.type === 'claim-due') state.isAtLimit = freePlaces(limiter, nowMs) <= 0;
  return { start, release: [...removed, ...release], wake };
}

function countSuppression({ suppressed }: DispatchState, jobId: string, change: 1 | -1): void {
  const count = (suppressed.get(jobId) ?? 0) + change;
  if (count > 0) suppressed.set(jobId, count);
  else suppressed.delete(jobId);
}

/** Starts all deliveries that may run. A delivery of a job that was suppressed after the claim is released. */
function startReady({ limiter, suppressed, isStopping }: DispatchState, nowMs: number): { start: Delivery[]; release: Delivery[] } {
  const start: Delivery[] = [];
  const release: Delivery[] = [];
  for (let delivery = isStopping ? undefined : startNext(limiter, nowMs); delivery; delivery = startNext(limiter, nowMs)) {
    if (suppressed.has(delivery.jobId)) {
      finishAttempt(limiter, delivery);
      release.push(delivery);
    } else {
      start.push(delivery);
    }
  }
  return { start, release };
}

/**
 * Claims due deliveries under a lease, sends them within the limits of each origin, and records every attempt. A claim leaves out origins without a free
 * place, so that their deliveries never hide deliveries to others.
 */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { clock, log, store } = deps;
  const { drainMs, ...limits } = { ...DEFAULT_LIMITS, ...deps.limits };
  const waker = createWaker(clock);
  const attempts = createAttempts({
    ...deps,
    onExchanged: (delivery) => handle({ type: 'receiver-answered', delivery }),
    onFinished: (delivery) => handle({ type: 'attempt-ended', delivery }),
  });
  const state = createDispatchState(limits);

  function handle(event: DispatchEvent): void {
    const { start, release, wake } = applyEvent(state, event, clock.now());
    const releaseIds = release.map(({ id }) => id);
    if (releaseIds.length > 0) attempts.release(releaseIds, waker.wake);
    for (const delivery of start) attempts.start(delivery);
    if (wake) waker.wake();
  }

  /** Claims once. True if more deliveries may be due. */
  async function claim(nowMs: number): Promise<boolean> {
    handle({ type: 'claim-due' });
    const limit = state.isAtLimit ? 0 : Math.min(freePlaces(state.limiter, nowMs), MAX_CLAIM);
    if (limit <= 0) return false;
    const exceptOrigins = fullOrigins(state.limiter);
    const exceptJobIds = [...state.suppressed.keys()];
    const deliveries = await store.claimDeliveries({ nowMs, leaseUntilMs: nowMs + LEASE_MS, limit, exceptOrigins, exceptJobIds });
    handle({ type: 'deliveries-claimed', deliveries, claimedAtMs: nowMs });
    return deliveries.length === limit;
  }

  return {
    wake: waker.wake,
    suppress: (jobId) => {
      handle({ type: 'job-suppressed', jobId });
      let resume = (): void => handle({ type: 'job-resumed', jobId });
      return () => {
        resume();
        resume = () => {};
      };
    },
    async run(signal) {
      signal.addEventListener('abort', () => handle({ type: 'stop-requested' }), { once: true });
      while (!signal.aborted) {
        try {
          const nowMs = clock.now();
          if (!(await claim(nowMs))) await waker.wait(await untilNextDueMs(deps, nowMs), signal);
        } catch (error) {
          log.error({ err: error }, 'due deliveries could not be claimed; trying again');
          await sleep(clock, POLL_MS, signal).catch(() => {});
        }
      }
      // Releases the deliveries of a claim that ended after the stop signal.
      handle({ type: 'stop-requested' });
      await attempts.finish(drainMs);
    },
  };
}

/** Milliseconds to sleep until the next due delivery, at most `POLL_MS`. A delivery that was due at the last claim waits for a place, not for a time. */
async function untilNextDueMs({ store, clock }: Pick<DispatcherDeps, 'store' | 'clock'>, claimedAtMs: number): Promise<number> {
  const dueAtMs = await store.nextDeliveryDueAtMs();
  return dueAtMs === undefined || dueAtMs <= claimedAtMs ? POLL_MS : Math.min(dueAtMs - clock.now(), POLL_MS);
}
