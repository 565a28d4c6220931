import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { createUrlGuard } from '../../net/url-guard.ts';
import type { Attempt, Delivery, NewDelivery } from '../../core/delivery.ts';
import { createDeliver, type Deliver, type DeliverResult } from '../deliver.ts';
import { createDispatcher, type DispatcherDeps } from '../dispatch.ts';
import { createRetrySchedule } from '../attempt.ts';
import { createSigner } from '../sign.ts';
import { createMemoryDeliveryStore, type MemoryDeliveryStore } from './memory-delivery-store.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export interface TestDispatcher extends AsyncDisposable {
  clock: FakeClock;
  store: MemoryDeliveryStore;
  attempts: Attempt[];
  wake(): void;
  suppress(jobId: string): () => void;
  /** Resolves when this many attempts are on record. */
  recorded(count: number): Promise<void>;
  /** Starts the shutdown; resolves when it is done. */
  stop(): Promise<void>;
}

/** A running dispatcher over a store in memory; sends to loopback unless another `deliver` is given. */
export function createTestDispatcher(
  options: { deliver?: Deliver; limits?: DispatcherDeps['limits']; store?: (store: MemoryDeliveryStore) => MemoryDeliveryStore } = {},
): TestDispatcher {
  const clock = createFakeClock();
  const inner = createMemoryDeliveryStore();
  const store = options.store?.(inner) ?? inner;
  const guard = createUrlGuard({ allow: ['127.0.0.0/8'], clock });
  const network = createDeliver({ guard, clock });
  const attempts: Attempt[] = [];
  const dispatcher = createDispatcher({
    store,
    deliver: options.deliver ?? network.deliver,
    sign: createSigner({ secrets: [SECRET], kieKey: 'key' }),
    retry: createRetrySchedule({ delaysMs: [60_000, 300_000, 900_000], random: () => 0.5 }),
    clock,
    log: silentLog,
    onAttempt: (attempt) => attempts.push(attempt),
    ...(options.limits ? { limits: options.limits } : {}),
  });
  const end = new AbortController();
  const running = dispatcher.run(end.signal);
  const stop = async (): Promise<void> => {
    end.abort();
    await running;
  };
  return {
    clock,
    store,
    attempts,
    wake: dispatcher.wake,
    suppress: dispatcher.suppress,
    stop,
    async recorded(count) {
      while (attempts.length < count) await nextTurn();
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      await clock.advance(60_000);
      await running;
      network.close();
      assert.equal(clock.pending(), 0);
      assert.deepEqual(store.leasedIds(), []);
    },
  };
}

/** A due delivery to this URL. */
export function deliveryTo(url: string, clock: FakeClock, set: Partial<NewDelivery> = {}): NewDelivery {
  return {
    id: `msg_${randomUUID()}`,
    jobId: `job_${randomUUID()}`,
    keyId: 'key_1',
    dialect: 'kie',
    url,
    origin: new URL(url).origin,
    body: '{"code":200}',
    kieTaskId: 'task_1',
    dueAtMs: clock.now(),
    createdAtMs: clock.now(),
    ...set,
  };
}

/** A pending delivery as a claim returns it. */
export function createDelivery(set: Partial<Delivery> = {}): Delivery {
  return {
    id: 'msg_1',
    jobId: 'job_1',
    keyId: 'key_1',
    dialect: 'native',
    url: 'http://a.example/',
    origin: 'http://a.example',
    body: '',
    kieTaskId: null,
    state: 'pending',
    attemptCount: 0,
    dueAtMs: 0,
    createdAtMs: 0,
    updatedAtMs: 0,
    ...set,
  };
}

/** The result of an attempt that succeeded. */
export const DELIVERED = { outcome: 'delivered', status: 200, responseBody: '', error: null, retryAfter: null, durationMs: 0 } as const;

/** Answers at once, except to origins that start with `http://hung`: these attempts end after 15 s or when stopped. */
export const hangingDeliver =
  (clock: () => FakeClock, onSend: (url: string) => void = () => {}): Deliver =>
  (request, signal) => {
    onSend(request.url);
    const startedAtMs = clock().now();
    if (!request.url.startsWith('http://hung')) return Promise.resolve({ ...DELIVERED, startedAtMs });
    return new Promise((resolve) => {
      const timedOut: DeliverResult = { ...DELIVERED, outcome: 'timeout', status: null, startedAtMs };
      const cancel = clock().after(15_000, () => resolve(timedOut));
      signal.addEventListener('abort', () => {
        cancel();
        resolve(undefined);
      });
    });
  };
