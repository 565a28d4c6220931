import { sql } from 'kysely';
import type { TransitionJob } from '../../core/store.ts';
import { type Job, type JobStatus, TRANSITIONS, isFinal } from '../../core/job.ts';
import { JOB_COLUMNS, type JobRow, toJob, toNullableJson } from './job-row.ts';
import type { SqlEngine } from './schema.ts';
import { type Command, type Definition, define, memoize } from './statement.ts';
import { insertAssetStatement } from './assets.ts';
import { insertDeliveryStatement } from './deliveries.ts';
import { mayBecome } from './job-conditions.ts';

interface TransitionValues {
  id: string;
  version: number;
  nowMs: number;
  progressPercent: number;
  operation: string | null;
  output: string;
  failure: string | null;
}

const SETTABLE = ['progressPercent', 'operation', 'output', 'failure'] as const;

/** Moves a job on, with its deliveries and assets. One statement is kept for each set of fields that is written. */
export function transitionCommand(engine: SqlEngine): (command: TransitionJob) => Command<Job | undefined> {
  const updateFor = memoize((shape) => updateStatement(engine, shape));
  const insertDelivery = insertDeliveryStatement(engine);
  const insertAsset = insertAssetStatement(engine);
  return ({ jobId, version, nowMs, set, deliveries = [], assets = [] }) => {
    const update = updateFor(shapeOf(set));
    return {
      statements: [
        update({
          id: jobId,
          version,
          nowMs,
          progressPercent: set.progressPercent ?? 0,
          operation: toNullableJson(set.operation ?? null),
          output: JSON.stringify(set.output ?? null),
          failure: set.failure ? JSON.stringify(set.failure) : null,
        }),
        ...deliveries.map(insertDelivery),
        ...assets.map(insertAsset),
      ],
      toResult: (outcome) => update.rowsOf(outcome, 0).map(toJob)[0],
    };
  };
}

/** `<status> <fields>`: decides the text of the statement. */
function shapeOf(set: TransitionJob['set']): string {
  const fields = SETTABLE.filter((field) => set[field] !== undefined);
  return [set.status ?? '', ...fields].join(' ');
}

const isStatus = (word: string | undefined): word is JobStatus => word !== undefined && Object.hasOwn(TRANSITIONS, word);

function updateStatement({ builder }: SqlEngine, shape: string): Definition<TransitionValues, JobRow> {
  const [word, ...fields] = shape.split(' ');
  const status = isStatus(word) ? word : undefined;
  return define<TransitionValues, JobRow>(
    (param) =>
      builder
        .updateTable('job')
        .set({
          version: sql<number>`version + 1`,
          updated_at_ms: param('nowMs'),
          ...(status === undefined ? {} : { status: sql.lit(status) }),
          ...(fields.includes('progressPercent') ? { progress_percent: param('progressPercent') } : {}),
          ...(fields.includes('operation') ? { operation: param('operation') } : {}),
          ...(fields.includes('output') ? { output: param('output') } : {}),
          ...(fields.includes('failure') ? { failure: param('failure') } : {}),
          // A job at work always has a lease (see schema.ts); only `starting` can follow `queued`, which has none.
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
