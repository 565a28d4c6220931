import { sql } from 'kysely';
import type { TransitionJob } from '../../core/store.ts';
import { type Job, type JobStatus, isFinal } from '../../core/job.ts';
import { insertAssetStatement } from './assets.ts';
import { insertDeliveryStatement } from './deliveries.ts';
import { type Definition, type StoreCommand, define, memoize } from './statement.ts';
import { type RowOf, paramsFor } from './tables/columns.ts';
import { mayBecome } from './tables/job-conditions.ts';
import { JOB, JOB_COLUMNS, type JobRow, toJob } from './tables/job-table.ts';
import type { SqlEngine } from './tables/schema.ts';

type ChangedRow = RowOf<typeof JOB>;
type TransitionValues = ChangedRow & { nowMs: number };

/** Moves a job to another state, with its deliveries and assets. One statement is compiled for each set of fields that is written. */
export function transitionCommand(engine: SqlEngine): (command: TransitionJob) => StoreCommand<Job | undefined> {
  const updateFor = memoize((shape) => {
    const [status = '', ...columns] = shape.split(' ');
    return updateStatement(engine, status === '' ? undefined : (status as JobStatus), columns as (keyof ChangedRow)[]);
  });
  const insertDelivery = insertDeliveryStatement(engine);
  const insertAsset = insertAssetStatement(engine);
  return ({ jobId, version, nowMs, set: { status, ...fields }, deliveries = [], assets = [] }) => {
    const changes = JOB.toChanges(fields);
    const update = updateFor([status ?? '', ...Object.keys(changes)].join(' '));
    return {
      statements: [
        // The statement of this shape needs only the columns that it changes.
        update({ ...changes, id: jobId, version, nowMs } as TransitionValues),
        ...deliveries.map(insertDelivery),
        ...assets.map(insertAsset),
      ],
      toResult: (outcome) => update.rowsOf(outcome, 0).map(toJob)[0],
    };
  };
}

/** `version` is the version before the update. */
function updateStatement(
  { builder }: SqlEngine,
  status: JobStatus | undefined,
  columns: readonly (keyof ChangedRow)[],
): Definition<TransitionValues, JobRow> {
  return define<TransitionValues, JobRow>(
    (param) =>
      builder
        .updateTable('job')
        .set({
          ...paramsFor(columns, param),
          version: sql<number>`version + 1`,
          updated_at_ms: param('nowMs'),
          ...(status === undefined ? {} : { status: sql.lit(status) }),
          // A job at work always has a lease (see `JobBookkeeping`); only `starting` can follow `queued`, which has none.
          ...(status === 'starting' ? { lease_until_ms: sql<number>`coalesce(lease_until_ms, 0)` } : {}),
          ...(status !== undefined && isFinal(status) ? { finished_at_ms: param('nowMs'), lease_owner: null, lease_until_ms: null } : {}),
        })
        .where('id', '=', param('id'))
        .where('version', '=', param('version'))
        .where(mayBecome(status))
        .returning(JOB_COLUMNS),
    { mustChange: true },
  );
}
