import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { JobFailure } from '../core/errors.ts';
import { isFinal, type Job } from '../core/job.ts';
import { createSubmit, type JobRequest } from '../core/submit.ts';
import { createJobWatch, type JobWatch } from '../core/watch.ts';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { newAccount } from '../store/conformance/fixtures.ts';
import { createSqliteStore } from '../store/sqlite/sqlite.ts';
import type { Store } from '../core/store.ts';
import { COMPLETED, createScriptedEngine, createTestWorker, passTime, type ScriptedEngine } from './testing/worker-harness.ts';
import type { Worker } from './worker.ts';

const message = { id: '1', content: 'text', timestamp: '2026-01-01T00:00:00.000000+00:00', flags: 0, embeds: [] };

describe('the worker', () => {
  let folder: string;
  let store: Store;
  let clock: FakeClock;
  let watch: JobWatch;
  let worker: Worker;
  let upstream: ScriptedEngine;
  let failures: { job: Job; failure: JobFailure }[];
  let stop: AbortController;
  let done: Promise<void>;
  let sequence = 0;
  /** How long the machine was asleep, while no timer ran. */
  let sleptMs = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-worker-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const open = async (path: string): Promise<void> => {
    store = createSqliteStore({ path, log: silentLog });
    await store.migrate();
    start();
  };

  const start = (): void => {
    watch = createJobWatch({ clock, getJob: (id) => store.getJob(id) });
    upstream = createScriptedEngine();
    stop = new AbortController();
    worker = createTestWorker({
      clock: { ...clock, now: () => clock.now() + sleptMs },
      store,
      watch,
      engine: upstream.engine,
      onFailure: (job, failure) => failures.push({ job, failure }),
    });
    done = worker.run(stop.signal);
  };

  beforeEach(async () => {
    clock = createFakeClock();
    failures = [];
    sleptMs = 0;
    await open(join(folder, `${sequence++}.db`));
    await store.putAccount(newAccount({ id: 'channel', channelId: 'channel', maxJobs: 2 }));
  });
  afterEach(async () => {
    stop.abort();
    await done;
    await store.close();
  });

  const submit = (id: string, request: Partial<JobRequest> = {}): Promise<Job> =>
    createSubmit({ clock, store, checkUrl: (url) => url, onAccepted: (job) => worker.offer(job) })({
      id,
      dialect: 'linkr',
      engine: 'midjourney',
      verb: 'imagine',
      keyId: 'key',
      input: { verb: 'imagine', prompt: id },
      echo: {},
      usesSlot: true,
      ...request,
    });

  const until = async (jobId: string, test: (job: Job) => boolean): Promise<Job> => {
    const job = await watch.wait(jobId, test, { timeoutMs: 3_600_000 });
    assert.ok(job, `${jobId} did not reach the expected state`);
    return job;
  };
  const ended = (jobId: string): Promise<Job> => until(jobId, (job) => isFinal(job.status));

  test('runs a job from its plan to its callback', async () => {
    await submit('one');
    const run = await upstream.runOf('one');
    assert.deepEqual((await store.getJob('one'))?.operation, { nonce: 'nonce of one' });
    run.push({ type: 'started', message, buttons: [], operation: { nonce: 'n', messageId: '1' } });
    run.push({ type: 'progress', message, buttons: [], percent: 31 });
    const progress = await until('one', (job) => job.status === 'progress');
    assert.equal(progress.progressPercent, 31);
    run.push(COMPLETED);
    const job = await ended('one');
    assert.equal(job.status, 'completed');
    assert.deepEqual(job.output.data, { seed: 7 });
    const [delivery] = await store.listDeliveries({ jobId: 'one', limit: 10 });
    assert.equal(delivery?.body, 'completed');
  });

  test('starts no more jobs than an account has slots, oldest first', async () => {
    await submit('a');
    await submit('b');
    await submit('c');
    await upstream.runOf('b');
    assert.equal(upstream.isRunning('c'), false);
    (await upstream.runOf('a')).push(COMPLETED);
    (await upstream.runOf('c')).push(COMPLETED);
    assert.equal((await ended('c')).accountId, 'channel');
  });

  test('a job that runs 30 minutes is failed as timed out', async () => {
    await submit('slow');
    await upstream.runOf('slow');
    await clock.advance(30 * 60_000);
    const job = await ended('slow');
    assert.deepEqual([job.status, job.failure?.code], ['failed', 'timeout']);
  });

  test('a restart recovers running jobs with their operation, and the time already run counts', async () => {
    await submit('kept');
    (await upstream.runOf('kept')).push({ type: 'started', message, buttons: [], operation: { messageId: '99' } });
    await until('kept', (job) => job.status === 'started');
    await clock.advance(20 * 60_000);
    stop.abort();
    await done;
    start();
    const run = await upstream.runOf('kept');
    assert.equal(run.options.resumed, true);
    assert.deepEqual((await store.getJob('kept'))?.operation, { messageId: '99' });
    await clock.advance(10 * 60_000);
    assert.equal((await ended('kept')).failure?.code, 'timeout');
  });

  test('after the machine slept longer than a lease, the process goes on with its jobs', async () => {
    await submit('asleep');
    const run = await upstream.runOf('asleep');
    const { version } = (await store.getJob('asleep')) ?? assert.fail();
    sleptMs = 60_000;
    await passTime(clock, store, 3_000);
    assert.equal((await store.getJob('asleep'))?.version, version);
    run.push(COMPLETED);
    assert.equal((await ended('asleep')).status, 'completed');
  });

  test('while leases cannot be renewed, the store is asked once a second', async () => {
    await submit('one');
    await upstream.runOf('one');
    const renew = store.renewJobLeases.bind(store);
    let asked = 0;
    store.renewJobLeases = () => {
      asked += 1;
      return Promise.reject(new Error('the connection is lost'));
    };
    await passTime(clock, store, 15_000);
    assert.ok(asked >= 3 && asked <= 6, `${asked} times`);
    store.renewJobLeases = renew;
    (await upstream.runOf('one')).push(COMPLETED);
    assert.equal((await ended('one')).status, 'completed');
  });

  test('a cancelled job stays cancelled, also when the upstream completes it later', async () => {
    const job = await submit('gone');
    const run = await upstream.runOf('gone');
    const cancelled = await worker.cancel((await store.getJob('gone')) ?? job);
    assert.equal(cancelled.status, 'cancelled');
    assert.equal(run.options.signal.aborted, true);
    run.push(COMPLETED);
    await clock.advance(1_000);
    assert.equal((await store.getJob('gone'))?.status, 'cancelled');
    assert.equal((await store.listDeliveries({ jobId: 'gone', limit: 10 })).length, 1);
  });

  test('progress is written at most once a second', async () => {
    await submit('busy');
    const run = await upstream.runOf('busy');
    run.push({ type: 'progress', message, buttons: [], percent: 1 });
    const first = await until('busy', (job) => job.status === 'progress');
    for (let percent = 2; percent < 50; percent++) run.push({ type: 'progress', message, buttons: [], percent });
    await clock.advance(1_000);
    const later = await until('busy', (job) => job.progressPercent === 49);
    assert.ok(later.version - first.version <= 2, `${later.version - first.version} writes`);
  });

  test('a refusal ends the job in the state of its code and reaches the account', async () => {
    await submit('refused');
    const failure: JobFailure = { code: 'prompt-moderated', title: 'Banned prompt', details: 'no' };
    (await upstream.runOf('refused')).push({ type: 'failed', failure, message: null });
    const job = await ended('refused');
    assert.deepEqual([job.status, job.failure], ['moderated', failure]);
    assert.deepEqual(
      failures.map(({ failure: { code } }) => code),
      ['prompt-moderated'],
    );
  });

  test('a job bound to a paused account fails with the reason, one for any account waits for the reset', async () => {
    await store.setAccountPause('channel', { code: 'pending-moderation', title: 'Pending mod message', details: null, atMs: 0 }, 0);
    await submit('bound', { accountId: 'channel' });
    await submit('free');
    assert.equal((await ended('bound')).failure?.code, 'pending-moderation');
    assert.equal((await store.getJob('free'))?.status, 'queued');
    await store.setAccountPause('channel', null, 0);
    worker.wake();
    (await upstream.runOf('free')).push(COMPLETED);
    assert.equal((await ended('free')).status, 'completed');
  });

  test('an engine that throws fails its job as internal and no other', async () => {
    const { engine } = upstream;
    const run = engine.run.bind(engine);
    engine.run = (job, operation, options) => {
      if (job.id === 'bad') throw new Error('a bug');
      return run(job, operation, options);
    };
    await submit('bad');
    await submit('good');
    assert.equal((await ended('bad')).failure?.code, 'internal');
    (await upstream.runOf('good')).push(COMPLETED);
    assert.equal((await ended('good')).status, 'completed');
  });
});
