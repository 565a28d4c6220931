import type { Migration } from './migrations.ts';

/**
 * What the queue asks (who waits for which account, who is at work there), and what a key may do at most. As before, the
 * conditions of the partial indexes are those of `statements/job-conditions.ts`. Where jobs are counted by account, `uses_slot` comes
 * first: SQLite would otherwise take the long index of all jobs of accounts.
 */
export const queuesAndLimits: Migration = {
  id: 2,
  name: 'queues and limits',
  sqlite: `
create index job_waiting on job (engine, uses_slot, account_id) where status = 'queued';
create index job_waiting_with_limit on job (engine) where status = 'queued' and max_jobs is not null;
create index job_at_work on job (uses_slot, account_id, lease_until_ms) where lease_until_ms >= 0;
drop index job_unfinished;
create index job_unfinished on job (uses_slot, account_id) where status in ('queued', 'starting', 'started', 'progress');
create index job_unfinished_of_key on job (key_id) where status in ('queued', 'starting', 'started', 'progress');

alter table api_key add column requests_per_minute integer;
alter table api_key add column jobs_per_day integer;
alter table api_key add column running_jobs integer;
`,
};
