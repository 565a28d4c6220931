import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { FinalStatus, Job } from '../../core/job.ts';
import type { AcceptJob, AcceptResult, Store } from '../../core/store.ts';
import { type CreateStore, NOW_MS, accept, describeStore, ids, newJob, newStart, written } from './fixtures.ts';

const PARALLEL = 1_000;

export function testAccepting(name: string, createStore: CreateStore): void {
  describeStore(`${name} accepts jobs`, createStore, (store) => {
    testOutcomes(store);
    testKeys(store);
    testSlots(store);
    testParallel(store);
  });
}

function testOutcomes(store: () => Store): void {
  test('an accepted job can be read at once, as it was given', async () => {
    const job = newJob({
      parentId: 'parent-1',
      callbackUrl: 'https://receiver.example/hook',
      accountId: 'account-1',
      usesSlot: false,
      maxJobs: 2,
      echo: { replyRef: 'r', nested: [1, 2.5, null, { deep: true }] },
    });
    assert.deepEqual(await store().acceptJob({ job }), { outcome: 'accepted', job });
    assert.deepEqual(await store().getJob(job.id), job);
  });

  test('a job that was never accepted is undefined', async () => {
    assert.equal(await store().getJob('no-such-job'), undefined);
  });

  test('an id that exists is an error, and the first job stays', async () => {
    const job = await accept(store());
    await assert.rejects(store().acceptJob({ job: { ...job, verb: 'blend' } }), /exists already/);
    assert.deepEqual(await store().getJob(job.id), job);
  });
}

function testKeys(store: () => Store): void {
  const idempotency = { key: 'same', fingerprint: 'print-1' };

  test('a repeated idempotency key gives the first job in its present state', async () => {
    const first = await accept(store(), { keyId: 'k-again' }, { idempotency });
    const started = written(await store().startJob(newStart(first)));
    const again = await store().acceptJob({ job: newJob({ keyId: 'k-again' }), idempotency });
    assert.deepEqual(again, { outcome: 'repeated', job: started });
  });

  test('an idempotency key with another fingerprint is a mismatch and writes nothing', async () => {
    await accept(store(), { keyId: 'k-mismatch' }, { idempotency });
    const other = newJob({ keyId: 'k-mismatch' });
    const result = await store().acceptJob({ job: other, idempotency: { key: 'same', fingerprint: 'print-2' } });
    assert.deepEqual(result, { outcome: 'idempotency-mismatch' });
    assert.equal(await store().getJob(other.id), undefined);
  });

  test('the job of an idempotency key is found by key, fingerprint and API key, in its present state', async () => {
    const keyId = 'k-find';
    const query = { keyId, ...idempotency };
    assert.equal(await store().findRepeated(query), undefined);
    const first = await accept(store(), { keyId }, { idempotency });
    const started = written(await store().startJob(newStart(first)));
    assert.deepEqual(await store().findRepeated(query), started);
    for (const other of [{ keyId: 'k-other' }, { key: 'another' }, { fingerprint: 'print-2' }]) {
      assert.equal(await store().findRepeated({ ...query, ...other }), undefined);
    }
  });

  test('two API keys may use the same idempotency key', async () => {
    await accept(store(), { keyId: 'k-one' }, { idempotency });
    await accept(store(), { keyId: 'k-two' }, { idempotency });
  });

  test('an idempotency key stays free when its job is refused', async () => {
    const [accountId, keyId] = [randomUUID(), 'k-refused'];
    const slots = { maxJobs: 1 };
    const first = await accept(store(), { accountId, keyId }, { slots });
    assert.equal((await store().acceptJob({ job: newJob({ accountId, keyId }), slots, idempotency })).outcome, 'busy');
    await store().transition({ jobId: first.id, version: first.version, nowMs: NOW_MS, set: { status: 'failed' } });
    await accept(store(), { accountId, keyId }, { slots, idempotency });
  });

  test('a dedupe key is reserved while its job is queued, running or completed', async () => {
    const dedupeKey = randomUUID();
    const queued = await accept(store(), {}, { dedupeKey });
    assert.deepEqual(await store().acceptJob({ job: newJob(), dedupeKey }), { outcome: 'duplicate', job: queued });
    const running = written(await store().startJob(newStart(queued)));
    assert.deepEqual(await store().acceptJob({ job: newJob(), dedupeKey }), { outcome: 'duplicate', job: running });
    const end = { jobId: running.id, version: running.version, nowMs: NOW_MS, set: { status: 'completed' } } as const;
    const completed = written(await store().transition(end));
    const late = newJob();
    assert.deepEqual(await store().acceptJob({ job: late, dedupeKey }), { outcome: 'duplicate', job: completed });
    assert.equal(await store().getJob(late.id), undefined);
  });

  for (const status of ['failed', 'moderated', 'cancelled'] satisfies FinalStatus[]) {
    test(`a dedupe key is free again when its job is ${status}`, async () => {
      const dedupeKey = randomUUID();
      const { id, version } = await accept(store(), {}, { dedupeKey });
      await store().transition({ jobId: id, version, nowMs: NOW_MS, set: { status } });
      await accept(store(), {}, { dedupeKey });
      assert.equal((await store().acceptJob({ job: newJob(), dedupeKey })).outcome, 'duplicate');
    });
  }

  test('an idempotency key counts before a dedupe key, and a dedupe key before slots', async () => {
    const [accountId, keyId, dedupeKey] = [randomUUID(), 'k-priority', randomUUID()];
    const conditions = { slots: { maxJobs: 1 }, dedupeKey, idempotency };
    const first = await accept(store(), { accountId, keyId }, conditions);
    assert.deepEqual(await store().acceptJob({ job: newJob({ accountId, keyId }), ...conditions }), { outcome: 'repeated', job: first });
    const { idempotency: _, ...others } = conditions;
    assert.deepEqual(await store().acceptJob({ job: newJob({ accountId, keyId }), ...others }), { outcome: 'duplicate', job: first });
  });
}

