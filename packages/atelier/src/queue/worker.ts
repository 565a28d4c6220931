import type { AccountService } from '../core/account.ts';
import type { Engine } from '../core/engine.ts';
import type { JobFailure } from '../core/errors.ts';
import { finalStatusOf, isFinal, type EngineName, type Job } from '../core/job.ts';
import { sleep } from '@atelier/lib/clock';
import type { JobStore, TransitionJob } from '../core/store.ts';
import { createRounds, type Round } from './round.ts';
import { createJobRecord } from './job-record.ts';
import { runJob, type RunnerDeps } from './runner.ts';
import { createSlots } from './slots.ts';

/**
 * Takes queued jobs, gives each an account with a free slot, and runs it to its end.
 *
 * When a job was accepted or a slot may have come free, the loop plans a round (`round.ts`): which of the waiting jobs may start
 * now. A job that cannot start, because its account is full, stays in the store and costs nothing until a slot comes free. Once
 * a second the loop plans a round anyway: the floor that finds what other processes did.
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
  accounts: Pick<AccountService, 'get' | 'list'>;
  /** Names this process in leases. */
  owner: string;
  /** No other process works on this store. */
  soleOwner: boolean;
  /** A job that waited this long for a place is failed with `timeout`. */
  queueLimitMs: number;
}

const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
const POLL_MS = 1_000;
const PAGE = 200;
const MOST_RUNNING = 100_000;
const STORE_RETRY_MS = 1_000;

const INTERNAL: JobFailure = { code: 'internal', title: 'Internal error', details: null };
const NO_PLACE_IN_TIME: JobFailure = { code: 'timeout', title: 'No place came free in time', details: null };

export function createWorker(deps: WorkerDeps): Worker {
  const { clock, store, log } = deps;
  const running = new Map<string, { engine: Engine; abort: AbortController; done: Promise<void> }>();
  const engines = new Map<EngineName, Engine>(deps.engines.map((engine) => [engine.name, engine]));
  const planRound = createRounds(deps);
  const slots = createSlots(engines, running);
  /** Something changed that may let a waiting job start. */
  let mustLook = true;
  /** When to look after what other processes and the passing of time did. */
  let pollAtMs = clock.now();
  let interrupt = (): void => {};

  const wake = (): void => {
    mustLook = true;
    slots.forget();
    interrupt();
  };

  async function waitForWork(signal: AbortSignal): Promise<void> {
    if (mustLook || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    interrupt = resolve;
    const cancel = clock.after(POLL_MS, wake);
    const onAbort = (): void => resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await promise;
    signal.removeEventListener('abort', onAbort);
    cancel();
  }

  async function start({ job, account }: Round['starts'][number], engine: Engine): Promise<void> {
    let operation;
    try {
      operation = await engine.plan({ ...job, accountId: account?.id ?? null });
    } catch (error) {
      log.error({ err: error, jobId: job.id }, 'a job could not be planned');
      await fail(job, INTERNAL);
      return;
    }
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
    running.set(job.id, { engine, abort, done });
  }

  /** The store refused a write (a full disk, a lost connection): the job is still ours, so go on from what is on record. */
  async function retryLater(jobId: string, engine: Engine, abort: AbortController): Promise<void> {
    await sleep(clock, STORE_RETRY_MS, abort.signal).catch(() => {});
    if (abort.signal.aborted) return;
    const job = await store.getJob(jobId).catch(() => undefined);
    if (job && !isFinal(job.status)) queueMicrotask(() => launch(job, engine, true));
  }

  async function startWaiting(): Promise<void> {
    if (!mustLook) return;
    mustLook = false;
    for (const engine of engines.values()) {
      const round = await planRound(engine.name, slots.free(engine));
      slots.learn(engine.name, round);
      // All at once: the store writes what comes together in one commit.
      const writes = [...round.starts.map((one) => start(one, engine)), ...round.ends.map(({ job, failure }) => fail(job, failure))];
      let done = 0;
      for (const result of await Promise.allSettled(writes)) {
        if (result.status === 'fulfilled') done += 1;
        else log.error({ err: result.reason as unknown }, 'a job could not be started; trying again');
      }
      if (round.isPartial && done > 0) mustLook = true;
    }
  }

  /** Ends the jobs that have waited too long: they are at the head of the queue. */
  async function endOverdue(): Promise<void> {
    const isOverdue = (job: Job): boolean => clock.now() - job.createdAtMs > deps.queueLimitMs;
    for (const name of engines.keys()) {
      const [oldest] = await store.queuedJobs(name, 1);
      if (!oldest || !isOverdue(oldest)) continue;
      const overdue = (await store.queuedJobs(name, PAGE)).filter(isOverdue);
      await Promise.all(overdue.map((job) => fail(job, NO_PLACE_IN_TIME)));
    }
  }

  async function takeUp(everyLease: boolean): Promise<void> {
    const nowMs = clock.now();
    const jobs = await store.recoverJobs({
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
      if (await record.tell(set)) {
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
      if (slots.mustWait(job)) return;
      mustLook = true;
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
          // First: after a machine's sleep our own leases have ended too, and nobody else's job is worth more.
          if (clock.now() >= renewAtMs) {
            await renew();
            renewAtMs = clock.now() + RENEW_MS;
          }
          const isPoll = clock.now() >= pollAtMs;
          if (isPoll) {
            pollAtMs = clock.now() + POLL_MS;
            await takeUp(first && deps.soleOwner);
            first = false;
          }
          await startWaiting();
          if (isPoll) await endOverdue();
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
