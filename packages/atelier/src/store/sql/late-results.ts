import { sql } from 'kysely';
import type { Job } from '../../core/job.ts';
import type { AttachLateResult } from '../../core/store.ts';
import { insertDeliveryStatement } from './deliveries.ts';
import { insertAssetStatement } from './run-jobs.ts';
import { define, type StoreCommand } from './statement.ts';
import { ENDED_BADLY_STATUSES, statusIn } from './tables/job-conditions.ts';
import { JOB_COLUMNS, type JobRow, toJob } from './tables/record-tables.ts';
import type { SqlEngine } from './tables/schema.ts';

/** Attaches a late result, with its files and its deliveries, to a job that ended without one. */
export function attachLateResultCommand(engine: SqlEngine): (command: AttachLateResult) => StoreCommand<Job | undefined> {
  const attach = define<{ id: string; lateResult: string }, JobRow>(
    (param) =>
      engine.builder
        .updateTable('job')
        .set({ late_result: param('lateResult'), version: sql<number>`version + 1` })
        .where('id', '=', param('id'))
        .where('late_result', 'is', null)
        .where(statusIn(ENDED_BADLY_STATUSES))
        .returning(JOB_COLUMNS),
    { mustChange: true },
  );
  const insertDelivery = insertDeliveryStatement(engine);
  const insertAsset = insertAssetStatement(engine);
  return ({ jobId, lateResult, assets, deliveries }) => ({
    statements: [
      attach({ id: jobId, lateResult: JSON.stringify(lateResult) }),
      ...deliveries.map(insertDelivery),
      ...assets.map(insertAsset),
    ],
    toResult: (outcome) => attach.rowsOf(outcome, 0).map(toJob)[0],
  });
}
