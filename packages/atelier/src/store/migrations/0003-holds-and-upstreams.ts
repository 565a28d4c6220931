/**
 * Holds of accounts, the upstream of each account (empty: added before accounts knew it), and the mark of jobs whose account the scheduler
 * chose. `job_started_on_account` serves the limits of an account: jobs per day, time between two jobs.
 */
export const holdsAndUpstreams = {
  id: 3,
  name: 'holds and upstreams',
  sqlite: `
alter table account add column hold text;
alter table account add column held_until_ms bigint;
alter table account add column upstream text not null default '';

alter table job add column account_chosen integer not null default 0;
create index job_started_on_account on job (started_at_ms, account_id)
  where started_at_ms is not null and uses_slot = 1;
`,
};
