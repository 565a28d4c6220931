/**
 * Indexes for the queries of the queue (which jobs wait for which account, which jobs run there), and columns for the limits of
 * a key. `sql/tables/job-conditions.ts` repeats the conditions of the partial indexes. `uses_slot` comes first where jobs are
 * counted by account: otherwise SQLite takes the long index of all jobs that have an account.
 */
export const queuesAndLimits = {
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
