import { activeHold, type AccountHold, type AccountLimits, type AccountService } from '../core/account.ts';
import type { Engine } from '../core/engine.ts';
import { type JobFailure, toReason } from '../core/errors.ts';
import { finalStatusOf, isFinal, type EngineName, type Job } from '../core/job.ts';
import type { JobStore } from '../core/store.ts';
import { sleep } from '@atelier/lib/clock';
import { createWaker, type Waker } from '@atelier/lib/waker';
import { endJob, LEASE_MS, planJob, runJob, startJob, type JobEnd, type RunnerDeps } from './runner.ts';
import { createSchedule, type Schedule, type ScheduledJob } from './schedule.ts';
import {
  createWorkerState,
  freeSlotsOf,
  planTurn,
  POLL_MS,
  updateWorker,
  type TurnStep,
  type WorkerEffect,
  type WorkerEvent,
  type WorkerState,
} from './worker-state.ts';

/**
 * Claims queued jobs, gives each an account with a free slot, and runs it to its end.
 *
 * When a job was accepted or a slot may be free, the loop makes a scheduling pass (`schedule.ts`), which decides the queued jobs that start now.
 * A job stays in the store while its account is full, and costs nothing until a slot is free. The loop also makes a pass once a second, to
 * find the changes of other processes.
 *
 * The lease of a running job is renewed. A process that dies stops renewing; another process sees the lease end and recovers the job from its
 * operation. A process that has the store to itself does not wait for that: at its start it recovers every job that was running.
 */
export interface Worker {
  /** Works until the signal aborts; then stops the runs, ends their leases so that the jobs can be recovered at once, and resolves. */
  run(signal: AbortSignal): Promise<void>;
  /** A job was accepted: its commit is done. */
  offer(job: Job): void;
  /** A slot or an account may be free again. */
  wake(): void;
  /** Ends a job as cancelled and asks its upstream to stop; a job that has ended is returned unchanged. */
  cancel(job: Job): Promise<Job>;
  /** Ends a job with this failure; a job that has ended is returned unchanged. */
  fail(job: Job, failure: JobFailure): Promise<Job>;
  /** Jobs that run in this process. */
  running(): number;
}

export interface WorkerDeps extends RunnerDeps {
  engines: readonly Engine[];
  store: JobStore;
  accounts: Pick<AccountService, 'get' | 'list'>;
  accountLimits: AccountLimits;
  /** True when no other process works on this store. */
  soleOwner: boolean;
  /** A job that waited this long in the queue fails with `timeout`. */
  queueLimitMs: number;
}

/** Jobs that are recovered, or ended as overdue, in one command. */
const PAGE = 200;
/** More jobs than ever run at once. */
const EVERY_JOB = 100_000;
const STORE_RETRY_MS = 1_000;

const CANCELLED: JobFailure = { code: 'cancelled', title: 'Cancelled', details: null };
const OVERDUE: JobFailure = { code: 'timeout', title: 'No place came free in time', details: null };

/** The parts of a worker. Only `dispatch` and `takeTurn` replace the state. */
interface WorkerParts {
  readonly deps: WorkerDeps;
  readonly engines: ReadonlyMap<EngineName, Engine>;
  readonly schedule: Schedule;
  readonly waker: Waker;
  /** The runs of the jobs in `state.running`. */
  readonly runs: Map<string, { abort: AbortController; done: Promise<void> }>;
  state: WorkerState;
}

export function createWorker(deps: WorkerDeps): Worker {
  const worker: WorkerParts = {
    deps,
    engines: new Map(deps.engines.map((engine) => [engine.name, engine])),
    schedule: createSchedule(deps),
    waker: createWaker(deps.clock),
    runs: new Map(),
    state: createWorkerState(deps.engines, deps.clock.now()),
  };
  return {
    run: (signal) => runLoop(worker, signal),
    offer: (job) => dispatch(worker, { type: 'job-accepted', job }),
    wake: () => dispatch(worker, { type: 'slot-freed' }),
    async cancel(job) {
      if (isFinal(job.status)) return job;
      const ended = await endFromOutside(worker, job, { status: 'cancelled', failure: CANCELLED });
      await worker.engines.get(ended.engine)?.cancel(ended);
      return ended;
    },
    fail: (job, failure) => failJob(worker, job, failure),
    running: () => worker.state.running.size,
  };
}

async function runLoop(worker: WorkerParts, signal: AbortSignal): Promise<void> {
  const { clock, log, store, owner } = worker.deps;
  while (!signal.aborted) {
    try {
      await takeTurn(worker);
    } catch (error) {
      log.error({ err: error }, 'the job store cannot be read or written; trying again in 1 s');
      await sleep(clock, STORE_RETRY_MS, signal).catch(() => {});
      dispatch(worker, { type: 'turn-failed' });
    }
    const reason = await worker.waker.wait(POLL_MS, signal);
    if (reason === 'elapsed') dispatch(worker, { type: 'poll-elapsed' });
  }
  const runs = [...worker.runs.values()];
  for (const { abort } of runs) abort.abort(signal.reason);
  await Promise.allSettled(runs.map(({ done }) => done));
  await store.releaseJobLeases(owner);
}

async function takeTurn(worker: WorkerParts): Promise<void> {
  const { state, steps } = planTurn(worker.state, worker.deps.clock.now());
  worker.state = state;
  for (const step of steps) await STEPS[step](worker);
}

