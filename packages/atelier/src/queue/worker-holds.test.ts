import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { AccountLimits } from '../core/account.ts';
import { isFinal, type Job } from '../core/job.ts';
import { createSubmit, type JobRequest } from '../core/submit.ts';
import { createJobWatch, type JobWatch } from '../core/watch.ts';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { newAccount } from '../store/conformance/fixtures.ts';
import { openTestStore } from '../store/sqlite/test-store.fixture.ts';
import type { Store } from '../core/store.ts';
import { COMPLETED, createScriptedEngine, createTestWorker, passTime, type ScriptedEngine } from './testing/worker-harness.ts';
import { allowedStarts } from './schedule.ts';
import type { Worker } from './worker.ts';

const SLOW_DOWN = { code: 'upstream-rate-limited', title: 'Slow down', details: null } as const;
const HOLD_MS = 20_000;

describe('held accounts', () => {
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
    stop = new AbortController();
    sequence = 0;
  });
  afterEach(async () => {
    stop.abort();
    await done;
    await dispose();
  });

  const hold = async (accountId: string): Promise<void> => {
    await store.setAccountHold(accountId, { ...SLOW_DOWN, sinceMs: clock.now(), untilMs: clock.now() + HOLD_MS }, clock.now());
  };
  const run = (accountLimits?: AccountLimits): void => {
    const onRequeue = async ({ accountId }: Job): Promise<void> => await hold(accountId ?? assert.fail('no account'));
    worker = createTestWorker({ clock, store, watch, engine: upstream.engine, onRequeue, ...(accountLimits && { accountLimits }) });
    done = worker.run(stop.signal);
  };
  const submit = async (request: Partial<JobRequest> = {}): Promise<string> => {
    const send = createSubmit({ clock, store, checkUrl: (url) => url, onAccepted: (job) => worker.offer(job) });
    const id = `job-${sequence++}`;
    const job = { id, dialect: 'kie', engine: 'midjourney', verb: 'imagine', keyId: 'key', input: {}, echo: {}, usesSlot: true } as const;
    await send({ ...job, ...request });
    return id;
  };
  const until = async (jobId: string, matches: (job: Job) => boolean): Promise<Job> => {
    const job = await watch.wait(jobId, matches, { timeoutMs: 3_600_000 });
    assert.ok(job, `${jobId} did not change as expected`);
    return job;
  };
  const started = async (jobId: string): Promise<Job> => await until(jobId, ({ status }) => status === 'starting');
  const ended = async (jobId: string): Promise<Job> => await until(jobId, ({ status }) => isFinal(status));
  /** Ends the present run of the job; resolves to its next run. */
  const requeue = async (jobId: string) => {
    const present = await upstream.runOf(jobId);
    const next = upstream.nextRunOf(jobId);
    present.push({ type: 'requeued', failure: SLOW_DOWN });
    return { run: next };
  };
  const statuses = async (...jobIds: string[]): Promise<(string | undefined)[]> =>
    await Promise.all(jobIds.map(async (id) => (await store.getJob(id))?.status));

  test('after a hold the account is tried with one job, and gets all its slots once Midjourney has taken it', async () => {
    await store.putAccount(newAccount({ id: 'a', channelId: 'a', maxJobs: 3 }));
    await hold('a');
    run();
    const ids = [await submit(), await submit(), await submit()];
    await passTime(clock, store, HOLD_MS + 2_000);
    assert.deepEqual(await statuses(...ids), ['starting', 'queued', 'queued']);
    await store.setAccountHold('a', null, clock.now());
    worker.wake();
    for (const id of ids) await started(id);
  });

  test('a requeued job of the pool goes to another account at once, and loses nothing', async () => {
    for (const id of ['a', 'b']) await store.putAccount(newAccount({ id, channelId: id, maxJobs: 1 }));
    run();
    const jobId = await submit();
    assert.equal((await started(jobId)).accountId, 'a');
    const next = await requeue(jobId);
    const again = await until(jobId, ({ status, accountId }) => status === 'starting' && accountId === 'b');
    assert.equal(again.startedAtMs, clock.now());
    (await next.run).push(COMPLETED);
    assert.equal((await ended(jobId)).status, 'completed');
  });

  test('jobs of a held account wait, in their order, and start when the hold is over; nothing is asked meanwhile', async () => {
    await store.putAccount(newAccount({ id: 'only', channelId: 'only', maxJobs: 1 }));
    run();
    const first = await submit();
    await started(first);
    await clock.advance(1);
    const second = await submit({ accountId: 'only' });
    const next = await requeue(first);
    await until(first, ({ status }) => status === 'queued');
    await passTime(clock, store, HOLD_MS - 1_000);
    assert.deepEqual(await statuses(first, second), ['queued', 'queued']);
    assert.equal(upstream.startCount(), 1);
    await passTime(clock, store, 2_000);
    (await next.run).push(COMPLETED);
    await ended(first);
    (await upstream.runOf(second)).push(COMPLETED);
    assert.equal((await ended(second)).status, 'completed');
  });

  test('commands wait for a held account too, and jobs of other accounts do not', async () => {
    for (const id of ['free', 'held']) await store.putAccount(newAccount({ id, channelId: id, maxJobs: 1 }));
    await hold('held');
    run();
    const command = await submit({ accountId: 'held', usesSlot: false });
    const other = await submit({ accountId: 'free' });
    (await upstream.runOf(other)).push(COMPLETED);
    await ended(other);
    assert.deepEqual(await statuses(command), ['queued']);
    await passTime(clock, store, HOLD_MS + 1_000);
    (await upstream.runOf(command)).push(COMPLETED);
    assert.equal((await ended(command)).status, 'completed');
  });

  test('with a daily cap and a pace the jobs wait, they do not fail', async () => {
    await store.putAccount(newAccount({ id: 'only', channelId: 'only', maxJobs: 3 }));
    run({ jobsPerDay: 2, jobIntervalMs: 30_000 });
    const jobs = [await submit(), await submit(), await submit()] as const;
    await started(jobs[0]);
    await passTime(clock, store, 20_000);
    assert.deepEqual(await statuses(...jobs), ['starting', 'queued', 'queued']);
    await passTime(clock, store, 12_000);
    assert.deepEqual(await statuses(...jobs), ['starting', 'starting', 'queued']);
    await passTime(clock, store, 20_000);
    assert.deepEqual(await statuses(...jobs), ['starting', 'starting', 'queued']);
  });
});

describe('how many jobs the limits of an account allow to start', () => {
  const now = 1_000_000;
  for (const [name, limits, started, expected] of [
    ['no limit', { jobsPerDay: null, jobIntervalMs: 0 }, { count: 9, lastAtMs: now }, Number.POSITIVE_INFINITY],
    ['the rest of the day', { jobsPerDay: 5, jobIntervalMs: 0 }, { count: 3, lastAtMs: now }, 2],
    ['nothing started yet', { jobsPerDay: 5, jobIntervalMs: 0 }, undefined, 5],
    ['the day is used up', { jobsPerDay: 5, jobIntervalMs: 10 }, { count: 5, lastAtMs: 0 }, 0],
    ['one at a time with a pace', { jobsPerDay: null, jobIntervalMs: 10 }, undefined, 1],
    ['too soon', { jobsPerDay: null, jobIntervalMs: 10 }, { count: 1, lastAtMs: now - 9 }, 0],
    ['late enough', { jobsPerDay: null, jobIntervalMs: 10 }, { count: 1, lastAtMs: now - 10 }, 1],
  ] as const) {
    test(name, () => assert.equal(allowedStarts(limits, started, now), expected));
  }
});
