import type { DeliveryStore } from '../core/store.ts';
import type { Delivery } from '../core/delivery.ts';
import type { Deliver } from './deliver.ts';
import { createRecorder, type RecorderDeps } from './record.ts';
import type { SignDelivery } from './sign.ts';

export interface SendingDeps extends RecorderDeps {
  store: Pick<DeliveryStore, 'recordAttempt' | 'releaseDeliveries'>;
  deliver: Deliver;
  sign: SignDelivery;
  /** Told when the receiver has answered, or will not: another may be sent to it while this one is written down. */
  onAnswered(delivery: Delivery): void;
  /** Told when an attempt is over, however it ended. */
  onDone(delivery: Delivery): void;
}

/** Attempts in flight, and the claims that go back without one. */
export interface Sending {
  start(delivery: Delivery): void;
  release(ids: readonly string[], onDone?: () => void): void;
  /** Lets attempts run for `drainMs` more, cuts off the rest, and gives those claims back. */
  finish(drainMs: number): Promise<void>;
}

export function createSending(deps: SendingDeps): Sending {
  const { store, clock, log } = deps;
  const record = createRecorder(deps);
  const cutOff = new AbortController();
  const unfinished = new Set<Promise<void>>();
  /** Attempts that were cut off: nobody knows whether the receiver got them. */
  const abandoned: string[] = [];

  const track = (work: Promise<void>): void => {
    const tracked = work.finally(() => unfinished.delete(tracked));
    unfinished.add(tracked);
  };

  async function attempt(delivery: Delivery): Promise<void> {
    try {
      const headers = deps.sign(delivery, clock.now());
      const result = await deps.deliver({ url: delivery.url, body: delivery.body, headers }, cutOff.signal);
      deps.onAnswered(delivery);
      if (result) await record(delivery, result, cutOff.signal);
      else abandoned.push(delivery.id);
    } catch (error) {
      log.error({ err: error, deliveryId: delivery.id }, 'callback attempt is not on record; it is made again when its lease ends');
    } finally {
      deps.onDone(delivery);
    }
  }

  async function release(ids: readonly string[]): Promise<void> {
    try {
      await store.releaseDeliveries(ids);
    } catch (error) {
      log.warn({ err: error, deliveries: ids.length }, 'claims could not be released; they end with their lease');
    }
  }

  return {
    start: (delivery) => track(attempt(delivery)),
    release: (ids, onDone) => track(release(ids).then(onDone)),
    async finish(drainMs) {
      const cancel = clock.after(drainMs, () => cutOff.abort(new Error('the server is stopping')));
      while (unfinished.size > 0) await Promise.all(unfinished);
      cancel();
      if (abandoned.length > 0) await release(abandoned);
    },
  };
}
