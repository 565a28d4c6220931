import { type RawBuilder, sql } from 'kysely';
import type { JobQueue } from '../../core/store.ts';
import { type Definition, type Param, type Statement, define } from './statement.ts';
import { atWork, queued, unfinished } from './tables/job-conditions.ts';
import { JOB_COLUMNS, type JobRow } from './tables/job-table.ts';
import type { SqlEngine } from './tables/schema.ts';

/** The reads of the queue: which jobs wait for which account, and how many jobs run there. */

export function queueReads(engine: SqlEngine) {
  return {
    executingIds: executingIds(engine),
    slotJobs: { unfinished: countSlotJobs(engine, unfinished()), 'at-work': countSlotJobs(engine, atWork()) },
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
