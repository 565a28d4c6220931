import { sql } from 'kysely';
import type { DeliveryFilter, JobFilter } from '../../core/store.ts';
import { JOB_COLUMNS, type JobRow } from './job-row.ts';
import { ATTEMPT_COLUMNS, type AttemptRow, DELIVERY_COLUMNS, type DeliveryRow } from './rows.ts';
import type { SqlEngine } from './schema.ts';
import { type Statement, define, memoize } from './statement.ts';
import { executingStatement } from './executing.ts';
import { waiting } from './deliveries.ts';
import { repeatedStatement } from './repeated.ts';
import { ENDED_BADLY_STATUSES, UNFINISHED_STATUSES, statusIn, unfinished } from './job-conditions.ts';

/** Reads of jobs and deliveries. Each is one statement; none waits for a writer. */

export function jobReads(engine: SqlEngine) {
  const { builder } = engine;
  return {
    byId: define<{ id: string }, JobRow>((param) => builder.selectFrom('job').select(JOB_COLUMNS).where('id', '=', param('id'))),
    repeated: repeatedStatement(engine),
    executing: executingStatement(engine),
    list: listJobs(engine),
  };
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
 * Unfinished jobs, and those that ended badly, are few among many completed ones; a list of such jobs alone starts from their own
 * index, because filtering a key's million jobs by status would hold up the process.
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

export function deliveryReads(engine: SqlEngine) {
  const { builder } = engine;
  return {
    byId: define<{ id: string }, DeliveryRow>((param) =>
      builder.selectFrom('delivery').select(DELIVERY_COLUMNS).where('id', '=', param('id')),
    ),
    attempts: define<{ deliveryId: string }, AttemptRow>((param) =>
      builder
        .selectFrom('attempt')
        .select(ATTEMPT_COLUMNS)
        .where('delivery_id', '=', param('deliveryId'))
        .orderBy('round')
        .orderBy('number'),
    ),
    nextDue: define<object, readonly [dueAtMs: number | null]>(() =>
      builder
        .selectFrom('delivery')
        .select(({ fn }) => fn.min('due_at_ms').as('due_at_ms'))
        .where(waiting()),
    ),
    list: listDeliveries(engine),
  };
}

function listDeliveries({ builder }: SqlEngine): (filter: DeliveryFilter) => Statement<DeliveryRow> {
  type Values = { jobId: string; keyId: string; state: string; sinceMs: number; cursor: string; limit: number };
  const listFor = memoize((shape) => {
    const has = (word: string): boolean => shape.split(' ').includes(word);
    return define<Values, DeliveryRow>((param) =>
      builder
        .selectFrom('delivery')
        .select(DELIVERY_COLUMNS)
        .$if(has('jobId'), (query) => query.where('job_id', '=', param('jobId')))
        // An expression keeps SQLite from a key's long list of delivered ones, where the small index is the better way.
        .$if(has('keyId'), (query) => query.where(has('undelivered') ? sql<string>`key_id || ''` : 'key_id', '=', param('keyId')))
        .$if(has('state'), (query) => query.where(sql<string>`state`, '=', param('state')))
        // True of each such row; said so that the small index of these rows can be used.
        .$if(has('undelivered'), (query) => query.where(sql<boolean>`state <> 'delivered'`))
        .$if(has('sinceMs'), (query) => query.where('created_at_ms', '>=', param('sinceMs')))
        .$if(has('cursor'), (query) =>
          query.where(
            sql<boolean>`(created_at_ms, seq) < (select last.created_at_ms, last.seq from delivery as last where last.id = ${param('cursor')})`,
          ),
        )
        .orderBy('created_at_ms', 'desc')
        .orderBy('seq', 'desc')
        .limit(param('limit')),
    );
  });
  return ({ jobId, keyId, state, sinceMs, cursor, limit }) => {
    const given = Object.entries({ jobId, keyId, state, sinceMs, cursor }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (state !== undefined && state !== 'delivered') given.push('undelivered');
    return listFor(given.join(' '))({
      jobId: jobId ?? '',
      keyId: keyId ?? '',
      state: state ?? '',
      sinceMs: sinceMs ?? 0,
      cursor: cursor ?? '',
      limit,
    });
  };
}
