/**
 * All tables. Each index serves a frequent query, so that the query stays cheap with a million finished jobs. In SQLite every
 * index ends with the row's `seq`, which sorts the rows within it.
 *
 * `sql/tables/job-conditions.ts` repeats the conditions of the partial indexes word for word: SQLite uses a partial index only
 * for the same condition. Where two indexes serve a query equally well, SQLite takes the newer one.
 */
export const firstTables = {
  id: 1,
  name: 'first tables',
  sqlite: `
create table job (
  seq integer primary key,
  id text not null,
  dialect text not null,
  engine text not null,
  verb text not null,
  key_id text not null,
  parent_id text,
  input text not null,
  echo text not null,
  callback_url text,
  account_id text,
  uses_slot integer not null,
  max_jobs integer,
  status text not null,
  version integer not null,
  progress_percent double precision not null,
  operation text,
  output text not null,
  failure text,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  started_at_ms bigint,
  finished_at_ms bigint,
  lease_owner text,
  lease_until_ms bigint,
  dedupe_key text,
  idempotency_key text,
  idempotency_fingerprint text
);
create unique index job_id on job (id);
create unique index job_idempotency on job (key_id, idempotency_key) where idempotency_key is not null;
create unique index job_dedupe on job (dedupe_key)
  where dedupe_key is not null and status in ('queued', 'starting', 'started', 'progress', 'completed');
create index job_by_key on job (key_id);
create index job_by_parent on job (parent_id) where parent_id is not null;
create index job_by_account on job (account_id) where account_id is not null;
create index job_ended_badly on job (key_id) where status in ('failed', 'moderated', 'cancelled');
create index job_unfinished on job (account_id, uses_slot) where status in ('queued', 'starting', 'started', 'progress');
create index job_queued on job (engine) where status = 'queued';
create index job_leased on job (lease_until_ms) where lease_until_ms is not null;

create table delivery (
  seq integer primary key,
  id text not null,
  job_id text not null,
  key_id text not null,
  dialect text not null,
  url text not null,
  origin text not null,
  body text not null,
  kie_task_id text,
  state text not null,
  attempt_count integer not null,
  round integer not null,
  due_at_ms bigint not null,
  lease_until_ms bigint,
  created_at_ms bigint not null,
  updated_at_ms bigint not null
);
create unique index delivery_id on delivery (id);
create index delivery_by_job on delivery (job_id, created_at_ms);
create index delivery_by_key on delivery (key_id, created_at_ms);
create index delivery_by_time on delivery (created_at_ms);
create index delivery_undelivered on delivery (created_at_ms) where state <> 'delivered';
create index delivery_due on delivery (due_at_ms, seq, origin, job_id, state, lease_until_ms)
  where state = 'pending' and lease_until_ms is null;
create index delivery_leased on delivery (lease_until_ms) where lease_until_ms is not null;

create table attempt (
  delivery_id text not null,
  round integer not null,
  number integer not null,
  started_at_ms bigint not null,
  duration_ms double precision not null,
  outcome text not null,
  status integer,
  response_body text not null,
  error text,
  primary key (delivery_id, round, number)
) without rowid;

create table account (
  id text primary key not null,
  channel_id text not null,
  guild_id text not null,
  sealed_token text not null,
  token_hash text not null,
  masked_token text not null,
  max_jobs integer not null,
  listed integer not null,
  pause text,
  created_at_ms bigint not null,
  updated_at_ms bigint not null
);

create table api_key (
  id text primary key not null,
  number integer not null unique,
  name text not null,
  secret_hash text not null unique,
  admin integer not null,
  reply_url text,
  created_at_ms bigint not null,
  expires_at_ms bigint,
  suspended_at_ms bigint,
  revoked_at_ms bigint
);

create table asset (
  id text primary key not null,
  job_id text not null,
  key_id text not null,
  content_type text not null,
  filename text not null,
  bytes bigint not null,
  width integer not null,
  height integer not null,
  created_at_ms bigint not null,
  expires_at_ms bigint not null
);
create index asset_expiry on asset (expires_at_ms);
`,
};
