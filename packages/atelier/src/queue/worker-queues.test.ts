import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isFinal, type Job } from '../core/job.ts';
import { createSubmit, type JobRequest } from '../core/submit.ts';
import { createJobWatch, type JobWatch } from '../core/watch.ts';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { newAccount } from '../store/conformance/fixtures.ts';
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

const PAUSE = { code: 'account-blocked', title: 'Blocked', details: null, atMs: 0 } as const;
const MANY = 500;

describe('queued jobs', () => {
  let clock: FakeClock;
  let store: Store;
  let dispose: () => Promise<void>;
  let watch: JobWatch;
  let upstream: ScriptedEngine;
  let worker: Worker;
  let stop: AbortController;
  let done: Promise<void>;
  let sequence: number;

  beforeEach(async () => {
    clock = createFakeClock();
    ({ store, dispose } = await openTestStore());
    watch = createJobWatch({ clock, getJob: (id) => store.getJob(id) });
    upstream = createScriptedEngine();
    worker = createTestWorker({ clock, store, watch, engine: upstream.engine });
    stop = new AbortController();
    sequence = 0;
    for (const id of ['busy', 'free']) await store.putAccount(newAccount({ id, channelId: id, maxJobs: 1 }));
  });
  afterEach(async () => {
    stop.abort();
    await done;
    await dispose();
  });

  const run = (): void => {
    done = worker.run(stop.signal);
  };
  const submit = async (request: Partial<JobRequest> = {}): Promise<string> => {
    const send = createSubmit({ clock, store, checkUrl: (url) => url, onAccepted: (job) => worker.offer(job) });
    const id = `job-${String(sequence++).padStart(4, '0')}`;
    await send({
      id,
      dialect: 'kie',
      engine: 'midjourney',
      verb: 'imagine',
      keyId: 'key',
      input: {},
      echo: {},
      usesSlot: true,
      ...request,
    });
    return id;
  };
  const submitMany = (request: Partial<JobRequest>): Promise<string[]> => Promise.all(Array.from({ length: MANY }, () => submit(request)));
  const ended = async (jobId: string): Promise<Job> => {
    const job = await watch.wait(jobId, ({ status }) => isFinal(status), { timeoutMs: 3_600_000 });
    assert.ok(job, `${jobId} did not end`);
    return job;
  };
  const finish = async (jobId: string): Promise<Job> => {
    (await upstream.runOf(jobId)).push(COMPLETED);
    return await ended(jobId);
  };
  const startedCount = (jobIds: readonly string[]): number => jobIds.filter((id) => upstream.isRunning(id)).length;

  for (const when of ['before', 'after']) {
    test(`${MANY} jobs of a busy account do not delay one of a free account; the worker started ${when} they were accepted`, async () => {
      if (when === 'after') run();
      const waiting = await submitMany({ accountId: 'busy' });
      const bound = await submit({ accountId: 'free' });
      if (when === 'before') run();
      await finish(bound);
      assert.equal((await finish(await submit())).accountId, 'free');
      assert.equal(startedCount(waiting), 1);
    });
  }

  test(`${MANY} jobs of no account do not delay one of a free account`, async () => {
    await store.setAccountPause('free', PAUSE, 0);
    run();
    const first = await submit();
    await upstream.runOf(first);
    const waiting = await submitMany({});
    await store.setAccountPause('free', null, 0);
    await finish(await submit({ accountId: 'free', maxJobs: 1, refuseWhenBusy: true }));
    assert.ok(startedCount(waiting) <= 1);
  });

  test(`${MANY} jobs of a paused account fail with its reason and delay no other`, async () => {
    await store.setAccountPause('busy', PAUSE, 0);
    const doomed = await submitMany({ accountId: 'busy' });
    const other = await submit({ accountId: 'free' });
    run();
    await finish(other);
    const ends = await Promise.all(doomed.map(ended));
    assert.ok(ends.every(({ failure }) => failure?.code === 'account-blocked'));
  });

  test('a small command needs no slot and does not wait for one', async () => {
    run();
    const [first] = await submitMany({ accountId: 'busy' });
    await upstream.runOf(first ?? '');
    await finish(await submit({ accountId: 'busy', usesSlot: false }));
    await finish(await submit({ usesSlot: false }));
  });

  test('a free slot goes to the oldest job, bound or not, after a job that was accepted because a slot was free', async () => {
    await store.setAccountPause('free', PAUSE, 0);
    const submitted: string[] = [];
    for (const request of [{}, { accountId: 'busy' }, {}, { accountId: 'busy', maxJobs: 2, refuseWhenBusy: true }]) {
      await clock.advance(1);
      submitted.push(await submit(request));
    }
    run();
    const [oldest = '', bound = '', youngest = '', promised = ''] = submitted;
    for (const [index, next] of [promised, oldest, bound, youngest].entries()) {
      await upstream.runOf(next);
      assert.equal(startedCount(submitted), index + 1);
      await finish(next);
    }
  });

  test('a job that cannot be planned fails and delays no other', async () => {
    const { engine } = upstream;
    const plan = engine.plan.bind(engine);
    engine.plan = async (job) => {
      if (job.verb === 'odd') throw new Error('a bug');
      return await plan(job);
    };
    const odd = await submit({ accountId: 'busy', verb: 'odd' });
    const even = await submit({ accountId: 'busy' });
    run();
    assert.equal((await ended(odd)).failure?.code, 'internal');
    await finish(even);
  });

  test('a queued job that waited too long is failed as timed out, a running job is not', async () => {
    run();
    const first = await submit({ accountId: 'busy' });
    await upstream.runOf(first);
    const late = await submit({ accountId: 'busy' });
    await passTime(clock, store, QUEUE_LIMIT_MS - 1_000);
    assert.equal((await store.getJob(late))?.status, 'queued');
    for (let second = 0; second < 600 && (await store.getJob(late))?.status === 'queued'; second += 1) await passTime(clock, store, 1_000);
    const { status, failure } = await ended(late);
    assert.deepEqual([status, failure?.code], ['failed', 'timeout']);
    assert.equal((await finish(first)).status, 'completed');
  });
});
