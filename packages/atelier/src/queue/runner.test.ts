import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Engine, RunOptions } from '../core/engine.ts';
import type { Job } from '../core/job.ts';
import type { Store } from '../core/store.ts';
import { createJobWatch } from '../core/watch.ts';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { newAccount, newJob, written } from '../store/conformance/fixtures.ts';
import { openTestStore } from '../store/sqlite/test-store.fixture.ts';
import { endJob, planJob, runJob, startJob, type RunnerDeps } from './runner.ts';
import { COMPLETED } from './testing/worker-harness.ts';

const RATE_LIMITED = { code: 'upstream-rate-limited', title: 'Slow down', details: null } as const;
const CANCELLED = { status: 'cancelled', failure: { code: 'cancelled', title: 'Cancelled', details: null } } as const;

describe('the steps of a job', () => {
  let clock: FakeClock;
  let store: Store;
  let dispose: () => Promise<void>;
  let deps: RunnerDeps;
  let engine: Engine;
  let runs: RunOptions[];
  let stop: AbortController;

  beforeEach(async () => {
    clock = createFakeClock();
    stop = new AbortController();
    ({ store, dispose } = await openTestStore());
    await store.putAccount(newAccount({ id: 'a', maxJobs: 1 }));
    runs = [];
    engine = {
      name: 'midjourney',
      plan: async (job) => ({ account: job.accountId }),
      async *run(_job, _operation, options) {
        runs.push(options);
        yield COMPLETED;
      },
      cancel: async () => {},
    };
    deps = {
      clock,
      log: silentLog,
      store,
      watch: createJobWatch({ clock, getJob: (id) => store.getJob(id) }),
      collect: async () => ({ outputs: [], records: [], discard: async () => {} }),
      renderDeliveries: () => [],
      onDelivery: () => {},
      onFailure: async () => {},
      onRequeue: async () => {},
      owner: 'this process',
      timeLimitMs: 60_000,
    };
  });
  afterEach(() => dispose());

  const accept = async (set: Partial<Job> = {}): Promise<Job> => {
    const job = newJob({ createdAtMs: clock.now(), ...set });
    await store.acceptJob({ job });
    return job;
  };
  const start = async (job: Job): Promise<Job> =>
    (await startJob(deps, { job, account: { id: 'a', maxJobs: 1 } }, { nonce: 1 })) ?? assert.fail('not started');
  const run = (job: Job): Promise<void> => runJob(deps, engine, job, { resumed: false, signal: stop.signal });

  test('plan: the engine is given the account; an exception becomes the failure of the job', async () => {
    const scheduled = { job: await accept(), account: { id: 'a', maxJobs: 1 } };
    assert.deepEqual(await planJob(deps, engine, scheduled), { operation: { account: 'a' } });
    engine.plan = () => Promise.reject(new Error('a bug'));
    const planned = await planJob(deps, engine, scheduled);
    assert.equal('failure' in planned && planned.failure.code, 'internal');
  });

  test('start: the operation, the account and the lease are written, unless no slot is free', async () => {
    const started = await start(await accept());
    assert.deepEqual([started.status, started.operation, started.accountId], ['starting', { nonce: 1 }, 'a']);
    assert.deepEqual(await store.renewJobLeases({ owner: 'this process', jobIds: [started.id], leaseUntilMs: 0 }), [started.id]);
    assert.equal(await startJob(deps, { job: await accept(), account: { id: 'a', maxJobs: 1 } }, {}), undefined);
  });

  test('run: the updates of the engine end the job', async () => {
    const job = await start(await accept());
    await run(job);
    assert.equal((await store.getJob(job.id))?.status, 'completed');
  });

  test('run: a store that refuses a write does not fail the job; it is resumed from its stored state', async () => {
    const job = await start(await accept());
    let refusals = 2;
    const transition: Store['transition'] = async (command) => {
      if (refusals-- > 0) throw new Error('the disk is full');
      return await store.transition(command);
    };
    deps = { ...deps, store: { ...store, transition } };
    const done = run(job);
    await clock.advance(10_000);
    await done;
    assert.deepEqual(
      runs.map(({ resumed }) => resumed),
      [false, true],
    );
    assert.equal((await store.getJob(job.id))?.status, 'completed');
  });

  test('run: a requeued job goes back to the queue once its engine has stopped and its account is held', async () => {
    const job = await accept();
    const events: string[] = [];
    engine.run = async function* () {
      try {
        yield { type: 'requeued', failure: RATE_LIMITED };
      } finally {
        events.push('engine stopped');
      }
    };
    deps = { ...deps, onRequeue: async (_job, { code }) => void events.push(`${code}: ${(await store.getJob(job.id))?.status}`) };
    await run(await start(job));
    assert.deepEqual(events, ['engine stopped', 'upstream-rate-limited: starting']);
    assert.deepEqual(await store.getJob(job.id), { ...job, version: 3, updatedAtMs: clock.now() });
    assert.ok(await start(written(await store.getJob(job.id))), 'its slot is free');
  });

  test('run: a job that the upstream has confirmed does not go back: it ends with the failure', async () => {
    const message = { id: '1', content: '', timestamp: '', flags: 0, embeds: [] };
    engine.run = async function* () {
      yield { type: 'started', message, buttons: [] };
      yield { type: 'requeued', failure: RATE_LIMITED };
    };
    const job = await start(await accept());
    await run(job);
    const { status, failure } = written(await store.getJob(job.id));
    assert.deepEqual([status, failure], ['failed', RATE_LIMITED]);
  });

  test('run: a job that was cancelled meanwhile does not go back', async () => {
    const job = await start(await accept());
    engine.run = async function* () {
      await endJob(deps, job, CANCELLED);
      yield { type: 'requeued', failure: RATE_LIMITED };
    };
    await run(job);
    assert.equal((await store.getJob(job.id))?.status, 'cancelled');
  });

  test('run: a shutdown leaves the job unfinished', async () => {
    const job = await start(await accept());
    engine.run = async function* () {
      stop.abort();
      yield COMPLETED;
    };
    await run(job);
    assert.equal((await store.getJob(job.id))?.status, 'starting');
  });

  test('end: a job that was written meanwhile is ended too, a job that has ended is not', async () => {
    const job = await accept();
    await start(job);
    const first = await endJob(deps, job, CANCELLED);
    assert.deepEqual([first.isWritten, first.job.status], [true, 'cancelled']);
    const failure = { code: 'timeout', title: 'Too late', details: null } as const;
    const second = await endJob(deps, job, { status: 'failed', failure });
    assert.deepEqual([second.isWritten, second.job.status], [false, 'cancelled']);
  });
});
