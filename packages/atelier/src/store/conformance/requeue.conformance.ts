import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Job } from '../../core/job.ts';
import type { Store } from '../../core/store.ts';
import { type CreateStore, NOW_MS, accept, describeStore, ids, newAccount, newStart, start, written } from './fixtures.ts';

export function testRequeues(name: string, createStore: CreateStore): void {
  describeStore(`${name} puts jobs back to the queue`, createStore, testRequeue);
  describeStore(`${name} counts the jobs that started`, createStore, testStartedJobs);
}

function testRequeue(store: () => Store): void {
  const requeue = ({ id, version }: Job): Promise<Job | undefined> => store().requeueJob({ jobId: id, version, nowMs: NOW_MS + 9 });

  test('a starting job goes back to the queue as it was, on any account', async () => {
    const job = await accept(store());
    const started = written(await store().startJob(newStart(job, { accountId: 'account-9' })));
    const requeued = await requeue(started);
    assert.deepEqual(requeued, { ...job, version: 3, updatedAtMs: NOW_MS + 9 });
    assert.deepEqual(await store().getJob(job.id), requeued);
    assert.deepEqual(await store().renewJobLeases({ owner: 'process-1', jobIds: [job.id], leaseUntilMs: NOW_MS }), []);
  });

  test('a job that its caller bound to an account stays bound, also the second time', async () => {
    const job = await accept(store(), { accountId: 'account-9' });
    const first = written(await requeue(written(await store().startJob(newStart(job)))));
    assert.equal(first.accountId, 'account-9');
    const second = written(await requeue(written(await store().startJob(newStart(first)))));
    assert.deepEqual(second, { ...job, version: 5, updatedAtMs: NOW_MS + 9 });
  });

  test('a job that went back keeps its place and frees its slot', async () => {
    const account = newAccount();
    await store().putAccount(account);
    const bound = { accountId: account.id };
    const [first, second] = [await accept(store(), bound), await accept(store(), bound)];
    const slots = { maxJobs: 1 };
    await requeue(written(await store().startJob(newStart(first, { slots }))));
    const waiting = await store().queuedJobs('midjourney', 10, { ...bound, usesSlot: true });
    assert.deepEqual(ids(waiting), ids([first, second]));
    assert.ok(await store().startJob(newStart(second, { slots })));
  });

  test('only a starting job goes back, and only from the given version', async () => {
    const queued = await accept(store());
    assert.equal(await requeue(queued), undefined);
    const started = await start(store());
    assert.equal(await requeue({ ...started, version: 1 }), undefined);
    const confirmed = written(
      await store().transition({ jobId: started.id, version: started.version, nowMs: NOW_MS, set: { status: 'started' } }),
    );
    assert.equal(await requeue(confirmed), undefined);
    assert.deepEqual(await store().getJob(started.id), confirmed);
  });
}

function testStartedJobs(store: () => Store): void {
  test('counts the jobs that each account has started since an instant', async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    for (const nowMs of [NOW_MS + 5_000, NOW_MS + 7_000, NOW_MS + 6_000]) await start(store(), { accountId: a, nowMs });
    await start(store(), { accountId: b, nowMs: NOW_MS + 4_999 });
    await start(store(), { accountId: b, nowMs: NOW_MS + 5_001 }, { usesSlot: false });
    const requeued = await start(store(), { accountId: b, nowMs: NOW_MS + 5_001 });
    await store().requeueJob({ jobId: requeued.id, version: requeued.version, nowMs: NOW_MS + 5_002 });
    await start(store(), { accountId: null, nowMs: NOW_MS + 5_001 });
    const counted = await store().countStartedJobs(NOW_MS + 5_000);
    assert.deepEqual([counted.get(a), counted.get(b)], [{ count: 3, lastAtMs: NOW_MS + 7_000 }, undefined]);
  });
}
