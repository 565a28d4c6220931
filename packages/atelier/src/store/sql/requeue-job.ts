import { sql } from 'kysely';
import type { Job } from '../../core/job.ts';
import type { Store } from '../../core/store.ts';
import { define, type StoreCommand } from './statement.ts';
import { mayBecome } from './tables/job-conditions.ts';
import { JOB_COLUMNS, type JobRow, toJob } from './tables/record-tables.ts';
import type { SqlEngine } from './tables/schema.ts';

/** Puts a starting job back to the queue. Its `seq` stays, and so does its place. */
export function requeueJobCommand({ builder }: SqlEngine): (command: Parameters<Store['requeueJob']>[0]) => StoreCommand<Job | undefined> {
  type Values = { id: string; version: number; nowMs: number };
  const requeue = define<Values, JobRow>((param) =>
    builder
      .updateTable('job')
      .set({
        status: sql.lit('queued'),
        version: sql<number>`version + 1`,
        account_id: sql<string | null>`case when account_chosen = 1 then null else account_id end`,
        account_chosen: sql.lit(0),
        operation: null,
        updated_at_ms: param('nowMs'),
        started_at_ms: null,
        lease_owner: null,
        lease_until_ms: null,
      })
      .where('id', '=', param('id'))
      .where('version', '=', param('version'))
      .where(mayBecome('queued'))
      .returning(JOB_COLUMNS),
  );
  return ({ jobId, version, nowMs }) => ({
    statements: [requeue({ id: jobId, version, nowMs })],
    toResult: (outcome) => requeue.rowsOf(outcome, 0).map(toJob)[0],
  });
}
