import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Job } from '../../core/job.ts';
import { type JobCaps, MAX_QUEUE_POSITION, type Store } from '../../core/store.ts';
import { type CreateStore, NOW_MS, QUEUE_UNDER_TEST, accept, describeStore, ids, newJob, newStart } from './fixtures.ts';

export function testBatches(name: string, createStore: CreateStore): void {
  describeStore(`${name} accepts batches`, createStore, (store) => {
    testAcceptance(store);
    testCapsOfBatches(store);
  });
  describeStore(`${name} tells the position of queued jobs`, createStore, testPositions);
}

/** The jobs of a batch; the first stands for it. */
function newBatch(size: number, set: Partial<Job> = {}): { job: Job; siblings: Job[] } {
  const batchId = randomUUID();
  const [job = newJob(), ...siblings] = Array.from({ length: size }, () => newJob({ keyId: 'k-batch', batchId, ...set }));
  return { job, siblings };
}

const jobsOf = (store: Store, { batchId }: Job): Promise<Job[]> => store.listJobs({ ...(batchId !== null && { batchId }), limit: 100 });

function testAcceptance(store: () => Store): void {
  test('all its jobs are written, in order', async () => {
    const { job, siblings } = newBatch(40);
    assert.deepEqual(await store().acceptJob({ job, siblings }), { outcome: 'accepted', job });
    assert.deepEqual(await jobsOf(store(), job), [job, ...siblings].toReversed());
  });

  test('a repeated idempotency key gives its first job, and writes none', async () => {
    const idempotency = { key: randomUUID(), fingerprint: 'f' };
    const first = newBatch(3);
    await store().acceptJob({ ...first, idempotency });
    const second = newBatch(3);
    assert.deepEqual(await store().acceptJob({ ...second, idempotency }), { outcome: 'repeated', job: first.job });
    assert.deepEqual(await jobsOf(store(), second.job), []);
  });

  test('a job that cannot be written takes the others with it', async () => {
    const existing = await accept(store());
    const { job, siblings } = newBatch(3);
    await assert.rejects(store().acceptJob({ job, siblings: [...siblings, existing] }), /exists already/);
    assert.deepEqual(await jobsOf(store(), job), []);
  });
}

function testCapsOfBatches(store: () => Store): void {
  const caps = (set: Partial<JobCaps>): JobCaps => ({ jobsPerDay: null, runningJobs: null, ...set });

  for (const limit of ['runningJobs', 'jobsPerDay'] as const) {
    test(`${limit} counts every job: all fit, or none is accepted`, async () => {
      const keyId = randomUUID();
      await accept(store(), { keyId });
      const four = newBatch(4, { keyId });
      const freeAtMs = limit === 'jobsPerDay' ? NOW_MS + 86_400_000 : null;
      const refused = await store().acceptJob({ ...four, caps: caps({ [limit]: 4 }) });
      assert.deepEqual(refused, { outcome: 'over-limit', limit, max: 4, freeAtMs });
      assert.deepEqual(await jobsOf(store(), four.job), []);
      assert.equal((await store().acceptJob({ ...four, caps: caps({ [limit]: 5 }) })).outcome, 'accepted');
    });

    test(`a batch above ${limit} never fits`, async () => {
      const batch = newBatch(4, { keyId: randomUUID() });
      const refused = await store().acceptJob({ ...batch, caps: caps({ [limit]: 3 }) });
      assert.deepEqual(refused, { outcome: 'over-limit', limit, max: 3, freeAtMs: null });
      assert.deepEqual(await jobsOf(store(), batch.job), []);
    });
  }
}

function testPositions(store: () => Store): void {
  const engine = QUEUE_UNDER_TEST;
  const positions = async (jobs: readonly Job[]): Promise<(number | undefined)[]> =>
    Promise.all(ids(jobs).map((id) => store().queuePosition(id)));

  test('counts the queued jobs before it, and no longer counts a job that has started', async () => {
    const jobs = [await accept(store(), { engine }), await accept(store(), { engine }), await accept(store(), { engine })];
    await accept(store(), { engine: 'suno' });
    assert.deepEqual(await positions(jobs), [1, 2, 3]);
    await store().startJob(newStart(jobs[0] ?? newJob()));
    assert.deepEqual(await positions(jobs), [undefined, 1, 2]);
    assert.equal(await store().queuePosition('no-such-job'), undefined);
  });

  test('jobs of another account are not before a job that is bound to its account', async () => {
    const [a, b] = [
      { engine, accountId: 'a' },
      { engine, accountId: 'b' },
    ];
    const jobs = [await accept(store(), b), await accept(store(), a), await accept(store(), { engine }), await accept(store(), b)];
    assert.deepEqual(await positions(jobs), [1, 1, 3, 3]);
  });

  test('stops counting at its limit', async () => {
    const { job, siblings } = newBatch(MAX_QUEUE_POSITION + 2, { engine });
    await store().acceptJob({ job, siblings });
    assert.deepEqual(await positions([job, ...siblings].slice(-4)), [MAX_QUEUE_POSITION - 1, ...Array<number>(3).fill(MAX_QUEUE_POSITION)]);
  });
}
