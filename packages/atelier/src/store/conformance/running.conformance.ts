import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Store } from '../../core/store.ts';
import { type CreateStore, NOW_MS, accept, describeStore, ids, newAccount, newStart, start, written } from './fixtures.ts';

export function testRunning(name: string, createStore: CreateStore): void {
  describeStore(`${name} starts jobs`, createStore, (store) => {
    testStart(store);
    testStartSlots(store);
  });
  describeStore(`${name} leases jobs`, createStore, (store) => {
    testRecover(store);
    testRenewAndRelease(store);
  });
}

function testStart(store: () => Store): void {
  test('a started job has its account, operation and times', async () => {
    const job = await accept(store());
    const started = await store().startJob(newStart(job, { accountId: 'account-9', operation: { nonce: '42' }, nowMs: NOW_MS + 7 }));
    const times = { startedAtMs: NOW_MS + 7, updatedAtMs: NOW_MS + 7 };
    assert.deepEqual(started, { ...job, ...times, status: 'starting', version: 2, accountId: 'account-9', operation: { nonce: '42' } });
    assert.deepEqual(await store().getJob(job.id), started);
  });

  test('a job is started once', async () => {
    const job = await accept(store());
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => store().startJob(newStart(job, { owner: `process-${index}` }))));
    assert.equal(all.filter((started) => started !== undefined).length, 1);
  });

  test('a job that has changed meanwhile is not started', async () => {
    const job = await accept(store());
    assert.equal(await store().startJob(newStart(job, { version: 2 })), undefined);
    const ended = written(await store().transition({ jobId: job.id, version: 1, nowMs: NOW_MS, set: { status: 'cancelled' } }));
    assert.equal(await store().startJob(newStart(ended)), undefined);
    assert.deepEqual(await store().getJob(job.id), ended);
    assert.equal(await store().startJob(newStart(job, { jobId: 'no-such-job' })), undefined);
  });

  test('no job starts on a paused account until it is reset', async () => {
    const account = newAccount();
    await store().putAccount(account);
    const job = await accept(store());
    const command = newStart(job, { accountId: account.id });
    await store().setAccountPause(account.id, { code: 'captcha-required', title: 'Verify', details: null, atMs: NOW_MS }, NOW_MS);
    assert.equal(await store().startJob(command), undefined);
    assert.equal(await store().startJob({ ...command, slots: { maxJobs: 3 } }), undefined);
    await store().setAccountPause(account.id, null, NOW_MS);
    assert.equal((await store().startJob(command))?.status, 'starting');
  });

  test('no job starts on a held account before the hold is over', async () => {
    const account = newAccount();
    await store().putAccount(account);
    const command = newStart(await accept(store()), { accountId: account.id });
    const hold = { code: 'queue-full', title: 'Queue full', details: null, sinceMs: NOW_MS, untilMs: NOW_MS + 1_000 } as const;
    await store().setAccountHold(account.id, hold, NOW_MS);
    assert.equal(await store().startJob({ ...command, nowMs: NOW_MS + 999 }), undefined);
    assert.equal((await store().startJob({ ...command, nowMs: NOW_MS + 1_000 }))?.status, 'starting');
  });
}

function testStartSlots(store: () => Store): void {
  test('at most as many jobs are at work on an account as it has slots', async () => {
    const accountId = randomUUID();
    const slots = { maxJobs: 2 };
    const jobs = await Promise.all(Array.from({ length: 20 }, () => accept(store())));
    const results = await Promise.all(jobs.map((job) => store().startJob(newStart(job, { accountId, slots }))));
    const started = results.filter((job) => job !== undefined);
    assert.equal(started.length, 2);
    const [first] = started;
    assert.ok(first);
    await store().transition({ jobId: first.id, version: first.version, nowMs: NOW_MS, set: { status: 'completed' } });
    const [waiting] = await store().queuedJobs('midjourney', 1);
    assert.ok(waiting);
    assert.ok(await store().startJob(newStart(waiting, { accountId, slots })));
  });

  test('a job that was bound to the account before is not counted against itself', async () => {
    const accountId = randomUUID();
    const job = await accept(store(), { accountId }, { slots: { maxJobs: 1 } });
    assert.ok(await store().startJob(newStart(job, { slots: { maxJobs: 1 } })));
  });

  test('jobs that only wait for the account take no slot', async () => {
    const accountId = randomUUID();
    const slots = { maxJobs: 1 };
    const first = await accept(store(), { accountId });
    const second = await accept(store(), { accountId });
    const started = written(await store().startJob(newStart(first, { slots })));
    assert.equal(await store().startJob(newStart(second, { slots })), undefined);
    await store().transition({ jobId: first.id, version: started.version, nowMs: NOW_MS, set: { status: 'failed' } });
    assert.ok(await store().startJob(newStart(second, { slots })));
  });

  test('jobs that use no slot neither need one nor take one', async () => {
    const accountId = randomUUID();
    const slots = { maxJobs: 1 };
    await start(store(), { accountId }, { usesSlot: false });
    const picture = await start(store(), { accountId, slots });
    assert.equal(picture.accountId, accountId);
    await start(store(), { accountId, slots: null }, { usesSlot: false });
  });
}

