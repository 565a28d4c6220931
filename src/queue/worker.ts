import type { Accounts } from '../account/account-service.ts';
import type { Engine } from '../engine/engine.ts';
import { JobError, type JobFailure } from '../job/errors.ts';
import { finalStatusOf, isFinal, type EngineName, type Job } from '../job/job.ts';
import { sleep } from '../lib/clock.ts';
import type { JobStore, TransitionJob } from '../store/store.ts';
import { createJobRecord, runJob, type RunnerDeps } from './runner.ts';

/**
 * Takes queued jobs, gives each an account with a free slot, and runs it to its end.
 *
 * A job that was just accepted is offered to the loop and started at once if it can be. One that cannot, because every account
 * is full, stays in the store and costs nothing until a slot comes free; then the loop reads the queue, oldest first. A job bound
 * to one busy account waits without holding up those behind it. Once a second the loop reads the queue anyway: the floor that
 * finds what other processes did.
 *
 * While a job runs its lease is renewed; a process that dies stops renewing, and whoever finds the lease ended takes the job up
 * again from its operation. The sole owner of a store does not wait for that: at its start it takes up every job that was running.
 */
export interface Worker {
  /** Works until the signal aborts; then lets go of every job, ready to be taken up again, and resolves. */
  run(signal: AbortSignal): Promise<void>;
  /** A job was accepted: its commit is done. */
  offer(job: Job): void;
  /** A slot or an account may have come free. */
  wake(): void;
  /** Ends a job as cancelled and asks its upstream to stop; a job that has ended is returned as it is. */
  cancel(job: Job): Promise<Job>;
  /** Ends a job with this failure; a job that has ended is returned as it is. */
  fail(job: Job, failure: JobFailure): Promise<Job>;
  /** Jobs running in this process. */
  running(): number;
}

export interface WorkerDeps extends RunnerDeps {
  engines: readonly Engine[];
  store: JobStore;
  accounts: Pick<Accounts, 'pickFree' | 'get' | 'list'>;
  /** Names this process in leases. */
  owner: string;
  /** No other process works on this store. */
  soleOwner: boolean;
  /** A job that waited this long for an account is failed with `timeout`. */
  queueLimitMs: number;
}

const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
const POLL_MS = 1_000;
const PAGE = 200;
const MOST_RUNNING = 100_000;
const STORE_RETRY_MS = 1_000;

const isForAnyAccount = (job: Job): boolean => job.accountId === null && job.usesSlot;

