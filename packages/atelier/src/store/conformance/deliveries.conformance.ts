import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { ClaimDeliveries, Store } from '../../core/store.ts';
import { type CreateStore, NOW_MS, deliver, describeStore, ids, newAttempt, newRecordAttempt, written } from './fixtures.ts';

export function testDeliveries(name: string, createStore: CreateStore): void {
  describeStore(`${name} claims deliveries`, createStore, (store) => {
    testClaims(store);
    testReleases(store);
    testNextDue(store);
  });
  describeStore(`${name} records attempts`, createStore, (store) => {
    testAttempts(store);
    testReplay(store);
    testLists(store);
  });
}

const claimAt = (nowMs: number, set: Partial<ClaimDeliveries> = {}): ClaimDeliveries => ({
  nowMs,
  leaseUntilMs: nowMs + 30,
  limit: 100,
  exceptOrigins: [],
  exceptJobIds: [],
  ...set,
});

function testClaims(store: () => Store): void {
  test('due deliveries, the longest due first, as they were written', async () => {
    const { deliveries } = await deliver(
      store(),
      { dueAtMs: NOW_MS + 10 },
      { dueAtMs: NOW_MS + 5, body: '{"a":"é😀"}', kieTaskId: 'task-1' },
      { dueAtMs: NOW_MS + 11 },
      { dueAtMs: NOW_MS + 10 },
    );
    const [first, second, , third] = deliveries;
    const claimed = await store().claimDeliveries(claimAt(NOW_MS + 10));
    assert.deepEqual(ids(claimed), ids([second, first, third].map(written)));
    assert.deepEqual(claimed[0], { ...second, state: 'pending', attemptCount: 0, updatedAtMs: NOW_MS });
  });

  test('at most the limit, the longest due first', async () => {
    const { deliveries } = await deliver(store(), { dueAtMs: NOW_MS + 3 }, { dueAtMs: NOW_MS + 1 }, { dueAtMs: NOW_MS + 2 });
    const [last, ...first] = deliveries;
    assert.deepEqual(ids(await store().claimDeliveries(claimAt(NOW_MS + 9, { limit: 2 }))), ids(first));
    assert.deepEqual(ids(await store().claimDeliveries(claimAt(NOW_MS + 9, { limit: 2 }))), ids([written(last)]));
  });

  test('a claimed delivery is claimed again when its lease has ended', async () => {
    const { deliveries } = await deliver(store(), {});
    assert.equal((await store().claimDeliveries(claimAt(NOW_MS))).length, 1);
    assert.deepEqual(await store().claimDeliveries(claimAt(NOW_MS + 29)), []);
    assert.deepEqual(ids(await store().claimDeliveries(claimAt(NOW_MS + 30))), ids(deliveries));
  });

  test('parallel processes claim each delivery once', async () => {
    const { deliveries } = await deliver(store(), ...Array.from({ length: 40 }, () => ({})));
    const claims = await Promise.all(Array.from({ length: 20 }, () => store().claimDeliveries(claimAt(NOW_MS, { limit: 3 }))));
    assert.deepEqual(ids(claims.flat()).toSorted(), ids(deliveries).toSorted());
  });

  test('skips origins and jobs, and claims the deliveries behind them', async () => {
    const hung = { origin: 'https://hung.example:443' };
    const { deliveries } = await deliver(store(), hung, hung, {});
    const other = await deliver(store(), {});
    const claim = claimAt(NOW_MS, { limit: 1, exceptOrigins: [hung.origin, 'https://other.example'], exceptJobIds: [other.job.id, 'x'] });
    assert.deepEqual(ids(await store().claimDeliveries(claim)), ids(deliveries.slice(2)));
    assert.deepEqual(await store().claimDeliveries(claim), []);
    assert.deepEqual(ids(await store().claimDeliveries({ ...claim, exceptOrigins: [] })), ids(deliveries.slice(0, 1)));
    assert.deepEqual(ids(await store().claimDeliveries({ ...claim, exceptJobIds: [] })), ids(other.deliveries));
  });
}

