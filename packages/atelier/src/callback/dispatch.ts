import { sleep } from '@atelier/lib/clock';
import { createWaker, type Waker } from '@atelier/lib/waker';
import { type AttemptDeps, type Attempts, createAttempts } from './attempt.ts';
import { type AttemptLimits, createOriginLimiter, type LeasedDelivery } from './limits.ts';
import type { Delivery } from '../core/delivery.ts';
import type { DeliveryStore } from '../core/store.ts';

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
  /** Suppresses the callbacks of a job until the returned function is called. Calling it again does nothing. */
  suppress(jobId: string): () => void;
}

const DEFAULT_LIMITS = { maxPerOrigin: 8, maxRecent: 256, maxInFlight: 1_024, drainMs: 10_000 };

const LEASE_MS = 20_000;
/** A delivery that waits longer is released: the rest of its lease would not cover the 15 s of an attempt. */
const MAX_WAIT_MS = 4_000;
const MAX_CLAIM = 64;
const POLL_MS = 1_000;

/** The parts of a running dispatcher, and the two facts that its loop and its attempts share. */
interface DispatchState {
  readonly deps: DispatcherDeps;
  readonly limiter: ReturnType<typeof createOriginLimiter>;
  readonly waker: Waker;
  readonly suppressed: SuppressedJobs;
  readonly attempts: Attempts;
  isStopping: boolean;
  /** The last claim was cut short by the limits over all origins. */
  isAtLimit: boolean;
}

/**
 * Claims due deliveries under a lease, sends them within the limits of each origin, and records every attempt. A claim leaves out origins without a free
 * place, so that their deliveries never hide deliveries to others.
 */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { drainMs, ...limits } = { ...DEFAULT_LIMITS, ...deps.limits };
  const waker = createWaker(deps.clock);
  const state: DispatchState = {
    deps,
    limiter: createOriginLimiter({ ...limits, clock: deps.clock }),
    waker,
    suppressed: createSuppressedJobs(waker.wake),
    attempts: createAttempts({
      ...deps,
      onExchanged: (delivery) => freePlace(state, delivery),
      onFinished: (delivery) => finishAttempt(state, delivery),
    }),
    isStopping: false,
    isAtLimit: false,
  };
  return {
    wake: waker.wake,
    suppress: state.suppressed.suppress,
    run: (signal) => run(state, drainMs, signal),
  };
}

async function run(state: DispatchState, drainMs: number, signal: AbortSignal): Promise<void> {
  const { deps, waker } = state;
  signal.addEventListener('abort', () => (state.isStopping = true), { once: true });
  while (!signal.aborted) {
    try {
      const nowMs = deps.clock.now();
      if (!(await claim(state, nowMs))) await waker.wait(await untilNextDueMs(state, nowMs), signal);
    } catch (error) {
      deps.log.error({ err: error }, 'due deliveries could not be claimed; trying again');
      await sleep(deps.clock, POLL_MS, signal).catch(() => {});
    }
  }
  state.isStopping = true;
  release(state, state.limiter.removeLeased(Infinity));
  await state.attempts.finish(drainMs);
}

/** Claims once. True when more deliveries may be due. */
async function claim(state: DispatchState, nowMs: number): Promise<boolean> {
  const { deps, limiter, suppressed } = state;
  release(state, limiter.removeLeased(nowMs - MAX_WAIT_MS));
  startReady(state);
  const limit = Math.min(limiter.freePlaces(), MAX_CLAIM);
  state.isAtLimit = limit <= 0;
  if (state.isAtLimit) return false;
  const deliveries = await deps.store.claimDeliveries({
    nowMs,
    leaseUntilMs: nowMs + LEASE_MS,
    limit,
    exceptOrigins: limiter.fullOrigins(),
    exceptJobIds: suppressed.jobIds(),
  });
  for (const delivery of deliveries) limiter.add({ delivery, claimedAtMs: nowMs });
  startReady(state);
  return deliveries.length === limit;
}

/** Milliseconds to sleep until the next due delivery, at most `POLL_MS`. A delivery that was due at the last claim waits for a place, not for a time. */
async function untilNextDueMs({ deps }: DispatchState, claimedAtMs: number): Promise<number> {
  const dueAtMs = await deps.store.nextDeliveryDueAtMs();
  return dueAtMs === undefined || dueAtMs <= claimedAtMs ? POLL_MS : Math.min(dueAtMs - deps.clock.now(), POLL_MS);
}

/** Starts every attempt that may run now. Deliveries of jobs that were suppressed after the claim are released. */
function startReady(state: DispatchState): void {
  const { limiter, suppressed, attempts } = state;
  const returned: LeasedDelivery[] = [];
  for (let leased = state.isStopping ? undefined : limiter.startNext(); leased; leased = limiter.startNext()) {
    if (suppressed.has(leased.delivery.jobId)) {
      limiter.finishAttempt(leased.delivery);
      returned.push(leased);
    } else {
      attempts.start(leased.delivery);
    }
  }
  release(state, returned);
}

function release({ attempts, waker }: DispatchState, leased: readonly LeasedDelivery[]): void {
  if (leased.length === 0) return;
  attempts.release(
    leased.map(({ delivery }) => delivery.id),
    waker.wake,
  );
}

/** Starts the next delivery of the same origin. If none is leased, more may be due in the store. */
function freePlace(state: DispatchState, delivery: Delivery): void {
  const { limiter, waker } = state;
  const wasFull = limiter.isFull(delivery.origin);
  limiter.finishExchange(delivery);
  startReady(state);
  if (wasFull && !limiter.isFull(delivery.origin)) waker.wake();
}

function finishAttempt(state: DispatchState, delivery: Delivery): void {
  freePlace(state, delivery);
  state.limiter.finishAttempt(delivery);
  startReady(state);
  if (state.isAtLimit) state.waker.wake();
}

/** Jobs whose callbacks wait until the reply to their request is out. A job may be suppressed several times. */
export interface SuppressedJobs {
  /** Suppresses the callbacks of a job until the returned function is called. Calling it again does nothing. */
  suppress(jobId: string): () => void;
  has(jobId: string): boolean;
  jobIds(): string[];
}

/** `onReleased` is called each time a suppression ends. */
export function createSuppressedJobs(onReleased: () => void): SuppressedJobs {
  const counts = new Map<string, number>();
  return {
    has: (jobId) => counts.has(jobId),
    jobIds: () => [...counts.keys()],
    suppress(jobId) {
      counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
      let isActive = true;
      return () => {
        if (!isActive) return;
        isActive = false;
        const left = (counts.get(jobId) ?? 1) - 1;
        if (left > 0) counts.set(jobId, left);
        else counts.delete(jobId);
        onReleased();
      };
    },
  };
}