function testRecover(store: () => Store): void {
  const recovery = { owner: 'process-2', nowMs: NOW_MS + 100, leaseUntilMs: NOW_MS + 200, everyLease: false, limit: 100 };

  test('recovers jobs at work after the end of their lease, oldest first', async () => {
    const first = await start(store(), { leaseUntilMs: NOW_MS + 100 });
    await start(store(), { leaseUntilMs: NOW_MS + 101 });
    await accept(store());
    const second = await start(store(), { leaseUntilMs: NOW_MS + 50 });
    const recovered = await store().recoverJobs(recovery);
    assert.deepEqual(ids(recovered), ids([first, second]));
    assert.deepEqual(await store().getJob(first.id), recovered[0]);
    assert.deepEqual(await store().recoverJobs(recovery), []);
    assert.equal((await store().recoverJobs({ ...recovery, nowMs: NOW_MS + 200 })).length, 3);
  });

  test('a recovered job keeps its state and operation', async () => {
    const started = await start(store(), { leaseUntilMs: NOW_MS });
    const progress = { status: 'progress', progressPercent: 31 } as const;
    const running = written(await store().transition({ jobId: started.id, version: 2, nowMs: NOW_MS + 2, set: progress }));
    const [recovered] = await store().recoverJobs(recovery);
    assert.deepEqual(recovered, { ...running, version: running.version + 1, updatedAtMs: recovery.nowMs });
  });

  test('a process that lost its lease cannot write any more', async () => {
    const job = await start(store(), { leaseUntilMs: NOW_MS });
    const [recovered] = await store().recoverJobs(recovery);
    assert.equal(await store().transition({ jobId: job.id, version: job.version, nowMs: NOW_MS, set: { status: 'completed' } }), undefined);
    assert.deepEqual(await store().getJob(job.id), recovered);
  });

  test('recovers every job at work with `everyLease`, and no ended job', async () => {
    const leased = await start(store(), { leaseUntilMs: Number.MAX_SAFE_INTEGER });
    const ended = await start(store());
    await accept(store());
    await store().transition({ jobId: ended.id, version: ended.version, nowMs: NOW_MS, set: { status: 'failed' } });
    assert.deepEqual(ids(await store().recoverJobs({ ...recovery, everyLease: true })), ids([leased]));
  });

  test('recovers at most the limit', async () => {
    const jobs = [await start(store(), { leaseUntilMs: NOW_MS }), await start(store(), { leaseUntilMs: NOW_MS })];
    assert.deepEqual(ids(await store().recoverJobs({ ...recovery, limit: 1 })), ids(jobs.slice(0, 1)));
    assert.deepEqual(ids(await store().recoverJobs({ ...recovery, limit: 1 })), ids(jobs.slice(1)));
  });

  test('one process alone recovers a job', async () => {
    await start(store(), { leaseUntilMs: NOW_MS });
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store().recoverJobs({ ...recovery, owner: `process-${index}` })),
    );
    assert.equal(all.flat().length, 1);
  });
}

function testRenewAndRelease(store: () => Store): void {
  const atMs = (nowMs: number) => ({ owner: 'process-9', nowMs, leaseUntilMs: nowMs + 100, everyLease: false, limit: 100 });

  test('renewing extends the leases that the owner still has, and names their jobs', async () => {
    const mine = await start(store(), { owner: 'a', leaseUntilMs: NOW_MS + 10 });
    const theirs = await start(store(), { owner: 'b', leaseUntilMs: NOW_MS + 10 });
    const ended = await start(store(), { owner: 'a' });
    await store().transition({ jobId: ended.id, version: ended.version, nowMs: NOW_MS, set: { status: 'completed' } });
    const jobIds = [...ids([mine, theirs, ended]), 'no-such-job'];
    assert.deepEqual(await store().renewJobLeases({ owner: 'a', jobIds, leaseUntilMs: NOW_MS + 500 }), [mine.id]);
    assert.deepEqual(ids(await store().recoverJobs(atMs(NOW_MS + 20))), ids([theirs]));
    assert.equal((await store().getJob(mine.id))?.version, mine.version);
    assert.deepEqual(await store().renewJobLeases({ owner: 'a', jobIds: [], leaseUntilMs: NOW_MS }), []);
  });

  test('the lease of a recovered job cannot be renewed by its former owner', async () => {
    const job = await start(store(), { owner: 'a', leaseUntilMs: NOW_MS });
    await store().recoverJobs(atMs(NOW_MS + 1));
    assert.deepEqual(await store().renewJobLeases({ owner: 'a', jobIds: [job.id], leaseUntilMs: NOW_MS + 500 }), []);
  });

  test('many leases are renewed at once', async () => {
    const started = await Promise.all(Array.from({ length: 50 }, () => start(store(), { owner: 'many' })));
    const jobIds = [...ids(started), ...Array.from({ length: 40_000 }, (_, index) => `absent-${index}`)];
    const renewed = await store().renewJobLeases({ owner: 'many', jobIds, leaseUntilMs: NOW_MS + 500 });
    assert.deepEqual(renewed.toSorted(), ids(started).toSorted());
  });

  test('released jobs can be recovered at once', async () => {
    const mine = await start(store(), { owner: 'a', leaseUntilMs: NOW_MS + 1_000 });
    await start(store(), { owner: 'b', leaseUntilMs: NOW_MS + 1_000 });
    await store().releaseJobLeases('a');
    assert.deepEqual(await store().renewJobLeases({ owner: 'a', jobIds: [mine.id], leaseUntilMs: NOW_MS }), []);
    assert.deepEqual(ids(await store().recoverJobs(atMs(NOW_MS + 1))), ids([mine]));
  });
}