export function createWorker(deps: WorkerDeps): Worker {
  const { clock, store, log } = deps;
  const running = new Map<string, { abort: AbortController; done: Promise<void> }>();
  const engines = new Map<EngineName, Engine>(deps.engines.map((engine) => [engine.name, engine]));
  /** Accepted since the loop last looked. */
  let offered: Job[] = [];
  /** Something changed that may let a waiting job start: read the queue. */
  let mustScan = true;
  /** No account had a free slot when one was last looked for, and none has come free since. */
  let allFull = false;
  let interrupt = (): void => {};

  const wake = (): void => {
    mustScan = true;
    allFull = false;
    interrupt();
  };

  async function waitForWork(signal: AbortSignal): Promise<void> {
    if (mustScan || offered.length > 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    interrupt = resolve;
    const cancel = clock.after(POLL_MS, () => {
      mustScan = true;
      allFull = false;
      resolve();
    });
    const onAbort = (): void => resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await promise;
    signal.removeEventListener('abort', onAbort);
    cancel();
  }

  /** The account for a job, or undefined when it must wait. */
  async function accountFor(job: Job): Promise<{ id: string; maxJobs: number } | undefined> {
    if (job.accountId !== null) {
      const account = await deps.accounts.get(job.accountId);
      if (!account) {
        await fail(job, { code: 'account-paused', title: 'The account of this job was removed', details: null });
      } else if (account.pause) {
        await fail(job, { code: account.pause.code, title: account.pause.title, details: account.pause.details });
      } else {
        return { id: account.id, maxJobs: job.maxJobs ?? account.maxJobs };
      }
      return undefined;
    }
    if (!job.usesSlot) return (await deps.accounts.list()).find((account) => account.pause === null);
    try {
      return await deps.accounts.pickFree();
    } catch (error) {
      if (error instanceof JobError) return undefined;
      throw error;
    }
  }

  async function start(job: Job, engine: Engine): Promise<void> {
    const needsAccount = job.engine === 'midjourney';
    const account = needsAccount ? await accountFor(job) : undefined;
    if (needsAccount && !account) {
      if (isForAnyAccount(job)) allFull = true;
      const waitedMs = clock.now() - job.createdAtMs;
      if (waitedMs > deps.queueLimitMs) await fail(job, { code: 'timeout', title: 'No account came free in time', details: null });
      return;
    }
    const operation = await engine.plan({ ...job, accountId: account?.id ?? null });
    const started = await store.startJob({
      jobId: job.id,
      version: job.version,
      accountId: account?.id ?? null,
      slots: account && job.usesSlot ? { maxJobs: account.maxJobs } : null,
      operation,
      owner: deps.owner,
      nowMs: clock.now(),
      leaseUntilMs: clock.now() + LEASE_MS,
    });
    if (!started) return;
    deps.watch.publish(started);
    launch(started, engine, false);
  }

  function launch(job: Job, engine: Engine, resumed: boolean): void {
    const abort = new AbortController();
    const done = runJob(deps, engine, job, resumed, abort.signal)
      .catch((error: unknown) => {
        log.error({ err: error, jobId: job.id }, 'the state of a job could not be written; taking it up again');
        return retryLater(job.id, engine, abort);
      })
      .finally(() => {
        if (running.get(job.id)?.abort === abort) running.delete(job.id);
        wake();
      });
    running.set(job.id, { abort, done });
  }

  /** The store refused a write (a full disk, a lost connection): the job is still ours, so go on from what is on record. */
  async function retryLater(jobId: string, engine: Engine, abort: AbortController): Promise<void> {
    await sleep(clock, STORE_RETRY_MS, abort.signal).catch(() => {});
    if (abort.signal.aborted) return;
    const job = await store.getJob(jobId).catch(() => undefined);
    if (job && !isFinal(job.status)) queueMicrotask(() => launch(job, engine, true));
  }

  async function tryToStart(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      const engine = engines.get(job.engine);
      if (!engine || (allFull && isForAnyAccount(job))) continue;
      try {
        await start(job, engine);
      } catch (error) {
        log.error({ err: error, jobId: job.id }, 'job could not be started; trying again');
      }
    }
  }

  async function startWaiting(): Promise<void> {
    const fresh = offered;
    offered = [];
    if (mustScan) {
      mustScan = false;
      for (const name of engines.keys()) await tryToStart(await store.queuedJobs(name, PAGE));
    } else {
      await tryToStart(fresh);
    }
  }

  async function takeUp(everyLease: boolean): Promise<void> {
    const nowMs = clock.now();
    const jobs = await store.reclaimJobs({
      owner: deps.owner,
      nowMs,
      leaseUntilMs: nowMs + LEASE_MS,
      everyLease,
      // The sole owner takes all of them in one go: a second page would hold the first one's jobs again.
      limit: everyLease ? MOST_RUNNING : PAGE,
    });
    for (const job of jobs) {
      const engine = engines.get(job.engine);
      if (engine && !running.has(job.id)) launch(job, engine, true);
    }
    if (jobs.length > 0) log.info({ jobs: jobs.length }, 'jobs taken up again');
    if (jobs.length === PAGE) await takeUp(false);
  }

  async function renew(): Promise<void> {
    const jobIds = [...running.keys()];
    if (jobIds.length === 0) return;
    const held = new Set(await store.renewJobLeases({ owner: deps.owner, jobIds, leaseUntilMs: clock.now() + LEASE_MS }));
    for (const jobId of jobIds) {
      if (!held.has(jobId)) running.get(jobId)?.abort.abort(new Error('the lease of this job was lost'));
    }
  }

  /** A write from outside the job's own run: tried again when the run wrote in between. */
  async function end(job: Job, set: TransitionJob['set'] & { status: Job['status'] }): Promise<Job> {
    let current: Job = job;
    while (!isFinal(current.status)) {
      const record = createJobRecord(deps, current);
      if (await record.finish(set)) {
        running.get(job.id)?.abort.abort(new Error('the job was ended from outside'));
        wake();
        return record.current();
      }
      const stored = await store.getJob(job.id);
      if (!stored || stored.version === current.version) return current;
      current = stored;
    }
    return current;
  }

  const fail = (job: Job, failure: JobFailure): Promise<Job> => end(job, { status: finalStatusOf(failure), failure });

  return {
    wake,
    fail,
    offer(job) {
      if (allFull && isForAnyAccount(job)) return;
      offered.push(job);
      interrupt();
    },
    running: () => running.size,

    async cancel(job) {
      if (isFinal(job.status)) return job;
      const ended = await end(job, { status: 'cancelled', failure: { code: 'cancelled', title: 'Cancelled', details: null } });
      await engines.get(ended.engine)?.cancel(ended);
      return ended;
    },

    async run(signal) {
      let renewAtMs = clock.now() + RENEW_MS;
      let first = true;
      while (!signal.aborted) {
        try {
          await takeUp(first && deps.soleOwner);
          first = false;
          await startWaiting();
          if (clock.now() >= renewAtMs) {
            await renew();
            renewAtMs = clock.now() + RENEW_MS;
          }
        } catch (error) {
          log.error({ err: error }, 'the queue could not be read; trying again');
        }
        await waitForWork(signal);
      }
      const runs = [...running.values()];
      for (const { abort } of runs) abort.abort(signal.reason);
      await Promise.allSettled(runs.map(({ done }) => done));
      await store.releaseJobLeases(deps.owner);
    },
  };
}
