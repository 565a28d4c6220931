import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { createFakeClock, type FakeClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { OK_ANSWER, startReceiver } from '../net/testing/receiver.ts';
import { createUrlGuard } from '../net/url-guard.ts';
import type { Attempt, NewDelivery } from './callback.ts';
import { createDeliver, type Deliver, type DeliverResult } from './deliver.ts';
import { createDispatcher, type DispatcherDeps } from './dispatcher.ts';
import { createRetrySchedule, DEFAULT_RETRY_DELAYS_MS } from './retry.ts';
import { createSigner } from './sign.ts';
import { createMemoryDeliveryStore, type MemoryDeliveryStore } from './testing/memory-delivery-store.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

interface House extends AsyncDisposable {
  clock: FakeClock;
  store: MemoryDeliveryStore;
  attempts: Attempt[];
  wake(): void;
  hold(jobId: string): () => void;
  /** Resolves when this many attempts are on record. */
  recorded(count: number): Promise<void>;
  /** Starts the shutdown; resolves when it is done. */
  stop(): Promise<void>;
}

/** A running dispatcher over a store in memory; sends to loopback unless another `deliver` is given. */
function setUp(options: { deliver?: Deliver; limits?: DispatcherDeps['limits']; store?: (store: MemoryDeliveryStore) => MemoryDeliveryStore } = {}): House {
  const clock = createFakeClock();
  const inner = createMemoryDeliveryStore();
  const store = options.store?.(inner) ?? inner;
  const guard = createUrlGuard({ allow: ['127.0.0.0/8'], clock });
  const network = createDeliver({ guard, clock });
  const attempts: Attempt[] = [];
  const dispatcher = createDispatcher({
    store,
    deliver: options.deliver ?? network.deliver,
    sign: createSigner({ secrets: [SECRET] }),
    retry: createRetrySchedule({ delaysMs: DEFAULT_RETRY_DELAYS_MS, random: () => 0.5 }),
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
    hold: dispatcher.hold,
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

let sequence = 0;

function deliveryTo(url: string, clock: FakeClock, set: Partial<NewDelivery> = {}): NewDelivery {
  sequence += 1;
  return {
    id: `msg_${sequence}`,
    jobId: `job_${sequence}`,
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

const DELIVERED = { outcome: 'delivered', status: 200, responseBody: '', error: null, retryAfter: null, durationMs: 0 } as const;

/** Settles at once for healthy origins and, for those that start with `http://hung`, after 15 s or when stopped. */
const hangingDeliver = (clock: () => FakeClock, onSend: (url: string) => void = () => {}): Deliver => (request, signal) => {
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

describe('dispatcher: one delivery', () => {
  test('is sent when woken, signed, and on record', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write(OK_ANSWER) });
    await using house = setUp();
    await house.clock.advance(0);
    const delivery = deliveryTo(`${receiver.origin}/hook`, house.clock);
    house.store.add(delivery);
    house.wake();
    await house.recorded(1);
    assert.equal((await house.store.getDelivery(delivery.id))?.state, 'delivered');
    const [request] = receiver.requests;
    assert.equal(request?.body, delivery.body);
    assert.equal(request?.headers['webhook-id'], delivery.id);
    assert.match(request?.headers['webhook-signature'] ?? '', /^v1,/);
    assert.equal(request?.headers['x-webhook-timestamp'], request?.headers['webhook-timestamp']);
    assert.equal((await house.store.listAttempts(delivery.id))[0]?.responseBody, '{"status":"received"}');
  });
  test('is sent at its time, and within a second of another process writing it', async () => {
    const sentAtMs: number[] = [];
    await using house: House = setUp({ deliver: hangingDeliver(() => house.clock, () => sentAtMs.push(house.clock.now())) });
    const startMs = house.clock.now();
    house.store.add(deliveryTo('http://a.example/', house.clock, { dueAtMs: startMs + 700 }));
    house.wake();
    await house.clock.advance(2_300);
    house.store.add(deliveryTo('http://a.example/', house.clock));
    await house.clock.advance(1_000);
    assert.equal(sentAtMs[0], startMs + 700);
    assert.equal(sentAtMs.length, 2);
  });
  test('to a receiver that answers 500 is tried four times: same body and id, signed afresh, 1, 5 and 15 minutes apart', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write('HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n') });
    await using house = setUp();
    const delivery = deliveryTo(receiver.origin, house.clock);
    const startMs = house.clock.now();
    house.store.add(delivery);
    house.wake();
    for (const [index, delayMs] of [60_000, 300_000, 900_000, 3_600_000].entries()) {
      await house.recorded(index + 1);
      await house.clock.advance(delayMs);
    }
    assert.equal(receiver.requests.length, 4);
    assert.deepEqual(house.attempts.map((attempt) => [attempt.number, attempt.startedAtMs - startMs]), [[1, 0], [2, 60_000], [3, 360_000], [4, 1_260_000]]);
    assert.equal(new Set(receiver.requests.map((request) => request.body)).size, 1);
    assert.equal(new Set(receiver.requests.map((request) => request.headers['webhook-id'])).size, 1);
    assert.equal(new Set(receiver.requests.map((request) => request.headers['webhook-signature'])).size, 4);
    assert.equal((await house.store.getDelivery(delivery.id))?.state, 'exhausted');
  });
  test('stops at 410', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write('HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n') });
    await using house = setUp();
    const delivery = deliveryTo(receiver.origin, house.clock);
    house.store.add(delivery);
    house.wake();
    await house.recorded(1);
    await house.clock.advance(3_600_000);
    assert.equal(receiver.requests.length, 1);
    assert.equal((await house.store.getDelivery(delivery.id))?.state, 'stopped');
  });
  test('of a held job waits for the end of the last hold; others do not', async () => {
    const sent: string[] = [];
    await using house: House = setUp({ deliver: hangingDeliver(() => house.clock, (url) => sent.push(url)) });
    const [free, again] = [house.hold('job_held'), house.hold('job_held')];
    house.store.add(deliveryTo('http://a.example/held', house.clock, { jobId: 'job_held' }), deliveryTo('http://a.example/other', house.clock));
    house.wake();
    await house.clock.advance(5_000);
    assert.deepEqual(sent, ['http://a.example/other']);
    free();
    free();
    await house.clock.advance(5_000);
    assert.equal(sent.length, 1);
    again();
    await house.clock.advance(0);
    assert.deepEqual(sent, ['http://a.example/other', 'http://a.example/held']);
  });
  test('that is claimed while its job is put on hold goes back unsent', async () => {
    const sent: string[] = [];
    let free: (() => void) | undefined;
    await using house: House = setUp({
      deliver: hangingDeliver(() => house.clock, (url) => sent.push(url)),
      store: (inner) => ({
        ...inner,
        async claimDeliveries(command) {
          const claimed = await inner.claimDeliveries(command);
          if (claimed.length > 0) free ??= house.hold('job_held');
          return claimed;
        },
      }),
    });
    house.store.add(deliveryTo('http://a.example/', house.clock, { jobId: 'job_held' }));
    house.wake();
    await house.clock.advance(3_000);
    assert.deepEqual([sent, house.store.leasedIds()], [[], []]);
    free?.();
    await house.clock.advance(0);
    assert.equal(sent.length, 1);
  });
});

