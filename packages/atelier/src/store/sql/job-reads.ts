import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { JobFilter, JobQueue } from '../../core/store.ts';
import { define, type Definition, memoize, type Param, type Statement } from './statement.ts';
import { atWork, ENDED_BADLY_STATUSES, queued, statusIn, unfinished } from './tables/job-conditions.ts';
import { isFinal } from '../../core/job.ts';
import { JOB_COLUMNS, type JobRow } from './tables/record-tables.ts';
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
  batchId: string;
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
        .$if(has('batchId'), (query) => query.where('job.batch_id', '=', param('batchId')))
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
    const { keyId, parentId, batchId, accountId, dialect, engine, verb, statuses, cursor, limit } = filter;
    const given = Object.entries({ keyId, parentId, batchId, accountId, dialect, engine, verb, statuses, cursor }).flatMap(
      ([name, value]) => (value === undefined ? [] : [name]),
    );
    if (statuses?.every((status) => !isFinal(status))) given.push('unfinished');
    else if (statuses?.every((status) => ENDED_BADLY_STATUSES.includes(status))) given.push('endedBadly');
    return listFor(given.join(' '))({
      keyId: keyId ?? '',
      parentId: parentId ?? '',
      batchId: batchId ?? '',
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

/** The reads of the queue: which jobs wait for which account, and how many jobs run there. */

export function queueReads(engine: SqlEngine) {
  return {
    executingIds: executingIds(engine),
    slotJobs: { unfinished: countSlotJobs(engine, unfinished()), 'at-work': countSlotJobs(engine, atWork()) },
    startedJobs: countStartedJobs(engine),
    queued: queuedJobs(engine),
    awaitedAccounts: awaitedAccounts(engine),
  };
}

function executingIds({ builder, textsOf }: SqlEngine) {
  return define<{ accountIds: string; keyId: string | null }, readonly [id: string]>((param) =>
    builder
      .selectFrom('job')
      .select('id')
      .where('account_id', 'in', textsOf(param('accountIds')))
      .where('uses_slot', '=', sql.lit(1))
      .where(unfinished())
      .where(({ or, eb }) => or([eb(param('keyId'), 'is', null), eb('key_id', '=', param('keyId'))]))
      .orderBy('seq'),
  );
}

function countSlotJobs({ builder }: SqlEngine, condition: ReturnType<typeof atWork>) {
  return define<object, readonly [accountId: string, count: number]>(() =>
    builder
      .selectFrom('job')
      .select(({ fn }) => [sql<string>`account_id`.as('account_id'), fn.countAll<number>().as('count')])
      // Not null, in a form with which SQLite skips the jobs without an account.
      .where('account_id', '>', sql.lit(''))
      .where('uses_slot', '=', sql.lit(1))
      .where(condition)
      .groupBy('account_id'),
  );
}

/** Served by `job_started_on_account`, whose conditions it repeats. The account stands in an expression, so that SQLite does not take the index of all accounts. */
function countStartedJobs({ builder }: SqlEngine) {
  return define<{ sinceMs: number }, readonly [accountId: string, count: number, lastAtMs: number]>((param) =>
    builder
      .selectFrom('job')
      .select(({ fn }) => [
        sql<string>`account_id`.as('account_id'),
        fn.countAll<number>().as('count'),
        sql<number>`max(started_at_ms)`.as('last_at_ms'),
      ])
      .where(sql<SqlBool>`started_at_ms is not null and uses_slot = 1 and account_id || '' > ''`)
      .where('started_at_ms', '>=', param('sinceMs'))
      .groupBy(sql`account_id || ''`),
  );
}

type QueueValues = { engine: string; usesSlot: number; accountId: string; limit: number };

/** An index keeps the jobs of one queue together, in the order of their arrival, so that the jobs of other queues cost nothing. */
function queuedJobs({ builder }: SqlEngine): (engine: string, limit: number, queue?: JobQueue) => Statement<JobRow> {
  const base = builder.selectFrom('job').select(JOB_COLUMNS).where(queued()).orderBy('seq');
  const of = (narrow: (query: typeof base, param: Param<QueueValues>) => typeof base) =>
    define<QueueValues, JobRow>((param) =>
      narrow(base, param)
        .where(sql<string>`engine`, '=', param('engine'))
        .limit(param('limit')),
    );
  const all = of((query) => query);
  const withOwnLimit = of((query) => query.where('max_jobs', 'is not', null));
  const unbound = of((query, param) => query.where(sql<number>`uses_slot`, '=', param('usesSlot')).where('account_id', 'is', null));
  const bound = of((query, param) =>
    query.where(sql<number>`uses_slot`, '=', param('usesSlot')).where('account_id', '=', param('accountId')),
  );
  return (engine, limit, queue) => {
    const values: QueueValues = { engine, limit, usesSlot: 0, accountId: '' };
    if (queue === undefined) return all(values);
    if ('hasOwnLimit' in queue) return withOwnLimit(values);
    const { accountId, usesSlot } = queue;
    const kind = { ...values, usesSlot: usesSlot ? 1 : 0 };
    return accountId === null ? unbound(kind) : bound({ ...kind, accountId });
  };
}

/** Jumps in the index from each account to the next one, over all jobs of the account. */
function awaitedAccounts({ builder }: SqlEngine): Definition<{ engine: string; usesSlot: number }, readonly [accountId: string]> {
  return define<{ engine: string; usesSlot: number }, readonly [accountId: string]>((param) => {
    const nextAfter = (last: RawBuilder<string>) =>
      builder
        .selectFrom('job')
        .select(({ fn }) => fn.min<string | null>('job.account_id').as('account_id'))
        .where(sql<string>`job.engine`, '=', param('engine'))
        .where(sql<number>`job.uses_slot`, '=', param('usesSlot'))
        .where(queued())
        .where(sql<string>`job.account_id`, '>', last);
    return builder
      .withRecursive('awaited(account_id)', (recursive) =>
        recursive.selectNoFrom(nextAfter(sql.lit('')).as('account_id')).unionAll(
          recursive
            .selectFrom('awaited')
            .select(nextAfter(sql<string>`awaited.account_id`).as('account_id'))
            .where('awaited.account_id', 'is not', null),
        ),
      )
      .selectFrom('awaited')
      .select(sql<string>`account_id`.as('account_id'))
      .where('account_id', 'is not', null);
  });
}
