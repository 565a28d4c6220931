import { sql } from 'kysely';
import type { AcceptJob, AcceptResult } from '../../core/store.ts';
import { JOB_COLUMNS, type JobRow, type JobValues, toJob, toJobValues } from './job-row.ts';
import type { SqlEngine } from './schema.ts';
import { type Command, type Definition, define, memoize } from './statement.ts';
import { executingStatement } from './executing.ts';
import { holdsDedupeKey, unfinished } from './job-conditions.ts';
import { type CapValues, type Reason, capReasons, capsSet, hasRoom, toCapValues } from './job-caps.ts';
import { repeatedStatement } from './repeated.ts';

const NEW_JOB_COLUMNS = [
  'id',
  'dialect',
  'engine',
  'verb',
  'key_id',
  'parent_id',
  'input',
  'echo',
  'callback_url',
  'account_id',
  'uses_slot',
  'max_jobs',
  'status',
  'version',
  'progress_percent',
  'operation',
  'output',
  'failure',
  'created_at_ms',
  'updated_at_ms',
  'started_at_ms',
  'finished_at_ms',
  'lease_until_ms',
  'dedupe_key',
  'idempotency_key',
  'idempotency_fingerprint',
] as const satisfies readonly (keyof JobValues)[];

/**
 * Accepts a job: one insert that the unique indexes and the count of executing jobs let through or not. Only when it did not go
 * through is it asked why, in the same transaction; the first reason counts.
 */
export function acceptJobCommand(engine: SqlEngine): (command: AcceptJob) => Command<AcceptResult> {
  const insertFor = memoize((shape) => insertStatement(engine, shape.split(' ')));
  const toReasons = reasonsToRefuse(engine);

  return (command) => {
    const { job, slots, caps, dedupeKey, idempotency } = command;
    const values = toJobValues(job, {
      dedupe_key: dedupeKey ?? null,
      idempotency_key: idempotency?.key ?? null,
      idempotency_fingerprint: idempotency?.fingerprint ?? null,
      slot_limit: slots?.maxJobs ?? 0,
    });
    const reasons = toReasons(command);
    const capped = capsSet(caps);
    const insert = insertFor([...(slots ? ['slots'] : []), ...capped].join(' '));
    return {
      statements: [insert({ ...values, ...toCapValues(job, caps) })],
      whenRefused: reasons.map(({ statement }) => statement),
      locks: [
        ...(slots && job.accountId !== null ? [`slots of ${job.accountId}`] : []),
        ...(capped.length > 0 ? [`jobs of key ${job.keyId}`] : []),
      ],
      toResult(outcome) {
        if (outcome.refusedAt === null) return { outcome: 'accepted', job };
        for (const [index, reason] of reasons.entries()) {
          const result = reason.toResult(outcome, index);
          if (result) return result;
        }
        throw new Error(`A job with the id ${job.id} exists already`);
      },
    };
  };
}

/** `conditions`: what beside the unique indexes must hold, `slots` or the names of caps. */
function insertStatement(engine: SqlEngine, conditions: readonly string[]): Definition<JobValues & CapValues> {
  const { builder } = engine;
  return define<JobValues & CapValues>(
    (param) => {
      const taken = builder
        .selectFrom('job')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('account_id', '=', param('account_id'))
        .where('uses_slot', '=', sql.lit(1))
        .where(unfinished());
      const values = builder.selectNoFrom(NEW_JOB_COLUMNS.map((column) => param(column).as(column)));
      return (
        builder
          .insertInto('job')
          .columns([...NEW_JOB_COLUMNS])
          // SQLite reads `on conflict` after a select only when the select has a condition.
          .expression(
            values
              .where(sql<boolean>`1 = 1`)
              .$if(conditions.includes('slots'), (query) => query.where(taken, '<', param('slot_limit')))
              .$if(conditions.includes('jobsPerDay'), (query) => query.where(hasRoom.jobsPerDay(engine, param)))
              .$if(conditions.includes('runningJobs'), (query) => query.where(hasRoom.runningJobs(engine, param))),
          )
          .onConflict((conflict) => conflict.doNothing())
      );
    },
    { mustChange: true },
  );
}

/** Only those that the command can be refused for. */
function reasonsToRefuse(engine: SqlEngine): (command: AcceptJob) => Reason[] {
  const { builder } = engine;
  const byIdempotencyKey = repeatedStatement(engine);
  const byDedupeKey = define<{ dedupeKey: string }, JobRow>((param) =>
    builder.selectFrom('job').select(JOB_COLUMNS).where('dedupe_key', '=', param('dedupeKey')).where(holdsDedupeKey()),
  );
  const executingOn = executingStatement(engine);

  const repeated = (keyId: string, { key, fingerprint }: NonNullable<AcceptJob['idempotency']>): Reason => ({
    statement: byIdempotencyKey({ keyId, idempotencyKey: key }),
    toResult(outcome, index) {
      const [first] = byIdempotencyKey.rowsOf(outcome, index);
      if (!first) return undefined;
      const [firstFingerprint, ...row] = first;
      return firstFingerprint === fingerprint ? { outcome: 'repeated', job: toJob(row) } : { outcome: 'idempotency-mismatch' };
    },
  });
  const duplicate = (dedupeKey: string): Reason => ({
    statement: byDedupeKey({ dedupeKey }),
    toResult(outcome, index) {
      const [holder] = byDedupeKey.rowsOf(outcome, index);
      return holder && { outcome: 'duplicate', job: toJob(holder) };
    },
  });
  const busy = (accountId: string | null, maxJobs: number): Reason => ({
    statement: executingOn({ accountId }),
    toResult(outcome, index) {
      const executing = executingOn.rowsOf(outcome, index).map(toJob);
      return executing.length >= maxJobs ? { outcome: 'busy', executing } : undefined;
    },
  });
  const overLimit = capReasons(engine);
  return ({ job, slots, caps, dedupeKey, idempotency }) => {
    const reasons: Reason[] = [];
    if (idempotency) reasons.push(repeated(job.keyId, idempotency));
    if (dedupeKey !== undefined) reasons.push(duplicate(dedupeKey));
    if (caps) reasons.push(...overLimit(job, caps));
    if (slots) reasons.push(busy(job.accountId, slots.maxJobs));
    return reasons;
  };
}
