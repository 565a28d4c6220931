import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DeliveryState } from '../../../core/delivery.ts';
import { isJsonObject, listAt, textAt, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { createTestHarness, type Harness } from './harness.fixture.ts';

const idsOf = (body: JsonObject): (JsonValue | undefined)[] =>
  listAt(body, 'items').map((item) => (isJsonObject(item) ? item['id'] : undefined));

describe('deliveries', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  /** A finished job with one delivery that has had one attempt, or none. */
  async function deliver(id: string, outcome: Exclude<DeliveryState, 'pending'> | undefined, keyId = 'key_ann'): Promise<string> {
    const jobId = await harness.imagine();
    const job = await harness.store.getJob(jobId);
    const nowMs = harness.clock.now();
    const times = { dueAtMs: nowMs, createdAtMs: nowMs };
    const [url, origin] = ['https://example.com/cb', 'https://example.com'];
    const delivery = { id, jobId, keyId, dialect: 'native', url, origin, body: '{"n":1}', kieTaskId: null, ...times } as const;
    const { version = 0 } = job ?? {};
    assert.ok(await harness.store.transition({ jobId, version, nowMs, set: { status: 'cancelled' }, deliveries: [delivery] }));
    if (outcome !== undefined) {
      await harness.store.claimDeliveries({ nowMs, leaseUntilMs: nowMs + 1, limit: 100, exceptOrigins: [], exceptJobIds: [] });
      const attempt = { deliveryId: id, number: 1, startedAtMs: nowMs, durationMs: 12, responseBody: 'sorry', error: null } as const;
      const [status, what] = outcome === 'delivered' ? [200, 'delivered' as const] : [500, 'refused' as const];
      assert.ok(await harness.store.recordAttempt({ attempt: { ...attempt, outcome: what, status }, nowMs, next: { state: outcome } }));
    }
    return jobId;
  }

  test('are listed by job, state and time, and read with their attempts and exact body', async () => {
    const jobId = await deliver('msg_1', 'exhausted');
    await harness.clock.advance(1_000);
    const since = new Date(harness.clock.now()).toISOString();
    await deliver('msg_2', 'delivered');
    await deliver('msg_3', 'exhausted');
    assert.deepEqual(idsOf((await harness.call('GET', `/jobs/${jobId}/deliveries`)).body), ['msg_1']);
    assert.deepEqual(idsOf((await harness.call('GET', '/deliveries?state=exhausted')).body), ['msg_3', 'msg_1']);
    assert.deepEqual(idsOf((await harness.call('GET', `/deliveries?since=${since}`)).body), ['msg_3', 'msg_2']);
    const first = await harness.call('GET', '/deliveries?limit=2');
    assert.deepEqual(idsOf(first.body), ['msg_3', 'msg_2']);
    assert.deepEqual(idsOf((await harness.call('GET', `/deliveries?limit=2&cursor=${textAt(first.body, 'nextCursor')}`)).body), ['msg_1']);
    const { body } = await harness.call('GET', '/deliveries/msg_1');
    assert.equal(body['body'], '{"n":1}');
    assert.equal(body['nextAttemptAt'], null);
    const [attempt] = listAt(body, 'attempts');
    assert.deepEqual(attempt, {
      number: 1,
      startedAt: '2025-02-26T10:30:00.250Z',
      durationMs: 12,
      outcome: 'refused',
      status: 500,
      responseBody: 'sorry',
      error: null,
    });
  });

  test('a delivery of another key is not found', async () => {
    await deliver('msg_mine', 'exhausted');
    const as = { as: 'bob' };
    assert.deepEqual(idsOf((await harness.call('GET', '/deliveries', undefined, as)).body), []);
    for (const [method, url] of [
      ['GET', '/deliveries/msg_mine'],
      ['POST', '/deliveries/msg_mine/replay'],
    ] as const) {
      assert.equal((await harness.call(method, url, undefined, as)).status, 404);
    }
    assert.equal((await harness.call('POST', '/deliveries/replay', { ids: ['msg_mine'] }, as)).status, 404);
    const none = await harness.call('POST', '/deliveries/replay', { filter: { state: 'exhausted' } }, as);
    assert.deepEqual(none.body, { replayed: 0 });
    assert.equal((await harness.store.getDelivery('msg_mine'))?.state, 'exhausted');
  });

  test('one is sent again, and the dispatcher is woken', async () => {
    await deliver('msg_again', 'stopped');
    const wakes = harness.countWakes();
    const { status, body } = await harness.call('POST', '/deliveries/msg_again/replay');
    assert.equal(status, 202);
    assert.equal(body['state'], 'pending');
    assert.equal(body['nextAttemptAt'], new Date(harness.clock.now()).toISOString());
    assert.equal(harness.countWakes(), wakes + 1);
  });

  test('many are sent again: all named ids or none, or all that a filter finds', async () => {
    await deliver('msg_a', 'stopped');
    await deliver('msg_b', 'stopped');
    await deliver('msg_c', undefined);
    assert.equal((await harness.call('POST', '/deliveries/replay', { ids: ['msg_a', 'msg_none'] })).status, 404);
    assert.equal((await harness.store.getDelivery('msg_a'))?.state, 'stopped');
    assert.deepEqual((await harness.call('POST', '/deliveries/replay', { ids: ['msg_a', 'msg_c'] })).body, { replayed: 1 });
    assert.deepEqual((await harness.call('POST', '/deliveries/replay', { filter: { state: 'stopped' } })).body, { replayed: 1 });
    for (const wrong of [
      {},
      { ids: [] },
      { filter: {} },
      { filter: { state: 'pending' } },
      { ids: ['msg_a'], filter: { state: 'stopped' } },
    ]) {
      assert.equal((await harness.call('POST', '/deliveries/replay', wrong)).status, 400, JSON.stringify(wrong));
    }
  });
});
