import { sleep } from '@atelier/lib/clock';
import type { DeliveryStore } from '../core/store.ts';
import type { Delivery } from '../core/delivery.ts';
import { createHolds } from './holds.ts';
import { createLanes, type Claimed, type LaneLimits } from './lanes.ts';
import { createSending, type SendingDeps } from './sending.ts';
import { createWakeUp } from './wake-up.ts';

export interface DispatcherDeps extends Omit<SendingDeps, 'onAnswered' | 'onDone'> {
  store: SendingDeps['store'] & Pick<DeliveryStore, 'claimDeliveries' | 'nextDeliveryDueAtMs'>;
  /** `drainMs`: how long attempts may still run after the stop signal. */
  limits?: Partial<LaneLimits & { drainMs: number }>;
}

export interface Dispatcher {
  /** Sends what falls due until `signal` aborts; resolves when nothing is in flight and no claim is held. To be called once. */
  run(signal: AbortSignal): Promise<void>;
  /** Something fell due: look now. */
  wake(): void;
  /** Keeps the callbacks of a job back until the returned function is called (calling it again does nothing). */
  hold(jobId: string): () => void;
}

const DEFAULT_LIMITS = { maxPerOrigin: 8, maxBrisk: 256, maxInFlight: 1_024, drainMs: 10_000 };

const LEASE_MS = 20_000;
/** A claim that has waited longer goes back: what is left of its lease would not cover the 15 s of an attempt. */
const MAX_WAIT_MS = 4_000;
const MAX_CLAIM = 64;
const POLL_MS = 1_000;

/**
 * Claims due deliveries under a lease, sends them lane by lane, and records what came of it. Origins that have no place free are left out
 * of claims, so what waits for them never hides what is due for others.
 */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { clock, log } = deps;
  const { drainMs, ...laneLimits } = { ...DEFAULT_LIMITS, ...deps.limits };
  const lanes = createLanes({ ...laneLimits, clock });
  const wakeUp = createWakeUp(clock);
  const holds = createHolds(wakeUp.wake);
  const sending = createSending({ ...deps, onAnswered: giveOnPlace, onDone: afterAttempt });
  let isStopping = false;
  /** The last look was cut short by the limits over all origins. */
  let isAtLimit = false;

  /** Lets the next one of the same lane run; when none is at hand, more may be due in the store. */
  function giveOnPlace(delivery: Delivery): void {
    const wasFull = lanes.isFull(delivery.origin);
    lanes.leave(delivery);
    startReady();
    if (wasFull && !lanes.isFull(delivery.origin)) wakeUp.wake();
  }

  function afterAttempt(delivery: Delivery): void {
    giveOnPlace(delivery);
    lanes.done(delivery);
    startReady();
    if (isAtLimit) wakeUp.wake();
  }

  /** Starts what may run now. What was put on hold after it was claimed goes back. */
  function startReady(): void {
    const held: Claimed[] = [];
    for (let claimed = isStopping ? undefined : lanes.next(); claimed; claimed = lanes.next()) {
      if (!holds.has(claimed.delivery.jobId)) {
        sending.start(claimed.delivery);
        continue;
      }
      lanes.done(claimed.delivery);
      held.push(claimed);
    }
    giveBack(held);
  }

  function giveBack(claims: readonly Claimed[]): void {
    if (claims.length > 0)
      sending.release(
        claims.map((claimed) => claimed.delivery.id),
        wakeUp.wake,
      );
  }

  /** Claims once; true when more may be due. */
  async function claim(nowMs: number): Promise<boolean> {
    giveBack(lanes.takeClaimedBefore(nowMs - MAX_WAIT_MS));
    startReady();
    const limit = Math.min(lanes.room(), MAX_CLAIM);
    isAtLimit = limit <= 0;
    if (isAtLimit) return false;
    const deliveries = await deps.store.claimDeliveries({
      nowMs,
      leaseUntilMs: nowMs + LEASE_MS,
      limit,
      exceptOrigins: lanes.fullOrigins(),
      exceptJobIds: holds.jobIds(),
    });
    for (const delivery of deliveries) lanes.push({ delivery, claimedAtMs: nowMs });
    startReady();
    return deliveries.length === limit;
  }

  /** How long nothing is expected to fall due. What was due already at the last look is waiting for a place, not for a time. */
  async function quietMs(lookedAtMs: number): Promise<number> {
    const dueAtMs = await deps.store.nextDeliveryDueAtMs();
    return dueAtMs === undefined || dueAtMs <= lookedAtMs ? POLL_MS : Math.min(dueAtMs - clock.now(), POLL_MS);
  }

  return {
    wake: wakeUp.wake,
    hold: holds.hold,
    async run(signal) {
      signal.addEventListener('abort', () => (isStopping = true), { once: true });
      while (!signal.aborted) {
        try {
          const nowMs = clock.now();
          if (!(await claim(nowMs))) await wakeUp.rest(await quietMs(nowMs), signal);
        } catch (error) {
          log.error({ err: error }, 'callbacks cannot be claimed');
          await sleep(clock, POLL_MS, signal).catch(() => {});
        }
      }
      isStopping = true;
      giveBack(lanes.takeClaimedBefore(Infinity));
      await sending.finish(drainMs);
    },
  };
}
