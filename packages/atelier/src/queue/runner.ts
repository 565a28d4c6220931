import type { Engine, RunOptions } from '../core/engine.ts';
import type { JobFailure } from '../core/errors.ts';
import { type FinalStatus, isFinal, type Job } from '../core/job.ts';
import type { JobStore } from '../core/store.ts';
import { deadline, sleep } from '@atelier/lib/clock';
import type { JsonValue } from '@atelier/lib/json';
import { createJobRecord, type RecordDeps } from './job-record.ts';
import { applyUpdates, type EngineRun, failRun, type UpdateDeps } from './updates.ts';
import type { ScheduledJob } from './schedule.ts';

/**
 * The steps of one job that a scheduling pass has picked:
 *
 *   planJob   asks the engine for the operation; sends nothing
 *   startJob  claims the job and a slot of its account, and writes the operation, in one command of the store
 *   runJob    lets the engine run, writes its updates (`updates.ts`), and ends the job at its time limit
 *
 * `endJob` ends a job from outside its run: cancelled, failed, overdue.
 */
export interface RunnerDeps extends RecordDeps, UpdateDeps {
  store: Pick<JobStore, 'startJob' | 'transition' | 'requeueJob' | 'getJob'>;
  /** Names this process in leases. */
  owner: string;
  /** A job that has run this long fails with `timeout`. Source: useapi, jobs/button, 30 minutes. */
  timeLimitMs: number;
}

/** A process that dies stops renewing its leases; another process recovers its jobs once this time has passed. */
export const LEASE_MS = 30_000;

/** After the store refused a write, the job is run again from its stored state after this time. */
const STORE_RETRY_MS = 1_000;

const INTERNAL: JobFailure = { code: 'internal', title: 'Internal error', details: null };
const TIMEOUT: JobFailure = {
  code: 'timeout',
  title: 'Job timed out',
  details: 'The job ran for more than its time limit and was given up.',
};

/** Asks the engine for the operation. An exception of the engine is a bug: it is logged and returned as the job's failure. */
export async function planJob(
  deps: Pick<RunnerDeps, 'log'>,
  engine: Engine,
  { job, account }: ScheduledJob,
): Promise<{ operation: JsonValue } | { failure: JobFailure }> {
  try {
    return { operation: await engine.plan({ ...job, accountId: account?.id ?? null }) };
  } catch (error) {
    deps.log.error({ err: error, jobId: job.id }, 'unexpected error while a job was planned; failing it as internal');
    return { failure: INTERNAL };
  }
}

/** Claims a planned job and writes its start. Undefined when another process was faster, or when no slot is free any more. */
export async function startJob(deps: RunnerDeps, { job, account }: ScheduledJob, operation: JsonValue): Promise<Job | undefined> {
  const nowMs = deps.clock.now();
  const started = await deps.store.startJob({
    jobId: job.id,
    version: job.version,
    accountId: account?.id ?? null,
    slots: account && job.usesSlot ? { maxJobs: account.maxJobs } : null,
    operation,
    owner: deps.owner,
    nowMs,
    leaseUntilMs: nowMs + LEASE_MS,
  });
  if (started) deps.watch.publish(started);
  return started;
}

/**
 * Carries a started job to its end. Never rejects: when the store refuses a write (full disk, lost connection), the job is not failed but
 * resumed from its stored state. Resolves when the job is final or went back to the queue, when `signal` aborted, or when another process has the job.
 */
export async function runJob(deps: RunnerDeps, engine: Engine, job: Job, { resumed, signal }: RunOptions): Promise<void> {
  let next: Job | undefined = job;
  let isResumed = resumed;
  while (next) {
    try {
      await runOnce(deps, engine, next, { resumed: isResumed, signal });
      return;
    } catch (error) {
      deps.log.error({ err: error, jobId: job.id }, 'the store refused to write a job; running it again from its stored state in 1 s');
      next = await readUnfinished(deps, job.id, signal);
      isResumed = true;
    }
  }
}

/** The job as stored, after `STORE_RETRY_MS`. Undefined when it is final, cannot be read (its lease will end and it is recovered), or at an abort. */
async function readUnfinished({ clock, store }: RunnerDeps, jobId: string, signal: AbortSignal): Promise<Job | undefined> {
  await sleep(clock, STORE_RETRY_MS, signal).catch(() => {});
  if (signal.aborted) return undefined;
  const job = await store.getJob(jobId).catch(() => undefined);
  return job && !isFinal(job.status) ? job : undefined;
}

/** Rejects when the store refuses a write. */
async function runOnce(deps: RunnerDeps, engine: Engine, job: Job, { resumed, signal }: RunOptions): Promise<void> {
  const log = deps.log.child({ jobId: job.id, verb: job.verb, dialect: job.dialect });
  const ranMs = deps.clock.now() - (job.startedAtMs ?? deps.clock.now());
  const limit = deadline(deps.clock, Math.max(0, deps.timeLimitMs - ranMs), signal);
  const record = createJobRecord(deps, job);
  const run: EngineRun = { deps, record, signal: limit.signal, uncopied: [] };
  try {
    await applyUpdates(run, engine.run(job, job.operation, { resumed, signal: limit.signal }));
    const { status } = record.current();
    if (signal.aborted || isFinal(status) || status === 'queued') return;
    if (limit.signal.aborted) await failRun(run, TIMEOUT);
    else if (!record.isLost()) throw new Error('the engine ended without a final update');
  } catch (error) {
    if (signal.aborted || record.isLost()) return;
    if (limit.signal.aborted) {
      await failRun(run, TIMEOUT);
      return;
    }
    log.error({ err: error }, 'unexpected error in a job; failing it as internal');
    await failRun(run, INTERNAL);
  } finally {
    limit.cancel();
    const { status, failure, startedAtMs, output } = record.current();
    const durationMs = deps.clock.now() - (startedAtMs ?? job.createdAtMs);
    const fields = { status, durationMs, failure: failure?.code, files: output.assets.length };
    if (status !== 'queued') log.info(fields, isFinal(status) ? 'job ended' : 'job run stopped before the end of the job');
  }
}

/** The last state of a job, and its reason. */
export interface JobEnd {
  status: FinalStatus;
  failure: JobFailure;
}

/** Ends a job from outside its run, also when the run writes in between. `isWritten` is false when the job had ended already. */
export async function endJob(deps: RecordDeps, job: Job, end: JobEnd): Promise<{ job: Job; isWritten: boolean }> {
  let current: Job = job;
  while (!isFinal(current.status)) {
    const record = createJobRecord(deps, current);
    if (await record.transition(end)) return { job: record.current(), isWritten: true };
    const stored = await deps.store.getJob(job.id);
    if (!stored || stored.version === current.version) break;
    current = stored;
  }
  return { job: current, isWritten: false };
}
