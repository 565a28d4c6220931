import type { GeneratedAlways, Kysely, RawBuilder } from 'kysely';
import type { RowOf } from './columns.ts';
import type { ACCOUNT, AccountBookkeeping, ASSET, ATTEMPT, DELIVERY, JOB, JobBookkeeping, KEY } from './record-tables.ts';

/**
 * The tables, as the migrations leave them. Common to all engines: text ids, epoch milliseconds as integers, booleans as 0 and
 * 1, JSON as text. Free text from outside is kept as a JSON string, because the text of some engines cannot contain U+0000 or
 * half a surrogate pair. `seq` numbers the rows in the order of their arrival: it sorts rows of the same millisecond and does
 * not go back with the clock.
 */
export interface Database {
  job: JobTable;
  delivery: DeliveryTable;
  attempt: AttemptTable;
  account: AccountTable;
  api_key: ApiKeyTable;
  asset: AssetTable;
}

interface JobTable extends RowOf<typeof JOB>, JobBookkeeping {
  seq: GeneratedAlways<number>;
}

export interface DeliveryTable extends RowOf<typeof DELIVERY> {
  seq: GeneratedAlways<number>;
  /** Grows with each replay, so that the attempts of earlier rounds stay on record. `attempt_count` counts the attempts of this round. */
  round: number;
  /** Set while a process has a pending delivery leased. */
  lease_until_ms: number | null;
}

export interface AttemptTable extends RowOf<typeof ATTEMPT> {
  round: number;
}

export interface AccountTable extends RowOf<typeof ACCOUNT>, AccountBookkeeping {}
export type ApiKeyTable = RowOf<typeof KEY>;
export type AssetTable = RowOf<typeof ASSET>;

/** The parts of a database engine for which statements are compiled. */
export interface SqlEngine {
  /** Builds and compiles only; it has no connection. */
  readonly builder: Kysely<Database>;
  /** The strings of a JSON array as a subquery: one parameter for a list of any length. */
  textsOf(jsonArray: RawBuilder<string>): RawBuilder<string>;
}
