import type { Clock } from '@atelier/lib/clock';
import type { Delivery } from '../core/delivery.ts';

/** A delivery under lease that has not been sent yet. */
export interface Claimed {
  readonly delivery: Delivery;
  readonly claimedAtMs: number;
}

export interface LaneLimits {
  /** Attempts at once to one origin. */
  maxPerOrigin: number;
  /** Attempts at once that have run for less than a second. */
  maxBrisk: number;
  /** Attempts at once, those included that wait for a slow receiver. */
  maxInFlight: number;
}

/**
 * Claimed deliveries, one lane for each origin, and the places in which they run. Two limits keep hung receivers from holding up
 * healthy ones. A lane has few places and lanes take turns: a receiver with ten thousand callbacks holds up its own alone. And an attempt
 * that has run for a second no longer counts as brisk: silent receivers at many origins pass by at the pace of seconds, not at that of their time-outs.
 *
 * A job may have several deliveries, a stage of its result each. They go one at a time, the older first: while one is with its receiver, the others
 * of its job keep waiting, and those of other jobs pass them.
 */
export interface Lanes {
  push(claimed: Claimed): void;
  /** The next delivery that may run, or undefined. It takes a place of its lane until `leave`, and counts against the limits over all until `done`. */
  next(): Claimed | undefined;
  /** The receiver has nothing more to do with it. */
  leave(delivery: Delivery): void;
  /** It is over; also leaves. */
  done(delivery: Delivery): void;
  /** How many more may run now, as far as the limits over all origins go. */
  room(): number;
  isFull(origin: string): boolean;
  /** Origins that may not run another one now: at most `maxInFlight / maxPerOrigin`. */
  fullOrigins(): string[];
  /** Takes out what was claimed before this instant and still waits, and what waits for the same jobs: it must not go first. */
  takeClaimedBefore(atMs: number): Claimed[];
}

interface Lane {
  running: number;
  /** Jobs whose delivery runs. */
  busyJobs: Set<string>;
  waiting: Claimed[];
}

const BRISK_MS = 1_000;

export function createLanes(options: LaneLimits & { clock: Clock }): Lanes {
  const lanes = new Map<string, Lane>();
  /** Origins whose next delivery may run, in the order of their turns. */
  const ready = new Set<string>();
  /** When each running delivery began. */
  const beganAtMs = new Map<string, number>();
  /** Those of them that take a place of their lane. */
  const inLane = new Set<string>();

  const isFullLane = (lane: Lane): boolean => lane.running >= options.maxPerOrigin;

  /** Brings `ready` in line after a lane has changed, and forgets an empty lane. */
  function settle(origin: string, lane: Lane): void {
    if (!isFullLane(lane) && nextIn(lane)) ready.add(origin);
    else ready.delete(origin);
    if (lane.waiting.length === 0 && lane.running === 0) lanes.delete(origin);
  }

  function room(): number {
    const sinceMs = options.clock.now() - BRISK_MS;
    let brisk = 0;
    for (const atMs of beganAtMs.values()) if (atMs > sinceMs) brisk += 1;
    return Math.min(options.maxBrisk - brisk, options.maxInFlight - beganAtMs.size);
  }

  function leave(delivery: Delivery): void {
    const lane = lanes.get(delivery.origin);
    if (!lane || !inLane.delete(delivery.id)) return;
    lane.running -= 1;
    lane.busyJobs.delete(delivery.jobId);
    settle(delivery.origin, lane);
  }

  return {
    room,
    push(claimed) {
      const { origin } = claimed.delivery;
      const lane = lanes.get(origin) ?? { running: 0, busyJobs: new Set(), waiting: [] };
      lanes.set(origin, lane);
      lane.waiting.push(claimed);
      settle(origin, lane);
    },
    next() {
      if (ready.size === 0 || room() <= 0) return undefined;
      const [origin = ''] = ready;
      const lane = lanes.get(origin);
      const claimed = lane && nextIn(lane);
      if (!lane || !claimed) return undefined;
      lane.waiting.splice(lane.waiting.indexOf(claimed), 1);
      lane.running += 1;
      lane.busyJobs.add(claimed.delivery.jobId);
      beganAtMs.set(claimed.delivery.id, options.clock.now());
      inLane.add(claimed.delivery.id);
      ready.delete(origin);
      settle(origin, lane);
      return claimed;
    },
    leave,
    done(delivery) {
      leave(delivery);
      beganAtMs.delete(delivery.id);
    },
    isFull(origin) {
      const lane = lanes.get(origin);
      return lane !== undefined && isFullLane(lane);
    },
    fullOrigins: () => [...lanes].flatMap(([origin, lane]) => (isFullLane(lane) ? [origin] : [])),
    takeClaimedBefore(atMs) {
      const taken: Claimed[] = [];
      for (const [origin, lane] of lanes) {
        const late = new Set(lane.waiting.filter((claimed) => claimed.claimedAtMs < atMs).map(({ delivery }) => delivery.jobId));
        if (late.size === 0) continue;
        taken.push(...lane.waiting.filter(({ delivery }) => late.has(delivery.jobId)));
        lane.waiting = lane.waiting.filter(({ delivery }) => !late.has(delivery.jobId));
        settle(origin, lane);
      }
      return taken;
    },
  };
}

/** The delivery of a lane whose turn it is: the first of those that wait whose job has none running, or an older one of that job. */
function nextIn({ waiting, busyJobs }: Lane): Claimed | undefined {
  const first = waiting.find(({ delivery }) => !busyJobs.has(delivery.jobId));
  if (!first || waiting.length === 1) return first;
  let oldest = first;
  for (const claimed of waiting) {
    if (claimed.delivery.jobId === first.delivery.jobId && claimed.delivery.createdAtMs < oldest.delivery.createdAtMs) oldest = claimed;
  }
  return oldest;
}
