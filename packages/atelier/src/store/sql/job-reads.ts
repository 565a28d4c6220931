import { sql } from 'kysely';
import type { JobFilter } from '../../core/store.ts';
import { type Definition, type Statement, define, memoize } from './statement.ts';
import { ENDED_BADLY_STATUSES, UNFINISHED_STATUSES, statusIn, unfinished } from './tables/job-conditions.ts';
import { JOB_COLUMNS, type JobRow } from './tables/job-table.ts';
import type { SqlEngine } from './tables/schema.ts';

/** Reads of jobs. Each is one statement, and waits for no writer. */

export function jobReads(engine: SqlEngine) {
  const { builder } = engine;
  return {
    byId: define<{ id: string }, JobRow>((param) => builder.selectFrom('job').select(JOB_COLUMNS).where('id', '=', param('id'))),
    repeated: repeatedStatement(engine),
    executing: executingStatement(engine),
    list: listJobs(engine),
  };
}

/** The job that an idempotency key made, after the fingerprint that it came with. */
type RepeatedRow = readonly [fingerprint: string | null, ...JobRow];

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

interface ListValues {
  keyId: string;
  parentId: string;
  accountId: string;
  dialect: string;
  engine: string;
  verb: string;
  statuses: string;
  cursor: string;
  limit: number;
}

/**
 * Unfinished jobs, and jobs that ended badly, are few among many completed jobs. A list of such jobs alone starts from their own
 * index: filtering the million jobs of a key by status would block the process.
 */
function listJobs({ builder, textsOf }: SqlEngine): (filter: JobFilter) => Statement<JobRow> {
  const listFor = memoize((shape) => {
    const has = (word: string): boolean => shape.split(' ').includes(word);
    return define<ListValues, JobRow>((param) => {
      const open = builder.selectFrom('job').select('seq').where(unfinished());
      const from = has('unfinished')
        ? builder
            .with(
              (name) => name('open').materialized(),
              () => open,
            )
            .selectFrom('open')
            .crossJoin('job')
            .whereRef('job.seq', '=', 'open.seq')
            .select(JOB_COLUMNS.map((column) => `job.${column}` as const))
        : builder.selectFrom('job').select(JOB_COLUMNS.map((column) => `job.${column}` as const));
      return from
        .$if(has('keyId'), (query) => query.where('job.key_id', '=', param('keyId')))
        .$if(has('parentId'), (query) => query.where('job.parent_id', '=', param('parentId')))
        .$if(has('accountId'), (query) => query.where('job.account_id', '=', param('accountId')))
        .$if(has('dialect'), (query) => query.where(sql<string>`job.dialect`, '=', param('dialect')))
        .$if(has('engine'), (query) => query.where(sql<string>`job.engine`, '=', param('engine')))
        .$if(has('verb'), (query) => query.where('job.verb', '=', param('verb')))
        .$if(has('statuses'), (query) => query.where(sql<string>`job.status`, 'in', textsOf(param('statuses'))))
        .$if(has('endedBadly'), (query) => query.where(statusIn(ENDED_BADLY_STATUSES)))
        .$if(has('cursor'), (query) =>
          query.where('job.seq', '<', (last) => last.selectFrom('job as last').select('last.seq').where('last.id', '=', param('cursor'))),
        )
        .orderBy('job.seq', 'desc')
        .limit(param('limit'));
    });
  });
  return (filter) => {
    const { keyId, parentId, accountId, dialect, engine, verb, statuses, cursor, limit } = filter;
    const given = Object.entries({ keyId, parentId, accountId, dialect, engine, verb, statuses, cursor }).flatMap(([name, value]) =>
      value === undefined ? [] : [name],
    );
    if (statuses?.every((status) => UNFINISHED_STATUSES.includes(status))) given.push('unfinished');
    else if (statuses?.every((status) => ENDED_BADLY_STATUSES.includes(status))) given.push('endedBadly');
    return listFor(given.join(' '))({
      keyId: keyId ?? '',
      parentId: parentId ?? '',
      accountId: accountId ?? '',
      dialect: dialect ?? '',
      engine: engine ?? '',
      verb: verb ?? '',
      statuses: JSON.stringify(statuses ?? []),
      cursor: cursor ?? '',
      limit,
    });
  };
}
