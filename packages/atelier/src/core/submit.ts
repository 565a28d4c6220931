import type { JsonObject } from '@atelier/lib/json';
import type { Clock } from '@atelier/lib/clock';
import { JobError } from './errors.ts';
import { EMPTY_OUTPUT, type DialectName, type EngineName, type Job } from './job.ts';

/** A request that a dialect has read and checked against its own wire rules. */
export interface JobRequest {
  /** In the shape of the dialect's vendor. */
  id: string;
  dialect: DialectName;
  engine: EngineName;
  verb: string;
  keyId: string;
  input: JsonObject;
  echo: JsonObject;
  usesSlot: boolean;
  parentId?: string;
  /** As the caller wrote it; checked here. */
  callbackUrl?: string;
  /** Set: the job runs on this account. Left out: on any that has a free slot when its turn comes. */
  accountId?: string;
  maxJobs?: number;
  /** Refuse with `account-busy` when `maxJobs` jobs are executing on the account, in place of queueing. Needs `accountId`. */
  refuseWhenBusy?: boolean;
  /** At most one running or completed job may have this key. */
  dedupeKey?: string;
  idempotency?: { key: string; fingerprint: string };
}

interface Caps {
  jobsPerDay: number | null;
  runningJobs: number | null;
}

interface OverLimit {
  outcome: 'over-limit';
  limit: keyof Caps;
  max: number;
  freeAtMs: number | null;
}

/** What submit needs from the rest of the server. */
export interface SubmitDeps {
  clock: Clock;
  store: {
    acceptJob(command: {
      job: Job;
      slots?: { maxJobs: number };
      caps?: Caps;
      dedupeKey?: string;
      idempotency?: { key: string; fingerprint: string };
    }): Promise<
      | { outcome: 'accepted' | 'repeated' | 'duplicate'; job: Job }
      | { outcome: 'idempotency-mismatch' }
      | { outcome: 'busy'; executing: Job[] }
      | OverLimit
    >;
    /** The API key of the request, for what it may do at most and whose jobs it may see. */
    getKey(id: string): Promise<{ limits: Caps; admin: boolean } | undefined>;
  };
  /** The URL in its normalised form; throws `JobError('url-refused')`. No network is touched. */
  checkUrl(url: string): string;
  /** Told after the commit: a job waits. */
  onAccepted(job: Job): void;
}

export type SubmitJob = (request: JobRequest) => Promise<Job>;

/**
 * Accepts jobs: the one way in for every dialect. The job that is returned is on disk, and a worker has been told of it.
 * Throws `JobError`: `url-refused`, `account-busy` (facts `executingJobIds`, those that the key may see, and `maxJobs`), `button-already-used` (facts
 * `jobId` of the job that holds the dedupe key), `idempotency-mismatch`, `rate-limited` (facts `limit`, `max`,
 * `retryAfterSeconds`) when the API key may have no more jobs.
 */
export function createSubmit(deps: SubmitDeps): SubmitJob {
  return async (request) => {
    const nowMs = deps.clock.now();
    const job: Job = {
      id: request.id,
      dialect: request.dialect,
      engine: request.engine,
      verb: request.verb,
      keyId: request.keyId,
      parentId: request.parentId ?? null,
      input: request.input,
      echo: request.echo,
      callbackUrl: request.callbackUrl === undefined ? null : deps.checkUrl(request.callbackUrl),
      accountId: request.accountId ?? null,
      usesSlot: request.usesSlot,
      maxJobs: request.maxJobs ?? null,
      status: 'queued',
      version: 1,
      progressPercent: 0,
      operation: null,
      output: EMPTY_OUTPUT,
      failure: null,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      startedAtMs: null,
      finishedAtMs: null,
    };
    const maxJobs = request.refuseWhenBusy && request.usesSlot ? request.maxJobs : undefined;
    const key = await deps.store.getKey(request.keyId);
    const result = await deps.store.acceptJob({
      job,
      ...(key === undefined ? {} : { caps: key.limits }),
      ...(maxJobs === undefined ? {} : { slots: { maxJobs } }),
      ...(request.dedupeKey === undefined ? {} : { dedupeKey: request.dedupeKey }),
      ...(request.idempotency === undefined ? {} : { idempotency: request.idempotency }),
    });
    const maySee = (other: Job): boolean => other.keyId === request.keyId || key?.admin === true;
    switch (result.outcome) {
      case 'accepted':
        deps.onAccepted(result.job);
        return result.job;
      case 'repeated':
        return result.job;
      case 'duplicate':
        throw new JobError('button-already-used', `already executed by job ${result.job.id}`, {
          facts: { jobId: result.job.id },
        });
      case 'busy':
        throw new JobError('account-busy', `Maximum of ${maxJobs} jobs executing in parallel supported`, {
          facts: { maxJobs: maxJobs ?? 0, executingJobIds: result.executing.filter(maySee).map((other) => other.id) },
        });
      case 'over-limit':
        throw overLimit(result, nowMs);
      case 'idempotency-mismatch':
        throw new JobError('idempotency-mismatch', 'This Idempotency-Key was used with another request body');
    }
  };
}

/** Nobody knows when a running job ends; a caller who asks this often loses little time and costs nothing. */
const RUNNING_RETRY_SECONDS = 10;

function overLimit({ limit, max, freeAtMs }: OverLimit, nowMs: number): JobError {
  const jobs = max === 1 ? '1 job' : `${max} jobs`;
  const sentence = limit === 'jobsPerDay' ? `${jobs} within 24 hours` : `${jobs} queued or running at a time`;
  const retryAfterSeconds = freeAtMs === null ? RUNNING_RETRY_SECONDS : Math.max(1, Math.ceil((freeAtMs - nowMs) / 1_000));
  return new JobError('rate-limited', `This API key may have ${sentence}`, { facts: { limit, max, retryAfterSeconds } });
}
