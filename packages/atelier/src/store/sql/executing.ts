import { sql } from 'kysely';
import { JOB_COLUMNS, type JobRow } from './job-row.ts';
import type { SqlEngine } from './schema.ts';
import { type Definition, define } from './statement.ts';
import { unfinished } from './job-conditions.ts';

/** Unfinished jobs of an account that use a slot, oldest first. */
export function executingStatement({ builder }: Pick<SqlEngine, 'builder'>): Definition<{ accountId: string | null }, JobRow> {
  return define<{ accountId: string | null }, JobRow>((param) =>
    builder
      .selectFrom('job')
      .select(JOB_COLUMNS)
      .where('account_id', '=', param('accountId'))
      .where('uses_slot', '=', sql.lit(1))
      .where(unfinished())
      .orderBy('seq'),
  );
}