function testReleases(store: () => Store): void {
  test('released deliveries are due again at once, without an attempt', async () => {
    const { deliveries } = await deliver(store(), {}, {});
    await store().claimDeliveries(claimAt(NOW_MS));
    await store().releaseDeliveries(ids(deliveries.slice(0, 1)));
    const [again, ...others] = await store().claimDeliveries(claimAt(NOW_MS));
    assert.deepEqual([again?.id, again?.attemptCount, others], [deliveries[0]?.id, 0, []]);
    await store().releaseDeliveries([]);
  });

  test('releasing all deliveries ends every lease', async () => {
    await deliver(store(), {}, {});
    await store().claimDeliveries(claimAt(NOW_MS));
    await store().releaseAllDeliveries();
    assert.equal((await store().claimDeliveries(claimAt(NOW_MS))).length, 2);
  });
}

function testNextDue(store: () => Store): void {
  test('the next due time counts pending deliveries that are not leased', async () => {
    assert.equal(await store().nextDeliveryDueAtMs(), undefined);
    const { deliveries } = await deliver(store(), { dueAtMs: NOW_MS + 50 }, { dueAtMs: NOW_MS + 20 });
    assert.equal(await store().nextDeliveryDueAtMs(), NOW_MS + 20);
    const [claimed] = await store().claimDeliveries(claimAt(NOW_MS + 20));
    assert.equal(claimed?.id, deliveries[1]?.id);
    assert.equal(await store().nextDeliveryDueAtMs(), NOW_MS + 50);
    await store().recordAttempt(newRecordAttempt(written(claimed).id, 1, { state: 'pending', dueAtMs: NOW_MS + 40 }));
    assert.equal(await store().nextDeliveryDueAtMs(), NOW_MS + 40);
    await store().recordAttempt(newRecordAttempt(written(claimed).id, 2, { state: 'delivered' }));
    assert.equal(await store().nextDeliveryDueAtMs(), NOW_MS + 50);
  });
}

async function claimOne(store: Store): Promise<string> {
  const { deliveries } = await deliver(store, {});
  await store.claimDeliveries(claimAt(NOW_MS));
  return written(deliveries[0]).id;
}

function testAttempts(store: () => Store): void {
  test('an attempt is recorded together with the next state of its delivery', async () => {
    const id = await claimOne(store());
    const retry = newRecordAttempt(id, 1, { state: 'pending', dueAtMs: NOW_MS + 60_000 });
    assert.equal(await store().recordAttempt(retry), true);
    const waiting = await store().getDelivery(id);
    assert.deepEqual([waiting?.state, waiting?.attemptCount, waiting?.dueAtMs], ['pending', 1, NOW_MS + 60_000]);
    assert.equal(waiting?.updatedAtMs, retry.nowMs);
    assert.deepEqual(await store().claimDeliveries(claimAt(NOW_MS + 59_999)), []);
    assert.deepEqual(ids(await store().claimDeliveries(claimAt(NOW_MS + 60_000))), [id]);
    const attempt = newAttempt(id, 2, { outcome: 'delivered', status: 200, responseBody: 'ok', durationMs: 0.25, error: 'late' });
    assert.equal(await store().recordAttempt({ attempt, nowMs: NOW_MS, next: { state: 'delivered' } }), true);
    assert.equal((await store().getDelivery(id))?.state, 'delivered');
    assert.deepEqual(await store().listAttempts(id), [retry.attempt, attempt]);
    assert.deepEqual(await store().claimDeliveries(claimAt(NOW_MS + 999_999)), []);
  });

  test('an attempt with the wrong number is refused and not recorded', async () => {
    const id = await claimOne(store());
    const next = { state: 'pending', dueAtMs: NOW_MS + 1 } as const;
    assert.equal(await store().recordAttempt(newRecordAttempt(id, 2, next)), false);
    assert.equal(await store().recordAttempt(newRecordAttempt(id, 1, next)), true);
    assert.equal(await store().recordAttempt(newRecordAttempt(id, 1, { state: 'delivered' })), false);
    assert.equal(await store().recordAttempt(newRecordAttempt('no-such-delivery', 1, next)), false);
    assert.equal((await store().getDelivery(id))?.state, 'pending');
    assert.equal((await store().listAttempts(id)).length, 1);
  });

  test('when one attempt is recorded in parallel, one write wins', async () => {
    const id = await claimOne(store());
    const all = await Promise.all(Array.from({ length: 20 }, () => store().recordAttempt(newRecordAttempt(id, 1, { state: 'delivered' }))));
    assert.equal(all.filter(Boolean).length, 1);
  });

  for (const state of ['delivered', 'exhausted', 'stopped'] as const) {
    test(`a delivery that is ${state} takes no further attempt`, async () => {
      const id = await claimOne(store());
      await store().recordAttempt(newRecordAttempt(id, 1, { state }));
      assert.equal(await store().recordAttempt(newRecordAttempt(id, 2, { state: 'delivered' })), false);
      assert.equal((await store().getDelivery(id))?.state, state);
    });
  }
}