describe('dispatcher: many deliveries', () => {
  test('go over few connections to a healthy receiver', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => socket.write(OK_ANSWER) });
    await using house = setUp();
    house.store.add(...Array.from({ length: 300 }, () => deliveryTo(receiver.origin, house.clock)));
    house.wake();
    await house.recorded(300);
    assert.ok(house.attempts.every((attempt) => attempt.outcome === 'delivered'));
    assert.equal(new Set(receiver.requests.map((request) => request.headers['webhook-id'])).size, 300);
    assert.ok(receiver.connectionCount() <= 8, `${receiver.connectionCount()} connections`);
  });
  test('to a hung receiver do not delay those to a healthy one', async () => {
    await using hung = await startReceiver({ onRequest: () => {} });
    await using healthy = await startReceiver({ host: '127.0.0.2', onRequest: (socket) => socket.write(OK_ANSWER) });
    await using house = setUp();
    house.store.add(...Array.from({ length: 500 }, () => deliveryTo(hung.origin, house.clock)));
    house.store.add(...Array.from({ length: 100 }, () => deliveryTo(healthy.origin, house.clock)));
    house.wake();
    await house.recorded(100);
    assert.equal(healthy.requests.length, 100);
    assert.equal(hung.openCount(), 8);
  });
  test('10 000 to one hung receiver: nothing healthy waits, and claims list no more origins than can be full', async () => {
    let longestList = 0;
    let healthy = 0;
    await using house: House = setUp({
      deliver: hangingDeliver(() => house.clock, (url) => (healthy += url.includes('healthy') ? 1 : 0)),
      store: (inner) => ({
        ...inner,
        claimDeliveries(command) {
          longestList = Math.max(longestList, command.exceptOrigins.length);
          return inner.claimDeliveries(command);
        },
      }),
    });
    house.store.add(...Array.from({ length: 10_000 }, () => deliveryTo('http://hung.example/', house.clock)));
    house.store.add(...Array.from({ length: 100 }, () => deliveryTo('http://healthy.example/', house.clock)));
    house.wake();
    while (healthy < 100) await nextTurn();
    assert.equal(house.clock.now(), 1_700_000_000_000);
    house.store.add(deliveryTo('http://healthy.example/late', house.clock));
    await house.clock.advance(10_000);
    assert.equal(healthy, 101);
    // The hung one, and the healthy one while its places are taken.
    assert.ok(longestList <= 2);
  });
  test('to many hung receivers pass at the pace of seconds, within the limit over all', async () => {
    const sentAtMs = new Map<string, number>();
    await using house: House = setUp({
      deliver: hangingDeliver(() => house.clock, (url) => sentAtMs.set(url, house.clock.now())),
      limits: { maxBrisk: 10, maxInFlight: 35 },
    });
    for (let index = 0; index < 100; index += 1) house.store.add(deliveryTo(`http://hung-${index}.example/`, house.clock));
    house.store.add(deliveryTo('http://healthy.example/', house.clock, { dueAtMs: house.clock.now() + 1 }));
    const startMs = house.clock.now();
    house.wake();
    const sentAfter = async (ms: number): Promise<number> => {
      await house.clock.advance(startMs + ms - house.clock.now());
      return sentAtMs.size;
    };
    assert.deepEqual([await sentAfter(500), await sentAfter(1_500), await sentAfter(2_500), await sentAfter(14_000)], [10, 20, 30, 35]);
    await house.clock.advance(40_000);
    assert.equal(sentAtMs.size, 101);
  });
  test('lanes take turns', async () => {
    const sent: string[] = [];
    await using house: House = setUp({ deliver: hangingDeliver(() => house.clock, (url) => sent.push(url)), limits: { maxPerOrigin: 1, maxBrisk: 1_000 } });
    for (const name of ['a', 'a', 'a', 'b', 'b', 'c']) house.store.add(deliveryTo(`http://${name}.example/`, house.clock));
    house.wake();
    await house.clock.advance(0);
    assert.deepEqual(sent.slice(0, 3).toSorted(), ['http://a.example/', 'http://b.example/', 'http://c.example/']);
    assert.equal(sent.length, 6);
  });
  test('that wait too long behind a full lane go back before their lease ends', async () => {
    await using house: House = setUp({ deliver: hangingDeliver(() => house.clock) });
    house.store.add(...Array.from({ length: 20 }, () => deliveryTo('http://hung.example/', house.clock)));
    house.wake();
    await house.clock.advance(1_000);
    assert.equal(house.store.leasedIds().length, 20);
    await house.clock.advance(5_000);
    assert.equal(house.store.leasedIds().length, 8);
  });
});