const STEPS: Record<TurnStep, (worker: WorkerParts) => Promise<void>> = {
  'renew-leases': renewLeases,
  'recover-jobs': recoverJobs,
  'schedule-jobs': scheduleJobs,
  'end-overdue-jobs': endOverdueJobs,
};

function dispatch(worker: WorkerParts, event: WorkerEvent): void {
  const { state, effects } = updateWorker(worker.state, event);
  worker.state = state;
  for (const effect of effects) perform(worker, effect);
}

function perform(worker: WorkerParts, effect: WorkerEffect): void {
  switch (effect.type) {
    case 'wake':
      worker.waker.wake();
      return;
    case 'resume-job':
      launch(worker, effect.job, true);
      return;
    case 'abort-run':
      worker.runs.get(effect.jobId)?.abort.abort(new Error(effect.reason));
  }
}

function launch(worker: WorkerParts, job: Job, resumed: boolean): void {
  const engine = worker.engines.get(job.engine);
  if (!engine) return;
  const abort = new AbortController();
  const done = runJob(worker.deps, engine, job, { resumed, signal: abort.signal }).finally(() => {
    // A job that went back to the queue may have started again before this run is over.
    if (worker.runs.get(job.id)?.abort !== abort) return;
    worker.runs.delete(job.id);
    dispatch(worker, { type: 'run-ended', jobId: job.id });
  });
  worker.runs.set(job.id, { abort, done });
  dispatch(worker, { type: 'run-started', jobId: job.id, engine: job.engine });
}

async function renewLeases(worker: WorkerParts): Promise<void> {
  const { store, clock, owner } = worker.deps;
  const jobIds = [...worker.state.running.keys()];
  const leaseUntilMs = clock.now() + LEASE_MS;
  const renewedIds = jobIds.length === 0 ? [] : await store.renewJobLeases({ owner, jobIds, leaseUntilMs });
  dispatch(worker, { type: 'leases-renewed', nowMs: clock.now(), jobIds, renewedIds });
}

async function recoverJobs(worker: WorkerParts): Promise<void> {
  const { store, clock, log, owner, soleOwner } = worker.deps;
  const everyLease = soleOwner && !worker.state.hasRecovered;
  const nowMs = clock.now();
  // With `everyLease` a second command would return the jobs of the first one again, so one command takes them all.
  const limit = everyLease ? EVERY_JOB : PAGE;
  const jobs = await store.recoverJobs({ owner, nowMs, leaseUntilMs: nowMs + LEASE_MS, everyLease, limit });
  dispatch(worker, { type: 'jobs-recovered', jobs });
  if (jobs.length > 0) log.info({ jobs: jobs.length }, 'jobs recovered');
  if (jobs.length === PAGE) await recoverJobs(worker);
}

async function scheduleJobs(worker: WorkerParts): Promise<void> {
  for (const [name, engine] of worker.engines) {
    const { starts, ends, full, isPartial } = await worker.schedule(name, freeSlotsOf(worker.state, name));
    dispatch(worker, { type: 'pass-made', engine: name, full });
    // All at once: the store writes concurrent commands in one commit.
    const writes = await Promise.allSettled([
      ...starts.map((scheduled) => startScheduled(worker, engine, scheduled)),
      ...ends.map(({ job, failure }) => failJob(worker, job, failure)),
    ]);
    const refused = writes.filter((write) => write.status === 'rejected');
    for (const { reason } of refused) {
      worker.deps.log.error({ err: reason as unknown }, 'the store refused to start or end a queued job; trying again');
    }
    dispatch(worker, { type: 'pass-written', isPartial, writtenCount: writes.length - refused.length });
  }
}

async function startScheduled(worker: WorkerParts, engine: Engine, scheduled: ScheduledJob): Promise<void> {
  const plan = await planJob(worker.deps, engine, scheduled);
  if ('failure' in plan) {
    await failJob(worker, scheduled.job, plan.failure);
    return;
  }
  const started = await startJob(worker.deps, scheduled, plan.operation);
  if (started) launch(worker, started, false);
}

/** Fails the jobs that have waited too long; they are at the head of the queue. */
async function endOverdueJobs(worker: WorkerParts): Promise<void> {
  const { store, clock, queueLimitMs } = worker.deps;
  const isOverdue = (job: Job): boolean => clock.now() - job.createdAtMs > queueLimitMs;
  for (const engine of worker.engines.keys()) {
    const [oldest] = await store.queuedJobs(engine, 1);
    if (!oldest || !isOverdue(oldest)) continue;
    const overdue = (await store.queuedJobs(engine, PAGE)).filter(isOverdue);
    const held = overdue.length > 0 ? await findHold(worker) : null;
    const failure = held ? { ...OVERDUE, details: `The account was held: ${toReason(held)}` } : OVERDUE;
    await Promise.all(overdue.map((job) => failJob(worker, job, failure)));
  }
}

/** A hold that lasts now: the reason why jobs wait. */
async function findHold({ deps: { accounts, clock } }: WorkerParts): Promise<AccountHold | null> {
  const holds = (await accounts.list()).map((account) => activeHold(account, clock.now()));
  return holds.find((hold) => hold !== null) ?? null;
}

const failJob = (worker: WorkerParts, job: Job, failure: JobFailure): Promise<Job> =>
  endFromOutside(worker, job, { status: finalStatusOf(failure), failure });

async function endFromOutside(worker: WorkerParts, job: Job, end: JobEnd): Promise<Job> {
  const { job: ended, isWritten } = await endJob(worker.deps, job, end);
  if (isWritten) dispatch(worker, { type: 'job-ended', jobId: job.id });
  return ended;
}
