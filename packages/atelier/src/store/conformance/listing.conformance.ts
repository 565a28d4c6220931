import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { JobFilter, Store } from '../../core/store.ts';
import { type CreateStore, NOW_MS, accept, describeStore, ids, newStart } from './fixtures.ts';

export function testListing(name: string, createStore: CreateStore): void {
  describeStore(`${name} lists jobs`, createStore, (store) => {
    testFilters(store);
    testPages(store);
  });
}

function testFilters(store: () => Store): void {
  test('filters apply alone and together', async () => {
    const keyId = randomUUID();
    const [parentId, accountId] = [randomUUID(), randomUUID()];
    const plain = await accept(store(), { keyId });
    const child = await accept(store(), { keyId, parentId });
    const bound = await accept(store(), { keyId, accountId, dialect: 'linkr' });
    const song = await accept(store(), { keyId, dialect: 'kie', engine: 'suno' });
    const list = async (filter: Omit<JobFilter, 'limit'>): Promise<string[]> => ids(await store().listJobs({ ...filter, limit: 100 }));
    assert.deepEqual(await list({ keyId }), ids([song, bound, child, plain]));
    assert.deepEqual(await list({ parentId }), ids([child]));
    assert.deepEqual(await list({ accountId }), ids([bound]));
    assert.deepEqual(await list({ keyId, dialect: 'useapi' }), ids([child, plain]));
    assert.deepEqual(await list({ keyId, engine: 'suno' }), ids([song]));
    assert.deepEqual(await list({ keyId, verb: 'imagine' }), ids([song, bound, child, plain]));
    assert.deepEqual(await list({ keyId, verb: 'blend' }), []);
    assert.deepEqual(await list({ keyId, accountId, dialect: 'kie' }), []);
    assert.deepEqual(await list({ keyId: randomUUID() }), []);
  });

  test('by statuses, finished and unfinished', async () => {
    const keyId = randomUUID();
    const queued = await accept(store(), { keyId });
    const done = await accept(store(), { keyId });
    const ran = await accept(store(), { keyId });
    await store().transition({ jobId: done.id, version: 1, nowMs: NOW_MS, set: { status: 'completed' } });
    await store().startJob(newStart(ran));
    const list = async (statuses: NonNullable<JobFilter['statuses']>): Promise<string[]> =>
      ids(await store().listJobs({ keyId, statuses, limit: 100 }));
    assert.deepEqual(await list(['queued']), ids([queued]));
    assert.deepEqual(await list(['queued', 'starting', 'started', 'progress']), ids([ran, queued]));
    assert.deepEqual(await list(['completed', 'failed']), ids([done]));
    assert.deepEqual(await list(['starting', 'completed']), ids([ran, done]));
    assert.deepEqual(await list([]), []);
  });
}

function testPages(store: () => Store): void {
  test('newest first in pages without a gap or a repeat, also within one millisecond', async () => {
    const keyId = randomUUID();
    const accepted: string[] = [];
    for (let index = 0; index < 10; index += 1) {
      const job = await accept(store(), { keyId, createdAtMs: NOW_MS + Math.floor(index / 4) });
      accepted.unshift(job.id);
    }
    const seen: string[] = [];
    for (let cursor: string | undefined; seen.length < 10; cursor = seen.at(-1)) {
      const page = await store().listJobs({ keyId, limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      assert.ok(page.length > 0 && page.length <= 3);
      seen.push(...ids(page));
    }
    assert.deepEqual(seen, accepted);
    assert.deepEqual(await store().listJobs({ keyId, limit: 3, cursor: seen.at(-1) ?? '' }), []);
  });

  test('pages of unfinished jobs', async () => {
    const keyId = randomUUID();
    const accepted: string[] = [];
    for (let index = 0; index < 4; index += 1) accepted.unshift((await accept(store(), { keyId })).id);
    const filter = { keyId, statuses: ['queued'], limit: 3 } as const;
    const first = ids(await store().listJobs(filter));
    assert.deepEqual(first, accepted.slice(0, 3));
    assert.deepEqual(ids(await store().listJobs({ ...filter, cursor: first.at(-1) ?? '' })), accepted.slice(3));
  });

  test('the page after an unknown cursor is empty', async () => {
    await accept(store());
    assert.deepEqual(await store().listJobs({ limit: 10, cursor: 'no-such-job' }), []);
  });
}
