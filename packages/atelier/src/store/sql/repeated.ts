import { JOB_COLUMNS, type JobRow } from './job-row.ts';
import type { SqlEngine } from './schema.ts';
import { type Definition, define } from './statement.ts';

/** The job that an idempotency key made, after the fingerprint it came with. */
export type RepeatedRow = readonly [fingerprint: string | null, ...JobRow];

export function repeatedStatement({
  builder,
}: Pick<SqlEngine, 'builder'>): Definition<{ keyId: string; idempotencyKey: string }, RepeatedRow> {
  return define<{ keyId: string; idempotencyKey: string }, RepeatedRow>((param) =>
    builder
      .selectFrom('job')
      .select(['idempotency_fingerprint', ...JOB_COLUMNS])
      .where('key_id', '=', param('keyId'))
      .where('idempotency_key', '=', param('idempotencyKey')),
  );
}