function testSlots(store: () => Store): void {
  test('a busy result names the executing jobs of the account, oldest first', async () => {
    const accountId = randomUUID();
    const slots = { maxJobs: 2 };
    const first = await accept(store(), { accountId }, { slots });
    const second = await accept(store(), { accountId }, { slots });
    const refused = newJob({ accountId });
    assert.deepEqual(await store().acceptJob({ job: refused, slots }), { outcome: 'busy', executing: [first, second] });
    assert.equal(await store().getJob(refused.id), undefined);
    await accept(store(), { accountId: randomUUID() }, { slots });
  });

  test('slots count only unfinished jobs that use a slot', async () => {
    const accountId = randomUUID();
    const slots = { maxJobs: 1 };
    await accept(store(), { accountId, usesSlot: false });
    const done = await accept(store(), { accountId });
    await store().transition({ jobId: done.id, version: done.version, nowMs: NOW_MS, set: { status: 'completed' } });
    await accept(store(), { accountId }, { slots });
    assert.equal((await store().acceptJob({ job: newJob({ accountId }), slots })).outcome, 'busy');
  });

  test('a command without slots is accepted on a full account', async () => {
    const accountId = randomUUID();
    await accept(store(), { accountId }, { slots: { maxJobs: 1 } });
    await accept(store(), { accountId });
    assert.equal((await store().executingJobs(accountId)).length, 2);
  });
}

function testParallel(store: () => Store): void {
  const acceptAll = (command: (index: number) => AcceptJob): Promise<AcceptResult[]> =>
    Promise.all(Array.from({ length: PARALLEL }, (_, index) => store().acceptJob(command(index))));
  const count = (results: AcceptResult[], outcome: AcceptResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  const jobsOf = (results: AcceptResult[]): Job[] => results.flatMap((result) => ('job' in result ? [result.job] : []));

  test('of a thousand parallel requests with one idempotency key, one is accepted', async () => {
    const results = await acceptAll(() => ({
      job: newJob({ keyId: 'k-parallel' }),
      idempotency: { key: 'once', fingerprint: 'print' },
    }));
    assert.equal(count(results, 'accepted'), 1);
    assert.equal(count(results, 'repeated'), PARALLEL - 1);
    assert.equal(new Set(ids(jobsOf(results))).size, 1);
    assert.equal((await store().listJobs({ keyId: 'k-parallel', limit: 10 })).length, 1);
  });

  test('of a thousand parallel jobs with one dedupe key, one is accepted', async () => {
    const dedupeKey = randomUUID();
    const results = await acceptAll(() => ({ job: newJob(), dedupeKey }));
    assert.equal(count(results, 'accepted'), 1);
    assert.equal(count(results, 'duplicate'), PARALLEL - 1);
    assert.equal(new Set(ids(jobsOf(results))).size, 1);
  });

  test('of a thousand parallel jobs for three slots, three are accepted', async () => {
    const accountId = randomUUID();
    const results = await acceptAll(() => ({ job: newJob({ accountId }), slots: { maxJobs: 3 } }));
    assert.equal(count(results, 'accepted'), 3);
    assert.equal(count(results, 'busy'), PARALLEL - 3);
    const executing = ids(await store().executingJobs(accountId));
    assert.deepEqual(executing, ids(jobsOf(results)));
    for (const result of results) if (result.outcome === 'busy') assert.deepEqual(ids(result.executing), executing);
  });

  test('a command that fails does not fail other commands', async () => {
    const taken = await accept(store());
    const results = await Promise.allSettled(
      Array.from({ length: 51 }, (_, index) => store().acceptJob({ job: index === 25 ? taken : newJob() })),
    );
    assert.deepEqual(
      results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : [])),
      [25],
    );
  });
}
