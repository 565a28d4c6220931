import type { Clock } from '@atelier/lib/clock';
import type { Delivery } from '../core/delivery.ts';

/** A leased delivery that waits for its attempt. */
export interface LeasedDelivery {
  readonly delivery: Delivery;
  readonly claimedAtMs: number;
}

/** Limits of concurrent attempts. */
export interface AttemptLimits {
  /** To one origin. */
  maxPerOrigin: number;
  /** To all origins, of attempts that have run for less than a second. */
  maxRecent: number;
  /** To all origins, attempts that wait for a slow receiver included. */
  maxInFlight: number;
}

/**
 * Leased deliveries by origin, and the attempts that run. Two limits protect healthy receivers from receivers that do not answer:
 *
 * - An origin has few places, and origins take turns. A receiver with ten thousand deliveries delays only its own.
 * - An attempt that has run for a second leaves the count of recent attempts. Silent receivers at many origins therefore cost seconds, not their time-outs.
 *
 * Deliveries of one job run one at a time, the oldest first, so that a receiver sees the stages of a job in order. Deliveries of other jobs pass them.
 *
 * The functions below are the only ones that change this state:
 *
 *   addLeased → (waiting) → startNext → (running, holds a place of its origin) → finishExchange → (recorded) → finishAttempt
 *   removeLeased: waiting deliveries go back to the store
 */
export interface LimiterState {
  readonly limits: AttemptLimits;
  readonly origins: Map<string, OriginState>;
  /** Origins that may start an attempt now, in the order of their turns. */
  readonly ready: Set<string>;
  /** Start of every running attempt, by delivery id. */
  readonly startedAtMs: Map<string, number>;
  /** Ids of the running deliveries that hold a place of their origin. */
  readonly exchanging: Set<string>;
}

interface OriginState {
  running: number;
  /** Jobs with a running delivery. */
  readonly runningJobIds: Set<string>;
  waiting: LeasedDelivery[];
}

const RECENT_MS = 1_000;

export const createLimiterState = (limits: AttemptLimits): LimiterState => ({
  limits,
  origins: new Map(),
  ready: new Set(),
  startedAtMs: new Map(),
  exchanging: new Set(),
});

export function addLeased(state: LimiterState, leased: LeasedDelivery): void {
  const { origin } = leased.delivery;
  const entry = state.origins.get(origin) ?? { running: 0, runningJobIds: new Set(), waiting: [] };
  state.origins.set(origin, entry);
  entry.waiting.push(leased);
  updateReady(state, origin, entry);
}

/** Starts the next delivery that may run, or returns undefined. It holds a place of its origin until `finishExchange`. */
export function startNext(state: LimiterState, nowMs: number): LeasedDelivery | undefined {
  if (state.ready.size === 0 || freePlaces(state, nowMs) <= 0) return undefined;
  const [origin = ''] = state.ready;
  const entry = state.origins.get(origin);
  const leased = entry && nextOf(entry);
  if (!entry || !leased) return undefined;
  entry.waiting.splice(entry.waiting.indexOf(leased), 1);
  entry.running += 1;
  entry.runningJobIds.add(leased.delivery.jobId);
  state.startedAtMs.set(leased.delivery.id, nowMs);
  state.exchanging.add(leased.delivery.id);
  // Behind the other ready origins: this one has had its turn.
  state.ready.delete(origin);
  updateReady(state, origin, entry);
  return leased;
}

/** The receiver has answered or will not: the place of its origin is free. The attempt still counts until `finishAttempt`. */
export function finishExchange(state: LimiterState, delivery: Delivery): void {
  const entry = state.origins.get(delivery.origin);
  if (!entry || !state.exchanging.delete(delivery.id)) return;
  entry.running -= 1;
  entry.runningJobIds.delete(delivery.jobId);
  updateReady(state, delivery.origin, entry);
}

/** The attempt is recorded or given up. */
export function finishAttempt(state: LimiterState, delivery: Delivery): void {
  finishExchange(state, delivery);
  state.startedAtMs.delete(delivery.id);
}

/**
 * Removes and returns the waiting deliveries that were claimed before `atMs`, and all deliveries of the same jobs to the same origin: a later delivery of a job must
 * not overtake an earlier one.
 */
export function removeLeased(state: LimiterState, atMs: number): LeasedDelivery[] {
  const removed: LeasedDelivery[] = [];
  for (const [origin, entry] of state.origins) {
    const jobIds = new Set(entry.waiting.filter(({ claimedAtMs }) => claimedAtMs < atMs).map(({ delivery }) => delivery.jobId));
    if (jobIds.size === 0) continue;
    removed.push(...entry.waiting.filter(({ delivery }) => jobIds.has(delivery.jobId)));
    entry.waiting = entry.waiting.filter(({ delivery }) => !jobIds.has(delivery.jobId));
    updateReady(state, origin, entry);
  }
  return removed;
}

/** Number of attempts that may start now under the limits over all origins; zero or less when there are none. */
export function freePlaces(state: LimiterState, nowMs: number): number {
  let recent = 0;
  for (const atMs of state.startedAtMs.values()) if (atMs > nowMs - RECENT_MS) recent += 1;
  return Math.min(state.limits.maxRecent - recent, state.limits.maxInFlight - state.startedAtMs.size);
}

/** True when the origin may not start another attempt. */
export function isFull(state: LimiterState, origin: string): boolean {
  const entry = state.origins.get(origin);
  return entry !== undefined && entry.running >= state.limits.maxPerOrigin;
}

/** Origins that may not start another attempt: at most `maxInFlight / maxPerOrigin`. */
export const fullOrigins = (state: LimiterState): string[] => [...state.origins.keys()].filter((origin) => isFull(state, origin));

/** Adds the origin to `ready` or removes it, and forgets an origin without deliveries. */
function updateReady(state: LimiterState, origin: string, entry: OriginState): void {
  if (entry.running < state.limits.maxPerOrigin && nextOf(entry)) state.ready.add(origin);
  else state.ready.delete(origin);
  if (entry.waiting.length === 0 && entry.running === 0) state.origins.delete(origin);
}

/** The first waiting delivery of a job without a running one, or an older delivery of the same job. */
function nextOf({ waiting, runningJobIds }: OriginState): LeasedDelivery | undefined {
  const first = waiting.find(({ delivery }) => !runningJobIds.has(delivery.jobId));
  if (!first || waiting.length === 1) return first;
  let oldest = first;
  for (const leased of waiting) {
    if (leased.delivery.jobId === first.delivery.jobId && leased.delivery.createdAtMs < oldest.delivery.createdAtMs) oldest = leased;
  }
  return oldest;
}

/** The limiter with its clock. */
export function createOriginLimiter({ clock, ...limits }: AttemptLimits & { clock: Clock }) {
  const state = createLimiterState(limits);
  return {
    add: (leased: LeasedDelivery): void => addLeased(state, leased),
    startNext: (): LeasedDelivery | undefined => startNext(state, clock.now()),
    finishExchange: (delivery: Delivery): void => finishExchange(state, delivery),
    finishAttempt: (delivery: Delivery): void => finishAttempt(state, delivery),
    removeLeased: (claimedBeforeMs: number): LeasedDelivery[] => removeLeased(state, claimedBeforeMs),
    freePlaces: (): number => freePlaces(state, clock.now()),
    isFull: (origin: string): boolean => isFull(state, origin),
    fullOrigins: (): string[] => fullOrigins(state),
  };
}
