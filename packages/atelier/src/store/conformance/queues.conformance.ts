import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Store } from '../../core/store.ts';
import { type CreateStore, NOW_MS, QUEUE_UNDER_TEST, accept, describeStore, ids, newStart, start } from './fixtures.ts';

export function testQueues(name: string, createStore: CreateStore): void {
  describeStore(`${name} reads queues`, createStore, (store) => {
    testQueuedJobs(store);
    testQueuesOfAccounts(store);
  });
  describeStore(`${name} counts jobs at work`, createStore, testCounts);
}

function testQueuedJobs(store: () => Store): void {
  test('queued jobs of one engine, oldest first, up to the limit', async () => {
    const engine = QUEUE_UNDER_TEST;
    const jobs = [await accept(store(), { engine }), await accept(store(), { engine }), await accept(store(), { engine })];
    await accept(store(), { engine: 'suno' });
    assert.deepEqual(await store().queuedJobs(engine, 10), jobs);
    assert.deepEqual(ids(await store().queuedJobs(engine, 2)), ids(jobs.slice(0, 2)));
  });

  test('a job that was started or ended is not queued any more', async () => {
    const engine = QUEUE_UNDER_TEST;
    const started = await accept(store(), { engine });
    const ended = await accept(store(), { engine });
    const waiting = await accept(store(), { engine });
    await store().startJob(newStart(started));
    await store().transition({ jobId: ended.id, version: 1, nowMs: NOW_MS, set: { status: 'cancelled' } });
    assert.deepEqual(ids(await store().queuedJobs(engine, 10)), ids([waiting]));
  });
}

function testQueuesOfAccounts(store: () => Store): void {
  const engine = QUEUE_UNDER_TEST;
  const bound = (accountId: string | null, usesSlot = true) => store().queuedJobs(engine, 10, { accountId, usesSlot });

  test('each account has its own queue, jobs without an account have one, and small commands have separate queues', async () => {
    const [a, b] = [await accept(store(), { engine, accountId: 'a' }), await accept(store(), { engine, accountId: 'b' })];
    const [free, a2] = [await accept(store(), { engine }), await accept(store(), { engine, accountId: 'a' })];
    const [info, freeInfo] = [
      await accept(store(), { engine, accountId: 'a', usesSlot: false }),
      await accept(store(), { engine, usesSlot: false }),
    ];
    await accept(store(), { engine: 'suno', accountId: 'a' });
    assert.deepEqual(await bound('a'), [a, a2]);
    assert.deepEqual(await bound('b'), [b]);
    assert.deepEqual(await bound(null), [free]);
    assert.deepEqual(await bound('a', false), [info]);
    assert.deepEqual(await bound(null, false), [freeInfo]);
    assert.deepEqual(await bound('c'), []);
    assert.deepEqual(ids(await store().queuedJobs(engine, 1, { accountId: 'a', usesSlot: true })), [a.id]);
  });

  test('queued jobs with their own limit', async () => {
    await accept(store(), { engine, accountId: 'a' });
    const own = await accept(store(), { engine, accountId: 'a', maxJobs: 2 });
    assert.deepEqual(await store().queuedJobs(engine, 10, { hasOwnLimit: true }), [own]);
  });

  test('each account that jobs wait for is named once', async () => {
    const awaited = (usesSlot = true) => store().awaitedAccounts(engine, { usesSlot });
    assert.deepEqual(await awaited(), []);
    for (const accountId of ['b', 'a', null, 'b', 'c', 'a']) await accept(store(), { engine, accountId });
    await accept(store(), { engine, accountId: 'd', usesSlot: false });
    await accept(store(), { engine: 'suno', accountId: 'e' });
    await start(store(), {}, { engine, accountId: 'f' });
    assert.deepEqual(await awaited(), ['a', 'b', 'c']);
    assert.deepEqual(await awaited(false), ['d']);
  });
}

function testCounts(store: () => Store): void {
  test('executing jobs are the unfinished jobs of the account that use a slot, oldest first', async () => {
    const accountId = randomUUID();
    const running = await accept(store(), { accountId });
    const queued = await accept(store(), { accountId });
    const ended = await accept(store(), { accountId });
    await accept(store(), { accountId, usesSlot: false });
    await accept(store(), { accountId: randomUUID() });
    await store().startJob(newStart(running));
    await store().transition({ jobId: ended.id, version: 1, nowMs: NOW_MS, set: { status: 'failed' } });
    assert.deepEqual(ids(await store().executingJobs(accountId)), ids([running, queued]));
  });

  test('the ids of executing jobs of several accounts', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    const first = await accept(store(), { accountId: two });
    const second = await start(store(), {}, { accountId: one, keyId: 'key-2' });
    await accept(store(), { accountId: randomUUID() });
    assert.deepEqual(await store().executingJobIds([one, two]), ids([first, second]));
    assert.deepEqual(await store().executingJobIds([one, two], 'key-2'), [second.id]);
    assert.deepEqual(await store().executingJobIds([]), []);
  });

  test('jobs that use a slot are counted by account, with and without the jobs that only wait', async () => {
    const count = async (which: 'unfinished' | 'at-work') => Object.fromEntries(await store().countSlotJobs(which));
    assert.deepEqual([await count('unfinished'), await count('at-work')], [{}, {}]);
    for (let index = 0; index < 3; index += 1) await start(store(), {}, { accountId: 'a' });
    const ended = await start(store(), {}, { accountId: 'a' });
    await store().transition({ jobId: ended.id, version: ended.version, nowMs: NOW_MS, set: { status: 'failed' } });
    await start(store(), { accountId: 'b' });
    await accept(store(), { accountId: 'b' });
    await accept(store(), { accountId: 'c' });
    await accept(store());
    await start(store(), {}, { accountId: 'd', usesSlot: false });
    assert.deepEqual(await count('unfinished'), { a: 3, b: 2, c: 1 });
    assert.deepEqual(await count('at-work'), { a: 3, b: 1 });
  });
}
