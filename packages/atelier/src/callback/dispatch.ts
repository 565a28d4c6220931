import { sleep } from '@atelier/lib/clock';
import { createWaker } from '@atelier/lib/waker';
import type { Delivery } from '../core/delivery.ts';
import type { DeliveryStore } from '../core/store.ts';
import { createAttempts, type AttemptDeps } from './attempt.ts';
import {
  addWaiting,
  countFreePlaces,
  createOriginLimiter,
  endAttempt,
  freePlace,
  fullOrigins,
  isFull,
  removeWaiting,
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

/** The facts that decide which leased delivery is sent next. */
export interface DispatchState {
  readonly limiter: OriginLimiter;
  /** Number of running suppressions, by job id. Callbacks of these jobs wait. */
  readonly suppressed: ReadonlyMap<string, number>;
  readonly isStopping: boolean;
  /** The last claim was prevented by the limits over all origins. */
  readonly isAtLimit: boolean;
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

/** The next state, and the work that follows from the event. */
export interface DispatchStep {
  readonly state: DispatchState;
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

/** Applies one event, and then starts every attempt that may run. */
export function stepDispatch(before: DispatchState, event: DispatchEvent, nowMs: number): DispatchStep {
  const { state, removed } = applyEvent(before, event, nowMs);
  const { limiter, start, release } = startReady(state, nowMs);
  const isAtLimit = event.type === 'claim-due' ? countFreePlaces(limiter, nowMs) <= 0 : state.isAtLimit;
  return { state: { ...state, limiter, isAtLimit }, start, release: [...removed, ...release], wake: mayClaimMore(before, event, limiter) };
}

function applyEvent(state: DispatchState, event: DispatchEvent, nowMs: number): { state: DispatchState; removed: readonly Delivery[] } {
  const withLimiter = (limiter: OriginLimiter, removed: readonly Delivery[] = []) => ({ state: { ...state, limiter }, removed });
  switch (event.type) {
    case 'claim-due': {
      const { limiter, removed } = removeWaiting(state.limiter, nowMs - MAX_WAIT_MS);
      return withLimiter(limiter, removed);
    }
    case 'deliveries-claimed':
      return withLimiter(event.deliveries.reduce((limiter, next) => addWaiting(limiter, next, event.claimedAtMs), state.limiter));
    case 'receiver-answered':
      return withLimiter(freePlace(state.limiter, event.delivery));
    case 'attempt-ended':
      return withLimiter(endAttempt(state.limiter, event.delivery));
    case 'job-suppressed':
    case 'job-resumed': {
      const count = (state.suppressed.get(event.jobId) ?? 0) + (event.type === 'job-suppressed' ? 1 : -1);
      const suppressed = new Map(state.suppressed);
      if (count > 0) suppressed.set(event.jobId, count);
      else suppressed.delete(event.jobId);
      return { state: { ...state, suppressed }, removed: [] };
    }
    case 'stop-requested': {
      const { limiter, removed } = removeWaiting(state.limiter, Infinity);
      return { state: { ...state, limiter, isStopping: true }, removed };
    }
  }
}

/** Starts all deliveries that may run. A delivery of a job that was suppressed after the claim is released. */
function startReady(state: DispatchState, nowMs: number): { limiter: OriginLimiter; start: Delivery[]; release: Delivery[] } {
  let { limiter } = state;
  const start: Delivery[] = [];
  const release: Delivery[] = [];
  for (let next = state.isStopping ? undefined : startNext(limiter, nowMs); next; next = startNext(limiter, nowMs)) {
    const { delivery } = next;
    const isSuppressed = state.suppressed.has(delivery.jobId);
    limiter = isSuppressed ? endAttempt(next.limiter, delivery) : next.limiter;
    (isSuppressed ? release : start).push(delivery);
  }
  return { limiter, start, release };
}

/** True if the event has made room for deliveries that no lease covers yet. */
function mayClaimMore(before: DispatchState, event: DispatchEvent, limiter: OriginLimiter): boolean {
  if (event.type === 'job-resumed') return true;
  if (event.type !== 'receiver-answered' && event.type !== 'attempt-ended') return false;
  const { origin } = event.delivery;
  const hasFreedOrigin = isFull(before.limiter, origin) && !isFull(limiter, origin);
  return hasFreedOrigin || (event.type === 'attempt-ended' && before.isAtLimit);
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
  let state = createDispatchState(limits);

  function handle(event: DispatchEvent): void {
    const step = stepDispatch(state, event, clock.now());
    state = step.state;
    const releaseIds = step.release.map(({ id }) => id);
    if (releaseIds.length > 0) attempts.release(releaseIds, waker.wake);
    for (const delivery of step.start) attempts.start(delivery);
    if (step.wake) waker.wake();
  }

  /** Claims once. True if more deliveries may be due. */
  async function claim(nowMs: number): Promise<boolean> {
    handle({ type: 'claim-due' });
    const limit = state.isAtLimit ? 0 : Math.min(countFreePlaces(state.limiter, nowMs), MAX_CLAIM);
    if (limit <= 0) return false;
    const exceptOrigins = fullOrigins(state.limiter);
    const exceptJobIds = [...state.suppressed.keys()];
    const deliveries = await store.claimDeliveries({ nowMs, leaseUntilMs: nowMs + LEASE_MS, limit, exceptOrigins, exceptJobIds });
    handle({ type: 'deliveries-claimed', deliveries, claimedAtMs: nowMs });
    return deliveries.length === limit;
  }

  /** Milliseconds to sleep until the next due delivery, at most `POLL_MS`. A delivery that was due at the last claim waits for a place, not for a time. */
  async function untilNextDueMs(claimedAtMs: number): Promise<number> {
    const dueAtMs = await store.nextDeliveryDueAtMs();
    return dueAtMs === undefined || dueAtMs <= claimedAtMs ? POLL_MS : Math.min(dueAtMs - clock.now(), POLL_MS);
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
          if (!(await claim(nowMs))) await waker.wait(await untilNextDueMs(nowMs), signal);
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
