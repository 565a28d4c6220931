import { sql } from 'kysely';
import type { AcceptJob, AcceptResult } from '../store.ts';
import { JOB_COLUMNS, type JobRow, type JobValues, toJob, toJobValues } from '../job-row.ts';
import type { SqlEngine } from '../schema.ts';
import { type Command, type Definition, type Outcome, type Statement, define } from '../statement.ts';
import { holdsDedupeKey, unfinished } from './job-conditions.ts';

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

/** The job that an idempotency key made, after the fingerprint it came with. */
type RepeatedRow = readonly [fingerprint: string | null, ...JobRow];

/** A read that may tell why a job was refused: the result, or undefined when the reason is another. */
interface Reason {
  statement: Statement;
  toResult(outcome: Outcome, index: number): AcceptResult | undefined;
}

/**
 * Accepts a job: one insert that the unique indexes and the count of executing jobs let through or not. Only when it did not go
 * through is it asked why, in the same transaction; the first reason counts.
 */
export function acceptJobCommand(engine: SqlEngine): (command: AcceptJob) => Command<AcceptResult> {
  const insert = insertStatement(engine, { needsSlot: false });
  const insertIntoSlot = insertStatement(engine, { needsSlot: true });
  const toReasons = reasonsToRefuse(engine);

  return (command) => {
    const { job, slots, dedupeKey, idempotency } = command;
    const values = toJobValues(job, {
      dedupe_key: dedupeKey ?? null,
      idempotency_key: idempotency?.key ?? null,
      idempotency_fingerprint: idempotency?.fingerprint ?? null,
      slot_limit: slots?.maxJobs ?? 0,
    });
    const reasons = toReasons(command);
    return {
      statements: [slots ? insertIntoSlot(values) : insert(values)],
      whenRefused: reasons.map(({ statement }) => statement),
      locks: slots && job.accountId !== null ? [`slots of ${job.accountId}`] : [],
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

function insertStatement({ builder }: SqlEngine, { needsSlot }: { needsSlot: boolean }): Definition<JobValues> {
  return define<JobValues>(
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
          .expression(needsSlot ? values.where(taken, '<', param('slot_limit')) : values.where(sql<boolean>`1 = 1`))
          .onConflict((conflict) => conflict.doNothing())
      );
    },
    { mustChange: true },
  );
}

/** Only those that the command can be refused for. */
function reasonsToRefuse(engine: SqlEngine): (command: AcceptJob) => Reason[] {
  const { builder } = engine;
  const byIdempotencyKey = define<{ keyId: string; idempotencyKey: string }, RepeatedRow>((param) =>
    builder
      .selectFrom('job')
      .select(['idempotency_fingerprint', ...JOB_COLUMNS])
      .where('key_id', '=', param('keyId'))
      .where('idempotency_key', '=', param('idempotencyKey')),
  );
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
  return ({ job, slots, dedupeKey, idempotency }) => {
    const reasons: Reason[] = [];
    if (idempotency) reasons.push(repeated(job.keyId, idempotency));
    if (dedupeKey !== undefined) reasons.push(duplicate(dedupeKey));
    if (slots) reasons.push(busy(job.accountId, slots.maxJobs));
    return reasons;
  };
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
