import type { GeneratedAlways, Kysely, RawBuilder, Selectable } from 'kysely';
import type { Attempt, DeliveryState } from '../../core/delivery.ts';
import type { DialectName, EngineName, JobStatus } from '../../core/job.ts';
import type { SqlValue } from './statement.ts';

/**
 * The tables, as the migrations leave them. Common to all engines: text ids, epoch milliseconds as integers, booleans as 0 and
 * 1, JSON as text. Free text from outside is kept as a JSON string, because not every engine's text can hold U+0000 or half a
 * surrogate pair. `seq` numbers rows as they come: it breaks ties within a millisecond and does not go back with the clock.
 */
export interface Database {
  job: JobTable;
  delivery: DeliveryTable;
  attempt: AttemptTable;
  account: AccountTable;
  api_key: ApiKeyTable;
  asset: AssetTable;
}

type Bit = 0 | 1;

export interface JobTable {
  seq: GeneratedAlways<number>;
  id: string;
  dialect: DialectName;
  engine: EngineName;
  verb: string;
  key_id: string;
  parent_id: string | null;
  /** JSON, as are echo, operation, output and failure. */
  input: string;
  echo: string;
  callback_url: string | null;
  account_id: string | null;
  uses_slot: Bit;
  max_jobs: number | null;
  status: JobStatus;
  version: number;
  progress_percent: number;
  operation: string | null;
  output: string;
  failure: string | null;
  created_at_ms: number;
  updated_at_ms: number;
  started_at_ms: number | null;
  finished_at_ms: number | null;
  lease_owner: string | null;
  /** Set exactly while the job is starting, started or in progress; 0 when nobody holds the lease. */
  lease_until_ms: number | null;
  dedupe_key: string | null;
  idempotency_key: string | null;
  idempotency_fingerprint: string | null;
}

export interface DeliveryTable {
  seq: GeneratedAlways<number>;
  id: string;
  job_id: string;
  key_id: string;
  dialect: DialectName;
  url: string;
  origin: string;
  body: string;
  kie_task_id: string | null;
  state: DeliveryState;
  /** Attempts of this round. */
  attempt_count: number;
  /** Grows with each replay, so that the attempts of earlier rounds stay on record. */
  round: number;
  due_at_ms: number;
  /** Set while a claim holds a pending delivery. */
  lease_until_ms: number | null;
  created_at_ms: number;
  updated_at_ms: number;
}

export interface AttemptTable {
  delivery_id: string;
  round: number;
  number: number;
  started_at_ms: number;
  duration_ms: number;
  outcome: Attempt['outcome'];
  status: number | null;
  /** JSON string, as is error. */
  response_body: string;
  error: string | null;
}

export interface AccountTable {
  id: string;
  channel_id: string;
  guild_id: string;
  sealed_token: string;
  token_hash: string;
  masked_token: string;
  max_jobs: number;
  listed: Bit;
  /** JSON. */
  pause: string | null;
  created_at_ms: number;
  updated_at_ms: number;
}

export interface ApiKeyTable {
  id: string;
  number: number;
  /** JSON string. */
  name: string;
  secret_hash: string;
  admin: Bit;
  reply_url: string | null;
  created_at_ms: number;
  expires_at_ms: number | null;
  suspended_at_ms: number | null;
  revoked_at_ms: number | null;
  requests_per_minute: number | null;
  jobs_per_day: number | null;
  running_jobs: number | null;
}

export interface AssetTable {
  id: string;
  job_id: string;
  key_id: string;
  content_type: string;
  /** JSON string. */
  filename: string;
  bytes: number;
  width: number;
  height: number;
  created_at_ms: number;
  expires_at_ms: number;
}

/** The row that selecting `Columns` of `Table` gives. */
export type RowOf<Table, Columns extends readonly (keyof Selectable<Table>)[]> = {
  readonly [Index in keyof Columns]: Extract<Selectable<Table>[Columns[Index]], SqlValue>;
};

/** What the statements need to know of the engine they are compiled for. */
export interface SqlEngine {
  /** Builds and compiles only; it has no connection. */
  readonly builder: Kysely<Database>;
  /** The strings of a JSON array as a subquery: one parameter, however long the list. */
  textsOf(jsonArray: RawBuilder<string>): RawBuilder<string>;
}