function testReplay(store: () => Store): void {
  test('a replay makes ended deliveries due now with a fresh set of attempts, and keeps the record', async () => {
    const [ended, pending] = [await claimOne(store()), await claimOne(store())];
    await store().recordAttempt(newRecordAttempt(ended, 1, { state: 'exhausted' }));
    const replay = { deliveryIds: [ended, pending, 'no-such-delivery'], nowMs: NOW_MS + 70 };
    assert.equal(await store().replayDeliveries(replay), 1);
    const [claimed] = await store().claimDeliveries(claimAt(NOW_MS + 70, { exceptJobIds: [] }));
    assert.deepEqual([claimed?.id, claimed?.attemptCount, claimed?.dueAtMs], [pending, 0, NOW_MS]);
    const again = await store().getDelivery(ended);
    assert.deepEqual([again?.state, again?.attemptCount, again?.dueAtMs], ['pending', 0, NOW_MS + 70]);
    assert.equal(await store().recordAttempt(newRecordAttempt(ended, 1, { state: 'delivered' })), true);
    assert.deepEqual(
      (await store().listAttempts(ended)).map(({ number }) => number),
      [1, 1],
    );
  });

  for (const state of ['delivered', 'exhausted', 'stopped'] as const) {
    test(`a delivery that is ${state} can be replayed`, async () => {
      const id = await claimOne(store());
      await store().recordAttempt(newRecordAttempt(id, 1, { state }));
      assert.equal(await store().replayDeliveries({ deliveryIds: [id], nowMs: NOW_MS }), 1);
      assert.deepEqual(ids(await store().claimDeliveries(claimAt(NOW_MS))), [id]);
    });
  }
}

function testLists(store: () => Store): void {
  test('each filter alone and together, newest first', async () => {
    const keyId = randomUUID();
    const first = await deliver(store(), { keyId });
    const second = await deliver(store(), { keyId, createdAtMs: NOW_MS + 10 }, { keyId, createdAtMs: NOW_MS + 20 });
    const [one, [two, three]] = [written(first.deliveries[0]), second.deliveries.map(({ id }) => id)];
    await store().recordAttempt(newRecordAttempt(one.id, 1, { state: 'exhausted' }));
    await store().recordAttempt(newRecordAttempt(written(two), 1, { state: 'delivered' }));
    const list = async (filter: Omit<Parameters<Store['listDeliveries']>[0], 'limit'>): Promise<string[]> =>
      ids(await store().listDeliveries({ ...filter, limit: 10 }));
    assert.deepEqual(await list({ keyId }), [three, two, one.id]);
    assert.deepEqual(await list({ jobId: second.job.id }), [three, two]);
    assert.deepEqual(await list({ keyId, state: 'exhausted' }), [one.id]);
    assert.deepEqual(await list({ keyId, state: 'delivered' }), [two]);
    assert.deepEqual(await list({ keyId, state: 'pending' }), [three]);
    assert.deepEqual(await list({ keyId, sinceMs: NOW_MS + 10 }), [three, two]);
    assert.deepEqual(await list({ keyId, jobId: first.job.id, sinceMs: NOW_MS + 1 }), []);
    assert.deepEqual(ids(await store().listDeliveries({ keyId, limit: 1 })), [three]);
    assert.deepEqual(ids(await store().listDeliveries({ keyId, cursor: written(three), limit: 1 })), [two]);
    assert.deepEqual(await list({ keyId, cursor: written(two) }), [one.id]);
    assert.deepEqual(await list({ keyId, cursor: 'no-such-delivery' }), []);
  });

  test('an unknown delivery is undefined and has no attempts', async () => {
    assert.equal(await store().getDelivery('no-such-delivery'), undefined);
    assert.deepEqual(await store().listAttempts('no-such-delivery'), []);
  });
}
