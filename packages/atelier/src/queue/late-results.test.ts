import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import type { Asset } from '../core/asset.ts';
import type { FinalStatus, Job } from '../core/job.ts';
import type { EngineResult } from '../core/engine.ts';
import { accept, newAsset, newDelivery, NOW_MS, start, written } from '../store/conformance/fixtures.ts';
import { openTestStore } from '../store/sqlite/test-store.fixture.ts';
import { createLateResults, type LateResultDeps } from './late-results.ts';

const RESULT: EngineResult = {
  message: { id: '9', content: '**a fox** - (fast)', timestamp: '2026-11-01T10:00:00.123000+00:00', flags: 0, embeds: [] },
  buttons: [{ label: 'U1', customId: 'MJ::JOB::upsample::1', style: 2 }],
  media: [{ role: 'grid', source: { url: 'https://cdn.example/grid.png' }, filename: 'grid.png' }],
  data: {},
};

describe('a result after the end of its job', () => {
  let store: Awaited<ReturnType<typeof openTestStore>>['store'];
  let dispose: () => Promise<void>;
  let published: Job[];
  let kept: Job[];
  let discarded: number;
  beforeEach(async () => {
    ({ store, dispose } = await openTestStore());
    [published, kept, discarded] = [[], [], 0];
  });
  afterEach(() => dispose());

  const keep = (jobId: string, more: Partial<LateResultDeps> = {}): Promise<boolean> =>
    createLateResults({
      clock: createFakeClock(NOW_MS + 50),
      log: silentLog,
      store,
      watch: { publish: (job) => void published.push(job) },
      async collect(job) {
        const record: Asset = newAsset({ jobId: job.id });
        const { id: assetId, contentType, filename, bytes, width, height } = record;
        const output = { assetId, role: 'grid', index: 1, contentType, filename, bytes, width, height } as const;
        return { outputs: [output], records: [record], discard: async () => void discarded++ };
      },
      renderDeliveries: (job) => (job.callbackUrl === null ? [] : [newDelivery(job)]),
      onDelivery: () => {},
      onKept: (job) => kept.push(job),
      ...more,
    })(jobId, RESULT, new AbortController().signal);

  async function ended(status: FinalStatus, set: Partial<Job> = {}): Promise<Job> {
    const job = await start(store, {}, set);
    return written(await store.transition({ jobId: job.id, version: job.version, nowMs: NOW_MS + 9, set: { status } }));
  }

  test('is attached with its files, and announced; status and times stay', async () => {
    const job = await ended('failed', { callbackUrl: 'https://receiver.example/hook' });
    assert.equal(await keep(job.id), true);
    const after = written(await store.getJob(job.id));
    assert.deepEqual({ ...after, lateResult: null, version: job.version }, job);
    const { output, atMs } = written(after.lateResult ?? undefined);
    assert.deepEqual([output.message, output.buttons, atMs], [RESULT.message, RESULT.buttons, NOW_MS + 50]);
    assert.ok(await store.getAsset(output.assets[0]?.assetId ?? ''));
    assert.deepEqual([published, kept], [[after], [after]]);
    assert.equal((await store.listDeliveries({ jobId: job.id, limit: 10 })).length, 1);
  });

  test('is not taken by a job that completed, runs, waits, or is unknown, and copies no file', async () => {
    const jobs = [await ended('completed'), await start(store), await accept(store), { id: 'no-such-job' }];
    const collect = (): never => assert.fail('copied');
    for (const { id } of jobs) assert.equal(await keep(id, { collect }), false);
    assert.deepEqual([published, kept], [[], []]);
  });

  test('of two at once one is kept, and the files of the other are deleted', async () => {
    const { id } = await ended('cancelled');
    const results = await Promise.all([keep(id), keep(id)]);
    assert.deepEqual([results.toSorted((a, b) => Number(a) - Number(b)), discarded, published.length], [[false, true], 1, 1]);
  });

  test('that cannot be copied or written changes nothing, leaves no file, and does not reject', async () => {
    const job = await ended('failed');
    const failing = async (): Promise<never> => {
      throw new Error('disk full');
    };
    assert.equal(await keep(job.id, { collect: failing }), false);
    assert.equal(await keep(job.id, { store: { getJob: store.getJob, attachLateResult: failing } }), false);
    assert.equal(discarded, 1);
    assert.deepEqual(await store.getJob(job.id), job);
  });
});
