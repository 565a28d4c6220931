import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Job } from '../../core/job.ts';
import type { AcceptJob, AcceptResult, JobCaps, Store } from '../../core/store.ts';
import { type CreateStore, NOW_MS, accept, describeStore, newJob } from './fixtures.ts';

const DAY_MS = 86_400_000;
const PARALLEL = 64;

export function testCaps(name: string, createStore: CreateStore): void {
  describeStore(`${name} enforces the caps of a key`, createStore, (store) => {
    testDay(store);
    testRunning(store);
    testTogether(store);
  });
}

const perDay = (jobsPerDay: number): { caps: JobCaps } => ({ caps: { jobsPerDay, runningJobs: null } });
const running = (runningJobs: number): { caps: JobCaps } => ({ caps: { jobsPerDay: null, runningJobs } });

async function end(store: Store, { id, version }: Job): Promise<void> {
  assert.ok(await store.transition({ jobId: id, version, nowMs: NOW_MS, set: { status: 'completed' } }));
}

const count = (results: AcceptResult[], outcome: AcceptResult['outcome']): number =>
  results.filter((result) => result.outcome === outcome).length;

function testDay(store: () => Store): void {
  test('the cap of a day counts ended jobs too, and has room again when the first job is a day old', async () => {
    const keyId = randomUUID();
    const first = await accept(store(), { keyId, createdAtMs: NOW_MS - DAY_MS + 10 }, perDay(2));
    await end(store(), first);
    await accept(store(), { keyId, createdAtMs: NOW_MS - 20 }, perDay(2));
    const refused = newJob({ keyId });
    const result = await store().acceptJob({ job: refused, ...perDay(2) });
    assert.deepEqual(result, { outcome: 'over-limit', limit: 'jobsPerDay', max: 2, freeAtMs: NOW_MS + 10 });
    assert.equal(await store().getJob(refused.id), undefined);
    const early = await store().acceptJob({ job: newJob({ keyId, createdAtMs: NOW_MS + 9 }), ...perDay(2) });
    assert.equal(early.outcome, 'over-limit');
    await accept(store(), { keyId, createdAtMs: NOW_MS + 10 }, perDay(2));
  });

  test('jobs of other keys do not count, and a higher cap applies at once', async () => {
    const keyId = randomUUID();
    await accept(store(), { keyId }, perDay(1));
    await accept(store(), { keyId: randomUUID() }, perDay(1));
    assert.equal((await store().acceptJob({ job: newJob({ keyId }), ...perDay(1) })).outcome, 'over-limit');
    await accept(store(), { keyId }, perDay(2));
    await accept(store(), { keyId });
    const tooLow = await store().acceptJob({ job: newJob({ keyId }), ...perDay(1) });
    assert.deepEqual(tooLow, { outcome: 'over-limit', limit: 'jobsPerDay', max: 1, freeAtMs: NOW_MS + DAY_MS });
  });

  test(`of ${PARALLEL} jobs at once for a day of 10, ten are accepted`, async () => {
    const keyId = randomUUID();
    const results = await Promise.all(Array.from({ length: PARALLEL }, () => store().acceptJob({ job: newJob({ keyId }), ...perDay(10) })));
    assert.deepEqual([count(results, 'accepted'), count(results, 'over-limit')], [10, PARALLEL - 10]);
    assert.equal((await store().listJobs({ keyId, limit: 100 })).length, 10);
  });
}

function testRunning(store: () => Store): void {
  test('a job that has ended makes room for another, also when it was accepted days ago', async () => {
    const keyId = randomUUID();
    const first = await accept(store(), { keyId, createdAtMs: NOW_MS - 2 * DAY_MS }, running(2));
    await accept(store(), { keyId, usesSlot: false }, running(2));
    const result = await store().acceptJob({ job: newJob({ keyId }), ...running(2) });
    assert.deepEqual(result, { outcome: 'over-limit', limit: 'runningJobs', max: 2, freeAtMs: null });
    await end(store(), first);
    await accept(store(), { keyId }, running(2));
  });

  test(`of ${PARALLEL} jobs at once for three places, three are accepted`, async () => {
    const keyId = randomUUID();
    const results = await Promise.all(Array.from({ length: PARALLEL }, () => store().acceptJob({ job: newJob({ keyId }), ...running(3) })));
    assert.deepEqual([count(results, 'accepted'), count(results, 'over-limit')], [3, PARALLEL - 3]);
  });
}

function testTogether(store: () => Store): void {
  test('a repeated request gets its job also when its key has reached its cap', async () => {
    const keyId = randomUUID();
    const command: Omit<AcceptJob, 'job'> = {
      caps: { jobsPerDay: 1, runningJobs: 1 },
      idempotency: { key: 'once', fingerprint: 'print' },
    };
    const job = await accept(store(), { keyId }, command);
    for (let index = 0; index < 3; index += 1) {
      assert.deepEqual(await store().acceptJob({ job: newJob({ keyId }), ...command }), { outcome: 'repeated', job });
    }
    const other = await store().acceptJob({ job: newJob({ keyId }), ...command, idempotency: { key: 'twice', fingerprint: 'print' } });
    assert.equal(other.outcome, 'over-limit');
  });

  test('a repeated request does not count', async () => {
    const keyId = randomUUID();
    const command = { caps: { jobsPerDay: 2, runningJobs: 2 }, idempotency: { key: 'once', fingerprint: 'print' } };
    await accept(store(), { keyId }, command);
    await store().acceptJob({ job: newJob({ keyId }), ...command });
    await accept(store(), { keyId }, { caps: command.caps });
  });

  test('caps and slots apply together, and a job that a busy account refuses does not count', async () => {
    const [keyId, accountId] = [randomUUID(), randomUUID()];
    const conditions = { caps: { jobsPerDay: 2, runningJobs: null }, slots: { maxJobs: 1 } };
    await accept(store(), { keyId, accountId }, conditions);
    assert.equal((await store().acceptJob({ job: newJob({ keyId, accountId }), ...conditions })).outcome, 'busy');
    await accept(store(), { keyId, accountId: randomUUID() }, conditions);
    const full = await store().acceptJob({ job: newJob({ keyId, accountId: randomUUID() }), ...conditions });
    assert.equal(full.outcome, 'over-limit');
  });

  test('a cap of null is no limit', async () => {
    const keyId = randomUUID();
    const command = { caps: { jobsPerDay: null, runningJobs: null } };
    for (let index = 0; index < 3; index += 1) await accept(store(), { keyId }, command);
  });
}
