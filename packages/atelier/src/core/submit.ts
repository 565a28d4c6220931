import type { JsonObject } from '@atelier/lib/json';
import type { Clock } from '@atelier/lib/clock';
import { createJob, type DialectName, type EngineName, type Job } from './job.ts';
import { JobError } from './errors.ts';
import type { AcceptResult, JobStore, KeyStore } from './store.ts';

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
  batchId?: string;
  /** As the caller wrote it; `createSubmit` checks it. */
  callbackUrl?: string;
  /** The job runs on this account. Left out: on any account that has a free slot when the job's turn comes. */
  accountId?: string;
  maxJobs?: number;
  /** Refuse with `account-busy` when `maxJobs` jobs are executing on the account, in place of queueing. Needs `accountId`. */
  refuseWhenBusy?: boolean;
  /** At most one running or completed job may have this key. */
  dedupeKey?: string;
  idempotency?: { key: string; fingerprint: string };
}

interface SubmitJobDeps {
  clock: Clock;
  store: Pick<JobStore, 'acceptJob'> & Pick<KeyStore, 'getKey'>;
  /** Returns the URL in its normalised form. Throws `JobError('url-refused')`. Opens no connection. */
  checkUrl(url: string): string;
  /** Called after the commit: the job is queued. */
  onAccepted(job: Job): void;
}

/**
 * `siblings` are accepted with the request, or none of them is: the other jobs of its batch, of the same key. `dedupeKey`, `idempotency` and
 * `refuseWhenBusy` are read from `request` alone. Returns the job of `request`.
 */
export type SubmitJob = (request: JobRequest, siblings?: readonly JobRequest[]) => Promise<Job>;

/**
 * Accepts jobs: the one way in for every dialect. The returned job and its siblings are on disk, and `onAccepted` was called for each.
 * Throws `JobError`: `url-refused`, `account-busy` (facts `maxJobs` and `executingJobIds`, limited to the jobs that the key may see),
 * `button-already-used` (fact `jobId` of the job that has the dedupe key), `idempotency-mismatch`, and `rate-limited` (facts `limit`, `max`,
 * `retryAfterSeconds`) when the API key has reached a limit.
 */
export function createSubmit(deps: SubmitJobDeps): SubmitJob {
  const toJob = (request: JobRequest, createdAtMs: number): Job => {
    const { refuseWhenBusy: _refuse, dedupeKey: _dedupe, idempotency: _idempotency, callbackUrl, ...fields } = request;
    return createJob({ ...fields, callbackUrl: callbackUrl === undefined ? null : deps.checkUrl(callbackUrl), createdAtMs });
  };
  return async (request, siblingRequests = []) => {
    const nowMs = deps.clock.now();
    const { refuseWhenBusy, dedupeKey, idempotency } = request;
    const job = toJob(request, nowMs);
    const siblings = siblingRequests.map((sibling) => toJob(sibling, nowMs));
    const maxJobs = refuseWhenBusy && request.usesSlot ? request.maxJobs : undefined;
    const key = await deps.store.getKey(request.keyId);
    const result = await deps.store.acceptJob({
      job,
      ...(siblings.length === 0 ? {} : { siblings }),
      ...(key === undefined ? {} : { caps: key.limits }),
      ...(maxJobs === undefined ? {} : { slots: { maxJobs } }),
      ...(dedupeKey === undefined ? {} : { dedupeKey }),
      ...(idempotency === undefined ? {} : { idempotency }),
    });
    const maySee = (other: Job): boolean => other.keyId === request.keyId || key?.admin === true;
    switch (result.outcome) {
      case 'accepted':
        for (const accepted of [result.job, ...siblings]) deps.onAccepted(accepted);
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

/** `Retry-After` for a limit of running jobs: the end of a running job cannot be predicted, and a request every 10 s costs little. */
const RUNNING_RETRY_SECONDS = 10;

function overLimit({ limit, max, freeAtMs }: Extract<AcceptResult, { outcome: 'over-limit' }>, nowMs: number): JobError {
  const jobs = max === 1 ? '1 job' : `${max} jobs`;
  const sentence = limit === 'jobsPerDay' ? `${jobs} within 24 hours` : `${jobs} queued or running at a time`;
  const retryAfterSeconds = freeAtMs === null ? RUNNING_RETRY_SECONDS : Math.max(1, Math.ceil((freeAtMs - nowMs) / 1_000));
  return new JobError('rate-limited', `This API key may have ${sentence}`, { facts: { limit, max, retryAfterSeconds } });
}