describe('dispatcher: trouble', () => {
  test('with the store while recording: the attempt is written later, and not made again', async () => {
    let failures = 3;
    let sent = 0;
    await using house: House = setUp({
      deliver: hangingDeliver(() => house.clock, () => (sent += 1)),
      store: (inner) => ({
        ...inner,
        async settleDelivery(command) {
          if (failures-- > 0) throw new Error('disk full');
          return inner.settleDelivery(command);
        },
      }),
    });
    const delivery = deliveryTo('http://a.example/', house.clock);
    house.store.add(delivery);
    house.wake();
    await house.clock.advance(699);
    assert.equal(house.attempts.length, 0);
    await house.clock.advance(1);
    assert.equal((await house.store.getDelivery(delivery.id))?.state, 'delivered');
    assert.equal(sent, 1);
  });
  test('with the store while claiming: it goes on', async () => {
    let failures = 2;
    await using house: House = setUp({
      deliver: hangingDeliver(() => house.clock),
      store: (inner) => ({
        ...inner,
        async claimDeliveries(command) {
          if (failures-- > 0) throw new Error('database is restarting');
          return inner.claimDeliveries(command);
        },
      }),
    });
    house.store.add(deliveryTo('http://a.example/', house.clock));
    await house.clock.advance(2_000);
    assert.equal(house.attempts.length, 1);
  });
  test('a result that comes after another process has recorded it changes nothing', async () => {
    await using house: House = setUp({ deliver: hangingDeliver(() => house.clock) });
    const delivery = deliveryTo('http://hung.example/', house.clock);
    house.store.add(delivery);
    house.wake();
    await house.clock.advance(1);
    const attempt: Attempt = { deliveryId: delivery.id, number: 1, ...DELIVERED, startedAtMs: house.clock.now() };
    await house.store.settleDelivery({ attempt, nowMs: house.clock.now(), next: { state: 'delivered' } });
    await house.clock.advance(15_000);
    assert.equal((await house.store.getDelivery(delivery.id))?.state, 'delivered');
    assert.equal(house.attempts.length, 0);
  });
});

describe('dispatcher: shutdown', () => {
  test('claims nothing more, gives back what waits at once, lets attempts finish', async () => {
    await using receiver = await startReceiver({ onRequest: () => {} });
    await using house = setUp();
    house.store.add(...Array.from({ length: 20 }, () => deliveryTo(receiver.origin, house.clock)));
    house.wake();
    await receiver.received(8);
    const stopped = house.stop();
    await house.clock.advance(0);
    assert.equal(house.store.leasedIds().length, 8);
    house.wake();
    await house.clock.advance(9_999);
    assert.equal(receiver.requests.length, 8);
    assert.equal(house.store.leasedIds().length, 8);
    await house.clock.advance(1);
    await stopped;
    assert.deepEqual(house.store.leasedIds(), []);
    assert.equal(house.attempts.length, 0);
    await receiver.drained();
  });
  test('records what finishes in time', async () => {
    await using receiver = await startReceiver({ onRequest: (socket) => void house.clock.after(5_000, () => socket.write(OK_ANSWER)) });
    await using house: House = setUp();
    const delivery = deliveryTo(receiver.origin, house.clock);
    house.store.add(delivery);
    house.wake();
    await receiver.received(1);
    const stopped = house.stop();
    await house.clock.advance(5_000);
    await stopped;
    assert.equal((await house.store.getDelivery(delivery.id))?.state, 'delivered');
  });
});
