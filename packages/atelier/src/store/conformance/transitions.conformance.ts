import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Job, type JobOutput, type JobStatus, TRANSITIONS, canFollow, isFinal } from '../../core/job.ts';
import type { Store, TransitionJob } from '../../core/store.ts';
import { type CreateStore, NOW_MS, accept, describeStore, newAsset, newDelivery, start, written } from './fixtures.ts';

const STATUSES = Object.keys(TRANSITIONS) as JobStatus[];

export function testTransitions(name: string, createStore: CreateStore): void {
  describeStore(`${name} writes transitions`, createStore, (store) => {
    testFields(store);
    testGuards(store);
    testOneCommand(store);
  });
}

const move = (job: Job, set: TransitionJob['set'], more: Partial<TransitionJob> = {}): TransitionJob => ({
  jobId: job.id,
  version: job.version,
  nowMs: NOW_MS + 9,
  set,
  ...more,
});

/** A job in this state, by way of the states before it. */
async function jobIn(store: Store, status: JobStatus): Promise<Job> {
  if (status === 'queued') return accept(store);
  const starting = await start(store);
  return status === 'starting' ? starting : written(await store.transition(move(starting, { status })));
}

function testFields(store: () => Store): void {
  const output: JobOutput = {
    message: { id: '1', content: '**a** - (31%)', timestamp: '2026-11-01T10:00:00.123000+00:00', flags: 64, embeds: [{ title: 't' }] },
    buttons: [{ label: '🔄', customId: 'MJ::JOB::reroll::0', style: 2 }],
    assets: [],
    data: { seed: '1234' },
  };

  test('writes the given fields and leaves the others', async () => {
    const job = await start(store());
    const set = { status: 'progress', progressPercent: 31.5, output } as const;
    const moved = await store().transition(move(job, set));
    assert.deepEqual(moved, { ...job, ...set, version: job.version + 1, updatedAtMs: NOW_MS + 9 });
    assert.deepEqual(await store().getJob(job.id), moved);
    const further = await store().transition(move(written(moved), { operation: { step: 2 } }));
    assert.deepEqual(further, { ...moved, operation: { step: 2 }, version: job.version + 2 });
    const cleared = await store().transition(move(written(further), { operation: null }));
    assert.equal(cleared?.operation, null);
  });

  test('a final state sets its time and failure, and ends the lease', async () => {
    const job = await start(store());
    const failure = { code: 'upstream-failed', title: 'Sorry', details: 'could not complete' } as const;
    const ended = await store().transition(move(job, { status: 'failed', failure }));
    assert.deepEqual(ended, { ...job, status: 'failed', failure, version: 3, updatedAtMs: NOW_MS + 9, finishedAtMs: NOW_MS + 9 });
    const recovery = { owner: 'other', nowMs: NOW_MS + 9_999, leaseUntilMs: NOW_MS + 99_999, everyLease: true, limit: 10 };
    assert.deepEqual(await store().recoverJobs(recovery), []);
  });

  test('a job that became starting without a worker can be recovered', async () => {
    const job = await accept(store());
    await store().transition(move(job, { status: 'starting' }));
    const recovery = { owner: 'other', nowMs: NOW_MS, leaseUntilMs: NOW_MS + 1, everyLease: false, limit: 10 };
    assert.deepEqual(
      (await store().recoverJobs(recovery)).map(({ id }) => id),
      [job.id],
    );
  });
}

function testGuards(store: () => Store): void {
  for (const from of STATUSES) {
    test(`from ${from} only to the states that may follow it`, async () => {
      for (const to of STATUSES) {
        if (to === 'queued') continue;
        const job = await jobIn(store(), from);
        const moved = await store().transition(move(job, { status: to }));
        assert.equal(moved?.status, canFollow(from, to) ? to : undefined, `${from} → ${to}`);
        if (!moved) assert.deepEqual(await store().getJob(job.id), job);
      }
    });

    test(`a write without a status to a job that is ${from}`, async () => {
      const job = await jobIn(store(), from);
      const moved = await store().transition(move(job, { progressPercent: 5 }));
      assert.equal(moved !== undefined, !isFinal(from));
    });
  }

  test('of parallel writes with one version, one wins', async () => {
    const job = await start(store());
    const moves = Array.from({ length: 100 }, (_, index) => store().transition(move(job, { status: 'progress', progressPercent: index })));
    const winners = (await Promise.all(moves)).filter((moved) => moved !== undefined);
    assert.equal(winners.length, 1);
    assert.deepEqual(await store().getJob(job.id), winners[0]);
  });

  test('an unknown job is not written', async () => {
    assert.equal(await store().transition(move({ ...(await start(store())), id: 'no-such-job' }, { status: 'failed' })), undefined);
  });
}

function testOneCommand(store: () => Store): void {
  test('deliveries and assets are written with the final state', async () => {
    const job = await start(store());
    const deliveries = [newDelivery(job), newDelivery(job, { kieTaskId: 'task-1', dialect: 'kie' })];
    const assets = [newAsset({ jobId: job.id }), newAsset({ jobId: job.id, filename: 'second.png' })];
    await store().transition(move(job, { status: 'completed' }, { deliveries, assets }));
    for (const delivery of deliveries) {
      const expected = { ...delivery, state: 'pending', attemptCount: 0, updatedAtMs: delivery.createdAtMs };
      assert.deepEqual(await store().getDelivery(delivery.id), expected);
    }
    for (const asset of assets) assert.deepEqual(await store().getAsset(asset.id), asset);
  });

  test('a refused transition writes neither deliveries nor assets', async () => {
    const job = await start(store());
    const [delivery, asset] = [newDelivery(job), newAsset()];
    const late = move({ ...job, version: 1 }, { status: 'completed' }, { deliveries: [delivery], assets: [asset] });
    assert.equal(await store().transition(late), undefined);
    assert.equal(await store().getDelivery(delivery.id), undefined);
    assert.equal(await store().getAsset(asset.id), undefined);
  });

  test('when one part cannot be written, no part is', async () => {
    const job = await start(store());
    const [first, asset] = [newDelivery(job), newAsset()];
    const twice = move(job, { status: 'completed' }, { deliveries: [first, first], assets: [asset] });
    await assert.rejects(store().transition(twice));
    assert.deepEqual(await store().getJob(job.id), job);
    assert.equal(await store().getDelivery(first.id), undefined);
    assert.equal(await store().getAsset(asset.id), undefined);
  });
}
