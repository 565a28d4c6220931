import type { Account } from '../../../core/account.ts';
import type { Asset } from '../../../core/asset.ts';
import type { Attempt, Delivery } from '../../../core/delivery.ts';
import { isFinal, type Job } from '../../../core/job.ts';
import type { ApiKey, KeyLimits } from '../../../core/key.ts';
import type { SqlRow, SqlValue } from '../statement.ts';
import { columnKinds, defineTable, type RowOf } from './columns.ts';

/** The columns of all tables but `job`. */

const delivery = columnKinds<Delivery>();
export const DELIVERY = defineTable<Delivery>()('delivery', {
  id: delivery.plain('id'),
  job_id: delivery.plain('jobId'),
  key_id: delivery.plain('keyId'),
  dialect: delivery.plain('dialect'),
  url: delivery.plain('url'),
  origin: delivery.plain('origin'),
  body: delivery.plain('body'),
  kie_task_id: delivery.plain('kieTaskId'),
  state: delivery.plain('state'),
  attempt_count: delivery.plain('attemptCount'),
  due_at_ms: delivery.plain('dueAtMs'),
  created_at_ms: delivery.plain('createdAtMs'),
  updated_at_ms: delivery.plain('updatedAtMs'),
});

/** The columns that a statement selects for a delivery: `seq` first, then the columns of `DELIVERY`. */
export const DELIVERY_COLUMNS = ['seq', ...DELIVERY.columns] as const;
export type DeliveryRow = readonly [seq: number, ...columns: SqlValue[]];

export const toDelivery = (row: DeliveryRow): Delivery => DELIVERY.toRecord(row.slice(1));

const attempt = columnKinds<Attempt>();
export const ATTEMPT = defineTable<Attempt>()('an attempt of delivery', {
  delivery_id: attempt.plain('deliveryId'),
  number: attempt.plain('number'),
  started_at_ms: attempt.plain('startedAtMs'),
  duration_ms: attempt.plain('durationMs'),
  outcome: attempt.plain('outcome'),
  status: attempt.plain('status'),
  response_body: attempt.json('responseBody'),
  error: attempt.nullableJson('error'),
});

const account = columnKinds<Account>();
export const ACCOUNT = defineTable<Account>()('account', {
  id: account.plain('id'),
  channel_id: account.plain('channelId'),
  guild_id: account.plain('guildId'),
  sealed_token: account.plain('sealedToken'),
  token_hash: account.plain('tokenHash'),
  masked_token: account.plain('maskedToken'),
  max_jobs: account.plain('maxJobs'),
  listed: account.bit('listed'),
  pause: account.nullableJson('pause'),
  hold: account.nullableJson('hold'),
  upstream: account.plain('upstream'),
  created_at_ms: account.plain('createdAtMs'),
  updated_at_ms: account.plain('updatedAtMs'),
});

/** The column that only the statements use. */
export interface AccountBookkeeping {
  /** `untilMs` of the hold. */
  held_until_ms: number | null;
}

/** A key with its limits beside its other fields. */
type FlatKey = Omit<ApiKey, 'limits'> & KeyLimits;

const key = columnKinds<FlatKey>();
export const KEY = defineTable<FlatKey>()('key', {
  id: key.plain('id'),
  number: key.plain('number'),
  name: key.json('name'),
  secret_hash: key.plain('secretHash'),
  admin: key.bit('admin'),
  reply_url: key.plain('replyUrl'),
  created_at_ms: key.plain('createdAtMs'),
  expires_at_ms: key.plain('expiresAtMs'),
  suspended_at_ms: key.plain('suspendedAtMs'),
  revoked_at_ms: key.plain('revokedAtMs'),
  requests_per_minute: key.plain('requestsPerMinute'),
  jobs_per_day: key.plain('jobsPerDay'),
  running_jobs: key.plain('runningJobs'),
});

export function toKey(row: SqlRow): ApiKey {
  const { requestsPerMinute, jobsPerDay, runningJobs, ...fields } = KEY.toRecord(row);
  return { ...fields, limits: { requestsPerMinute, jobsPerDay, runningJobs } };
}

const asset = columnKinds<Asset>();
export const ASSET = defineTable<Asset>()('asset', {
  id: asset.plain('id'),
  job_id: asset.plain('jobId'),
  key_id: asset.plain('keyId'),
  content_type: asset.plain('contentType'),
  filename: asset.json('filename'),
  bytes: asset.plain('bytes'),
  width: asset.plain('width'),
  height: asset.plain('height'),
  created_at_ms: asset.plain('createdAtMs'),
  expires_at_ms: asset.plain('expiresAtMs'),
});

const { plain, bit, json, nullableJson } = columnKinds<Job>();

/** The columns that keep the job itself. */
export const JOB = defineTable<Job>()('job', {
  id: plain('id'),
  dialect: plain('dialect'),
  engine: plain('engine'),
  verb: plain('verb'),
  key_id: plain('keyId'),
  parent_id: plain('parentId'),
  batch_id: plain('batchId'),
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
  late_result: nullableJson('lateResult'),
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
  /** 1 when the scheduler chose the account, 0 when the caller bound the job to it. */
  account_chosen: 0 | 1;
  dedupe_key: string | null;
  idempotency_key: string | null;
  idempotency_fingerprint: string | null;
}

/** The columns that a statement selects for a job: `seq` first, then the columns of `JOB`. */
export const JOB_COLUMNS = ['seq', ...JOB.columns] as const;
export type JobRow = readonly [seq: number, ...columns: SqlValue[]];

export const toJob = (row: JobRow): Job => JOB.toRecord(row.slice(1));

/** The row that accepting a job inserts. */
export type NewJobRow = RowOf<typeof JOB> & Omit<JobBookkeeping, 'lease_owner' | 'account_chosen'>;
export const NEW_JOB_COLUMNS = [
  ...JOB.columns,
  'lease_until_ms',
  'dedupe_key',
  'idempotency_key',
  'idempotency_fingerprint',
] as const satisfies readonly (keyof NewJobRow)[];

export const toNewJobRow = (job: Job, keys: Omit<JobBookkeeping, 'lease_owner' | 'lease_until_ms' | 'account_chosen'>): NewJobRow => ({
  ...JOB.toRow(job),
  lease_until_ms: job.status === 'queued' || isFinal(job.status) ? null : 0,
  ...keys,
});
