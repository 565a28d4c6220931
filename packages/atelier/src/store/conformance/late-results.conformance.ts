import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FinalStatus, Job, JobOutput } from '../../core/job.ts';
import type { Store } from '../../core/store.ts';
import { type CreateStore, NOW_MS, accept, describeStore, newAsset, newDelivery, start, written } from './fixtures.ts';

export function testLateResults(name: string, createStore: CreateStore): void {
  describeStore(`${name} keeps late results`, createStore, testAttaching);
}

const OUTPUT: JobOutput = {
  message: { id: '1', content: '**a** - (fast)', timestamp: '2026-11-01T10:00:00.123000+00:00', flags: 0, embeds: [] },
  buttons: [{ label: 'U1', customId: 'MJ::JOB::upsample::1', style: 2 }],
  assets: [],
  data: { seed: 7 },
};
const lateResult = { output: OUTPUT, atMs: NOW_MS + 99 };

async function ended(store: Store, status: FinalStatus): Promise<Job> {
  const job = await start(store);
  const failure = { code: 'timeout', title: 'too late', details: null } as const;
  return written(await store.transition({ jobId: job.id, version: job.version, nowMs: NOW_MS + 9, set: { status, failure } }));
}

function testAttaching(store: () => Store): void {
  for (const status of ['failed', 'moderated', 'cancelled'] as const) {
    test(`a ${status} job takes one, and stays ${status}`, async () => {
      const job = await ended(store(), status);
      const asset = newAsset({ jobId: job.id });
      const delivery = newDelivery(job);
      const attached = await store().attachLateResult({ jobId: job.id, lateResult, assets: [asset], deliveries: [delivery] });
      assert.deepEqual(attached, { ...job, lateResult, version: job.version + 1 });
      assert.deepEqual(await store().getJob(job.id), attached);
      assert.deepEqual(await store().getAsset(asset.id), asset);
      assert.equal((await store().getDelivery(delivery.id))?.state, 'pending');
    });
  }

  test('a second one is not taken, and its files are not written', async () => {
    const job = await ended(store(), 'failed');
    await store().attachLateResult({ jobId: job.id, lateResult, assets: [], deliveries: [] });
    const asset = newAsset({ jobId: job.id });
    assert.equal(await store().attachLateResult({ jobId: job.id, lateResult, assets: [asset], deliveries: [] }), undefined);
    assert.equal(await store().getAsset(asset.id), undefined);
  });

  test('a completed, a waiting, a running and an unknown job take none', async () => {
    const jobs = [await ended(store(), 'completed'), await accept(store()), await start(store())];
    for (const { id } of [...jobs, { id: 'no-such-job' }]) {
      assert.equal(await store().attachLateResult({ jobId: id, lateResult, assets: [], deliveries: [] }), undefined);
    }
    for (const job of jobs) assert.deepEqual(await store().getJob(job.id), job);
  });
}
