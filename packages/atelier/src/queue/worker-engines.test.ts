import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Collected } from '../core/asset.ts';
import type { Media } from '../core/engine.ts';
import { isFinal, type Job } from '../core/job.ts';
import { createSubmit } from '../core/submit.ts';
import { createJobWatch, type JobWatch } from '../core/watch.ts';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { openTestStore } from '../store/sqlite/test-store.fixture.ts';
import type { Store } from '../core/store.ts';
import {
  COMPLETED,
  QUEUE_LIMIT_MS,
  createScriptedEngine,
  createTestWorker,
  passTime,
  type ScriptedEngine,
} from './testing/worker-harness.ts';
import type { Worker } from './worker.ts';

const AUDIO: Media = { role: 'audio', source: { url: 'https://cdn.test/1.mp3' }, filename: '1.mp3', index: 1 };
const COVER: Media = { role: 'cover', source: { url: 'https://cdn.test/1.png' }, filename: '1.png', index: 1 };
const SECOND: Media = { role: 'audio', source: { url: 'https://cdn.test/2.mp3' }, filename: '2.mp3', index: 2 };

describe('an engine without accounts', () => {
  let clock: FakeClock;
  let store: Store;
  let dispose: () => Promise<void>;
  let watch: JobWatch;
  let upstream: ScriptedEngine;
  let worker: Worker;
  let stop: AbortController;
  let done: Promise<void>;
  /** Media that cannot be copied; a list with one of them is refused as a whole. */
  let lost: Media[];
  let whileCopying: () => Promise<void>;
  let discarded: PromiseWithResolvers<string[]>;

  beforeEach(async () => {
    clock = createFakeClock();
    ({ store, dispose } = await openTestStore());
    lost = [];
    whileCopying = async () => {};
    discarded = Promise.withResolvers();
    start();
  });
  afterEach(async () => {
    await end();
    await dispose();
  });

  function start(): void {
    watch = createJobWatch({ clock, getJob: (id) => store.getJob(id) });
    upstream = createScriptedEngine({ name: 'suno', slots: 2 });
    worker = createTestWorker({ clock, store, watch, engine: upstream.engine, collect, hasPartCallbacks: true });
    stop = new AbortController();
    done = worker.run(stop.signal);
  }

  async function end(): Promise<void> {
    stop.abort();
    await done;
  }

  async function collect(job: Job, media: readonly Media[]): Promise<Collected> {
    if (media.some((one) => lost.includes(one))) throw new Error('the upstream is gone');
    await whileCopying();
    const size = { contentType: 'x/y', bytes: 1, width: 0, height: 0 };
    const outputs = media.map(({ role, filename, index = 0 }) => ({ ...size, assetId: `${job.id}-${filename}`, role, index, filename }));
    const times = { createdAtMs: clock.now(), expiresAtMs: clock.now() + 1_000 };
    return {
      outputs,
      records: outputs.map(({ assetId, filename }) => ({ ...size, ...times, id: assetId, filename, jobId: job.id, keyId: 'key' })),
      discard: async () => discarded.resolve(outputs.map(({ filename }) => filename)),
    };
  }

  const submit = async (id: string): Promise<void> => {
    const send = createSubmit({ clock, store, checkUrl: (url) => url, onAccepted: (job) => worker.offer(job) });
    await send({ id, dialect: 'kie', engine: 'suno', verb: 'music', keyId: 'key', input: {}, echo: {}, usesSlot: false });
    await clock.advance(1);
  };
  const until = async (jobId: string, test: (job: Job) => boolean): Promise<Job> => {
    const job = await watch.wait(jobId, test, { timeoutMs: 3_600_000 });
    assert.ok(job, `${jobId} did not reach the expected state`);
    return job;
  };
  const ended = (jobId: string): Promise<Job> => until(jobId, (job) => isFinal(job.status));
  const complete = async (jobId: string): Promise<Job> => {
    (await upstream.runOf(jobId)).push(COMPLETED);
    return ended(jobId);
  };
  const bodies = async (jobId: string): Promise<string[]> =>
    (await store.listDeliveries({ jobId, limit: 10 })).map(({ body }) => body).toReversed();

  test('runs as many jobs as it has slots, the oldest first, and a freed slot starts the next at once', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await submit(id);
    await Promise.all([upstream.runOf('a'), upstream.runOf('b')]);
    assert.equal((await store.getJob('c'))?.status, 'queued');
    await complete('b');
    await upstream.runOf('c');
    assert.deepEqual([upstream.isRunning('d'), worker.running()], [false, 2]);
    await complete('a');
    await Promise.all([complete('c'), complete('d')]);
  });

  test('a restart recovers the running jobs, and the others stay queued', async () => {
    for (const id of ['a', 'b', 'c']) await submit(id);
    await Promise.all([upstream.runOf('a'), upstream.runOf('b')]);
    await end();
    start();
    assert.equal((await upstream.runOf('a')).options.resumed, true);
    assert.equal((await upstream.runOf('b')).options.resumed, true);
    await clock.advance(1);
    assert.equal(upstream.isRunning('c'), false);
    await complete('a');
    assert.equal((await upstream.runOf('c')).options.resumed, false);
  });

  test('a job that waited too long for its turn is failed as timed out', async () => {
    for (const id of ['a', 'b', 'late']) await submit(id);
    await Promise.all([upstream.runOf('a'), upstream.runOf('b')]);
    await passTime(clock, store, QUEUE_LIMIT_MS + 2_000);
    assert.equal((await ended('late')).failure?.code, 'timeout');
    assert.equal(isFinal((await store.getJob('a'))?.status ?? 'failed'), false);
  });

  test('each part is written with its files and its callback, and the end adds to them', async () => {
    await submit('song');
    const run = await upstream.runOf('song');
    run.push({ type: 'part', percent: 30, media: [], data: { stage: 'text' } });
    const text = await until('song', ({ output }) => output.data['stage'] === 'text');
    assert.deepEqual([text.status, text.progressPercent, text.finishedAtMs, await bodies('song')], ['progress', 30, null, ['progress']]);
    run.push({ type: 'part', percent: 20, media: [AUDIO, COVER], data: { stage: 'first' }, operation: { seen: 1 } });
    const first = await until('song', ({ output }) => output.data['stage'] === 'first');
    assert.deepEqual([first.progressPercent, first.operation], [30, { seen: 1 }]);
    assert.ok(await store.getAsset('song-1.mp3'), 'a caller may fetch the first track before the second is there');
    run.push({ type: 'completed', message: null, buttons: [], media: [SECOND], data: { stage: 'complete' } });
    const { output } = await ended('song');
    assert.deepEqual(
      output.assets.map(({ role, index }) => [role, index]),
      [
        ['audio', 1],
        ['cover', 1],
        ['audio', 2],
      ],
    );
    assert.deepEqual([output.data, await bodies('song')], [{ stage: 'complete' }, ['progress', 'progress', 'completed']]);
  });

  test('a part that cannot be copied sends no callback, and its files are added with the next update', async () => {
    await submit('song');
    const run = await upstream.runOf('song');
    lost = [AUDIO];
    run.push({ type: 'part', percent: 50, media: [AUDIO], data: { stage: 'first' }, operation: { seen: 1 } });
    const passed = await until('song', ({ operation }) => JSON.stringify(operation) === '{"seen":1}');
    assert.deepEqual([passed.output, await bodies('song')], [{ message: null, buttons: [], assets: [], data: {} }, []]);
    lost = [];
    run.push({ type: 'completed', message: null, buttons: [], media: [SECOND], data: {} });
    assert.deepEqual(
      (await ended('song')).output.assets.map(({ filename }) => filename),
      ['1.mp3', '2.mp3'],
    );
  });

  test('the copied files of a job that was cancelled meanwhile are deleted', async () => {
    await submit('song');
    const run = await upstream.runOf('song');
    whileCopying = async () => {
      const job = await store.getJob('song');
      assert.ok(job);
      await worker.cancel(job);
    };
    run.push({ type: 'completed', message: null, buttons: [], media: [AUDIO], data: {} });
    assert.deepEqual(await discarded.promise, ['1.mp3']);
    const { status, output } = await ended('song');
    assert.deepEqual([status, output.assets], ['cancelled', []]);
  });

  test('a failure after a part keeps the files of the part', async () => {
    await submit('song');
    const run = await upstream.runOf('song');
    run.push({ type: 'part', percent: 50, media: [AUDIO], data: { stage: 'first' } });
    run.push({ type: 'failed', failure: { code: 'upstream-failed', title: 'Generation failed', details: null }, message: null });
    const { status, output } = await ended('song');
    assert.deepEqual([status, output.assets.length, output.data], ['failed', 1, { stage: 'first' }]);
  });
});
