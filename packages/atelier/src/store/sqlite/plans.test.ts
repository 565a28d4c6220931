import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import type { Job, JobStatus } from '../../core/job.ts';
import { MIGRATIONS } from '../migrations/migrations.ts';
import type { Statement } from '../sql/statement.ts';
import { acceptJobCommand } from '../sql/accept-job.ts';
import { claimDeliveriesCommand, deliveryReads, releaseDeliveriesCommands } from '../sql/deliveries.ts';
import { jobReads, queueReads } from '../sql/job-reads.ts';
import { queuePositionRead } from '../sql/queue-position.ts';
import { recoverJobsCommand, releaseJobLeasesCommand, renewJobLeasesCommand, startJobCommand } from '../sql/run-jobs.ts';
import { newJob } from '../conformance/fixtures.ts';
import { migrateSqlite } from './open-sqlite.ts';
import { createSqliteEngine } from './sqlite.ts';

/** With a million rows in a table, frequent statements must use an index. SQLite's own query plans show it. */
describe('SQLite runs frequent statements by an index', () => {
  const engine = createSqliteEngine();
  let db: DatabaseSync;

  before(() => {
    db = new DatabaseSync(':memory:');
    migrateSqlite(db, MIGRATIONS);
  });
  after(() => db.close());

  /** The steps of SQLite's plan: `SEARCH job USING INDEX job_by_key (key_id=?)`. */
  const planOf = ({ template, params }: Statement): string =>
    db
      .prepare(`explain query plan ${template.sql}`)
      .all(...params)
      .map(({ detail }) => detail)
      .join('\n');

  const jobs = jobReads(engine);
  const queue = queueReads(engine);
  const deliveries = deliveryReads(engine);
  const job: Job = newJob({ accountId: 'a' });
  const busy = acceptJobCommand(engine)({ job, slots: { maxJobs: 1 }, dedupeKey: 'd', idempotency: { key: 'i', fingerprint: 'f' } });
  const capped = acceptJobCommand(engine)({ job, caps: { jobsPerDay: 1, runningJobs: 1 } });
  const start = { jobId: 'j', version: 1, accountId: 'a', operation: null, owner: 'o', nowMs: 1, leaseUntilMs: 2 };
  const lease = { owner: 'o', nowMs: 1, leaseUntilMs: 2, limit: 10 };
  const claim = { nowMs: 1, leaseUntilMs: 2, limit: 10 };
  const unfinished: JobStatus[] = ['started', 'progress'];
  const inOrder = /^(?!.*TEMP B-TREE)/s;

  const cases: [name: string, statement: Statement | undefined, plan: RegExp, sorting?: RegExp][] = [
    ['jobs of a key', jobs.list({ keyId: 'k', limit: 10 }), /job_by_key \(key_id=\?\)/, inOrder],
    ['the next page', jobs.list({ keyId: 'k', cursor: 'j', limit: 10 }), /job_by_key \(key_id=\? AND rowid<\?\)/, inOrder],
    ['jobs of a parent', jobs.list({ keyId: 'k', parentId: 'p', limit: 10 }), /job_by_parent \(parent_id=\?\)/, inOrder],
    ['all jobs', jobs.list({ limit: 10 }), /SCAN job$/, inOrder],
    [
      'unfinished jobs of a key',
      jobs.list({ keyId: 'k', statuses: unfinished, limit: 10 }),
      /job_unfinished[^]*SEARCH job USING INTEGER PRIMARY KEY/,
    ],
    ['unfinished jobs', jobs.list({ statuses: unfinished, limit: 10 }), /job_unfinished[^]*SEARCH job USING INTEGER PRIMARY KEY/],
    ['failed jobs of a key', jobs.list({ keyId: 'k', statuses: ['failed'], limit: 10 }), /job_ended_badly \(key_id=\?\)/, inOrder],
    ['jobs of an account', jobs.list({ accountId: 'a', limit: 10 }), /job_by_account \(account_id=\?\)/, inOrder],
    [
      'the job of an idempotency key',
      jobs.repeated({ keyId: 'k', idempotencyKey: 'i' }),
      /job_idempotency \(key_id=\? AND idempotency_key=\?\)/,
    ],
    ['executing jobs', jobs.executing({ accountId: 'a' }), /job_unfinished \(uses_slot=\? AND account_id=\?\)/, inOrder],
    ['ids of executing jobs', queue.executingIds({ accountIds: '["a"]', keyId: 'k' }), /job_unfinished \(uses_slot=\? AND account_id=\?\)/],
    ['unfinished jobs by account', queue.slotJobs.unfinished({}), /INDEX job_unfinished \(uses_slot=\? AND account_id>\?\)/, inOrder],
    ['jobs at work by account', queue.slotJobs['at-work']({}), /COVERING INDEX job_at_work \(uses_slot=\? AND account_id>\?\)/, inOrder],
    ['jobs started lately by account', queue.startedJobs({ sinceMs: 1 }), /COVERING INDEX job_started_on_account \(started_at_ms>\?\)/],
    ['queued jobs', queue.queued('suno', 10), /job_queued \(engine=\?\)/, inOrder],
    [
      'queued jobs of an account',
      queue.queued('suno', 10, { accountId: 'a', usesSlot: true }),
      /job_waiting \(engine=\? AND uses_slot=\? AND account_id=\?\)/,
      inOrder,
    ],
    [
      'queued jobs of no account',
      queue.queued('suno', 10, { accountId: null, usesSlot: true }),
      /job_waiting \(engine=\? AND uses_slot=\? AND account_id=\?\)/,
      inOrder,
    ],
    ['queued jobs with a limit', queue.queued('suno', 10, { hasOwnLimit: true }), /job_waiting_with_limit \(engine=\?\)/, inOrder],
    [
      'awaited accounts',
      queue.awaitedAccounts({ engine: 'suno', usesSlot: 1 }),
      /^(?!.*SCAN job)[^]*job_waiting \(engine=\? AND uses_slot=\? AND account_id>\?\)[^]*job_waiting \(engine=\? AND uses_slot=\? AND account_id>\?\)/,
    ],
    ['jobs of a batch', jobs.list({ batchId: 'b', limit: 10 }), /job_by_batch \(batch_id=\?\)/, inOrder],
    [
      'the position of a queued job',
      queuePositionRead(engine)({ id: 'j' }),
      /job_queued \(engine=\? AND rowid<\?\)[^]*job_waiting \(engine=\? AND uses_slot=\? AND account_id=\? AND rowid<\?\)[^]*job_waiting \(engine=\? AND uses_slot=\? AND account_id=\? AND rowid<\?\)/,
      inOrder,
    ],
    ['the cap of a day', capped.statements[0], /job_by_key \(key_id=\?\)/],
    ['the cap of running jobs', capped.statements[0], /job_unfinished_of_key \(key_id=\?\)/],
    ['why a key may not: running jobs', capped.whenRefused?.[0], /job_unfinished_of_key \(key_id=\?\)/, inOrder],
    ['why a key may not: the day', capped.whenRefused?.[1], /job_by_key \(key_id=\?\)/, inOrder],
    ['the count of slots', busy.statements[0], /job_unfinished \(uses_slot=\? AND account_id=\?\)/],
    ['an idempotency key', busy.whenRefused?.[0], /job_idempotency \(key_id=\? AND idempotency_key=\?\)/],
    ['a dedupe key', busy.whenRefused?.[1], /job_dedupe \(dedupe_key=\?\)/],
    [
      'a start',
      startJobCommand(engine)({ ...start, slots: { maxJobs: 1 } }).statements[0],
      /job_id \(id=\?\)[^]*job_at_work \(uses_slot=\? AND account_id=\? AND lease_until_ms>\?\)/,
    ],
    [
      'ended leases',
      recoverJobsCommand(engine)({ ...lease, everyLease: false }).statements[0],
      /job_leased \(lease_until_ms>\? AND lease_until_ms<\?\)/,
    ],
    ['leases to renew', renewJobLeasesCommand(engine)({ owner: 'o', jobIds: ['j'], leaseUntilMs: 2 }).statements[0], /job_id \(id=\?\)/],
    ['the leases of an owner', releaseJobLeasesCommand(engine)('o').statements[0], /job_leased/],
    ['the next due delivery', deliveries.nextDue({}), /delivery_due/],
    [
      'due deliveries',
      claimDeliveriesCommand(engine)({ ...claim, exceptOrigins: ['o'], exceptJobIds: ['j'] }).statements[1],
      /COVERING INDEX delivery_due \(due_at_ms<\?\)/,
      inOrder,
    ],
    [
      'ended delivery leases',
      claimDeliveriesCommand(engine)({ ...claim, exceptOrigins: [], exceptJobIds: [] }).statements[0],
      /delivery_leased/,
    ],
    ['delivery leases to release', releaseDeliveriesCommands(engine).some(['d']).statements[0], /delivery_id \(id=\?\)/],
    ['all delivery leases', releaseDeliveriesCommands(engine).all().statements[0], /delivery_leased/],
    ['deliveries of a job', deliveries.list({ jobId: 'j', limit: 10 }), /delivery_by_job \(job_id=\?\)/, inOrder],
    [
      'deliveries of a key',
      deliveries.list({ keyId: 'k', sinceMs: 1, limit: 10 }),
      /delivery_by_key \(key_id=\? AND created_at_ms>\?\)/,
      inOrder,
    ],
    ['the next page of deliveries', deliveries.list({ keyId: 'k', cursor: 'd', limit: 10 }), /delivery_by_key \(key_id=\?/, inOrder],
    ['exhausted deliveries', deliveries.list({ state: 'exhausted', limit: 10 }), /delivery_undelivered/, inOrder],
    ['pending deliveries of a key', deliveries.list({ keyId: 'k', state: 'pending', limit: 10 }), /delivery_undelivered/, inOrder],
    ['deliveries since', deliveries.list({ sinceMs: 1, limit: 10 }), /delivery_by_time \(created_at_ms>\?\)/, inOrder],
  ];

  for (const [name, statement, plan, sorting] of cases) {
    test(name, () => {
      assert.ok(statement);
      const found = planOf(statement);
      assert.match(found, plan);
      if (sorting) assert.match(found, sorting);
    });
  }
});
