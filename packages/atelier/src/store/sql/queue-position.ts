import { sql } from 'kysely';
import { MAX_QUEUE_POSITION } from '../../core/store.ts';
import { define } from './statement.ts';
import { queued } from './tables/job-conditions.ts';
import type { SqlEngine } from './tables/schema.ts';

/**
 * How many queued jobs come before a queued job, at most `MAX_QUEUE_POSITION - 1`; no row for any other job. Each count walks backwards from the
 * job in an index of queued jobs and stops at the limit, so that a million queued jobs cost as much as a thousand.
 */
export function queuePositionRead({ builder }: SqlEngine) {
  const limit = sql.lit(MAX_QUEUE_POSITION - 1);
  const before = (condition: ReturnType<typeof sql<boolean>>) => sql<number>`(select count(*) from (
    select 1 from job as other
    where other.status = 'queued' and other.engine = job.engine and ${condition} and other.seq < job.seq
    limit ${limit}))`;
  const ofEngine = before(sql<boolean>`true`);
  const unbound = before(sql<boolean>`other.uses_slot = job.uses_slot and other.account_id is null`);
  const ofAccount = before(sql<boolean>`other.uses_slot = job.uses_slot and other.account_id = job.account_id`);
  return define<{ id: string }, readonly [before: number]>((param) =>
    builder
      .selectFrom('job')
      .select(sql<number>`min(${limit}, case when account_id is null then ${ofEngine} else ${unbound} + ${ofAccount} end)`.as('before'))
      .where('id', '=', param('id'))
      .where(queued()),
  );
}
