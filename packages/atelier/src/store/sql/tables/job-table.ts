import { type Job, isFinal } from '../../../core/job.ts';
import type { SqlValue } from '../statement.ts';
import { type RowOf, columnKinds, defineTable } from './columns.ts';

const { plain, bit, json, nullableJson } = columnKinds<Job>();

/** The columns that keep the job itself. */
export const JOB = defineTable<Job>()('job', {
  id: plain('id'),
  dialect: plain('dialect'),
  engine: plain('engine'),
  verb: plain('verb'),
  key_id: plain('keyId'),
  parent_id: plain('parentId'),
  input: json('input'),
  echo: json('echo'),
  callback_url: plain('callbackUrl'),
  account_id: plain('accountId'),
  uses_slot: bit('usesSlot'),
  max_jobs: plain('maxJobs'),
  status: plain('status'),
  version: plain('version'),
  progress_percent: plain('progressPercent'),
  operation: nullableJson('operation'),
  output: json('output'),
  failure: nullableJson('failure'),
  created_at_ms: plain('createdAtMs'),
  updated_at_ms: plain('updatedAtMs'),
  started_at_ms: plain('startedAtMs'),
  finished_at_ms: plain('finishedAtMs'),
});

/** The columns that only the statements use. */
export interface JobBookkeeping {
  lease_owner: string | null;
  /** Set exactly while the job is starting, started or in progress; 0 when no process has the lease. */
  lease_until_ms: number | null;
  dedupe_key: string | null;
  idempotency_key: string | null;
  idempotency_fingerprint: string | null;
}

/** The columns that a statement selects for a job: `seq` first, then the columns of `JOB`. */
export const JOB_COLUMNS = ['seq', ...JOB.columns] as const;
export type JobRow = readonly [seq: number, ...columns: SqlValue[]];

export const toJob = (row: JobRow): Job => JOB.toRecord(row.slice(1));

/** The row that accepting a job inserts. */
export type NewJobRow = RowOf<typeof JOB> & Omit<JobBookkeeping, 'lease_owner'>;
export const NEW_JOB_COLUMNS = [
  ...JOB.columns,
  'lease_until_ms',
  'dedupe_key',
  'idempotency_key',
  'idempotency_fingerprint',
] as const satisfies readonly (keyof NewJobRow)[];

export const toNewJobRow = (job: Job, keys: Omit<JobBookkeeping, 'lease_owner' | 'lease_until_ms'>): NewJobRow => ({
  ...JOB.toRow(job),
  lease_until_ms: job.status === 'queued' || isFinal(job.status) ? null : 0,
  ...keys,
});
