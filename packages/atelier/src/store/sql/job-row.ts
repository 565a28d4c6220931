import { isFinal, type Job, type JobOutput } from '../../core/job.ts';
import type { JobFailure } from '../../core/errors.ts';
import type { JsonObject, JsonValue } from '@atelier/lib/json';
import { fromJson } from './rows.ts';
import type { JobTable, RowOf } from './schema.ts';

/** Jobs as rows, and back. */
export const JOB_COLUMNS = [
  'seq',
  'id',
  'dialect',
  'engine',
  'verb',
  'key_id',
  'parent_id',
  'input',
  'echo',
  'callback_url',
  'account_id',
  'uses_slot',
  'max_jobs',
  'status',
  'version',
  'progress_percent',
  'operation',
  'output',
  'failure',
  'created_at_ms',
  'updated_at_ms',
  'started_at_ms',
  'finished_at_ms',
] as const satisfies readonly (keyof JobTable)[];
export type JobRow = RowOf<JobTable, typeof JOB_COLUMNS>;

export function toJob(row: JobRow): Job {
  const [
    ,
    id,
    dialect,
    engine,
    verb,
    keyId,
    parentId,
    input,
    echo,
    callbackUrl,
    accountId,
    usesSlot,
    maxJobs,
    status,
    version,
    progressPercent,
    operation,
    output,
    failure,
    createdAtMs,
    updatedAtMs,
    startedAtMs,
    finishedAtMs,
  ] = row;
  const where = `job ${id}`;
  return {
    id,
    dialect,
    engine,
    verb,
    keyId,
    parentId,
    input: fromJson(input, where) as JsonObject,
    echo: fromJson(echo, where) as JsonObject,
    callbackUrl,
    accountId,
    usesSlot: usesSlot === 1,
    maxJobs,
    status,
    version,
    progressPercent,
    operation: operation === null ? null : (fromJson(operation, where) as JsonValue),
    output: fromJson(output, where) as JobOutput,
    failure: failure === null ? null : (fromJson(failure, where) as JobFailure),
    createdAtMs,
    updatedAtMs,
    startedAtMs,
    finishedAtMs,
  };
}

/** Beside the job itself: what must hold for it when it is written. */
export type JobConditions = Pick<JobTable, 'dedupe_key' | 'idempotency_key' | 'idempotency_fingerprint'> & { slot_limit: number };

export type JobValues = Omit<JobTable, 'seq' | 'lease_owner'> & JobConditions;

export function toJobValues(job: Job, conditions: JobConditions): JobValues {
  return {
    id: job.id,
    dialect: job.dialect,
    engine: job.engine,
    verb: job.verb,
    key_id: job.keyId,
    parent_id: job.parentId,
    input: JSON.stringify(job.input),
    echo: JSON.stringify(job.echo),
    callback_url: job.callbackUrl,
    account_id: job.accountId,
    uses_slot: job.usesSlot ? 1 : 0,
    max_jobs: job.maxJobs,
    status: job.status,
    version: job.version,
    progress_percent: job.progressPercent,
    operation: toNullableJson(job.operation),
    output: JSON.stringify(job.output),
    failure: job.failure === null ? null : JSON.stringify(job.failure),
    created_at_ms: job.createdAtMs,
    updated_at_ms: job.updatedAtMs,
    started_at_ms: job.startedAtMs,
    finished_at_ms: job.finishedAtMs,
    lease_until_ms: job.status === 'queued' || isFinal(job.status) ? null : 0,
    dedupe_key: conditions.dedupe_key,
    idempotency_key: conditions.idempotency_key,
    idempotency_fingerprint: conditions.idempotency_fingerprint,
    slot_limit: conditions.slot_limit,
  };
}

export const toNullableJson = (value: JsonValue): string | null => (value === null ? null : JSON.stringify(value));
