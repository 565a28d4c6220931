import { sql } from 'kysely';
import type { AcceptJob, AcceptResult } from '../../core/store.ts';
import { type CapValues, type RefusalReason, capReasons, capsSet, hasRoom, toCapValues } from './job-caps.ts';
import { executingStatement, repeatedStatement } from './job-reads.ts';
import { type Definition, type StoreCommand, define, memoize } from './statement.ts';
import { reservesDedupeKey, unfinished } from './tables/job-conditions.ts';
import { JOB_COLUMNS, type JobRow, NEW_JOB_COLUMNS, type NewJobRow, toJob, toNewJobRow } from './tables/job-table.ts';
import type { SqlEngine } from './tables/schema.ts';

/**
 * Accepts a job: one insert, which the unique indexes, the slots and the caps accept or refuse. After a refusal the same
 * transaction reads the reason; the first reason counts.
 */
export function acceptJobCommand(engine: SqlEngine): (command: AcceptJob) => StoreCommand<AcceptResult> {
  const insertFor = memoize((shape) => insertStatement(engine, shape.split(' ')));
  const toReasons = reasonsToRefuse(engine);

  return (command) => {
    const { job, slots, caps, dedupeKey, idempotency } = command;
    const row = toNewJobRow(job, {
      dedupe_key: dedupeKey ?? null,
      idempotency_key: idempotency?.key ?? null,
      idempotency_fingerprint: idempotency?.fingerprint ?? null,
    });
    const reasons = toReasons(command);
    const capped = capsSet(caps);
    const insert = insertFor([...(slots ? ['slots'] : []), ...capped].join(' '));
    return {
      statements: [insert({ ...row, ...toCapValues(job, caps), slot_limit: slots?.maxJobs ?? 0 })],
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

type AcceptValues = NewJobRow & CapValues & { slot_limit: number };

/** `conditions`: the limits that the statement checks beside the unique indexes, `slots` or names of caps. */
function insertStatement(engine: SqlEngine, conditions: readonly string[]): Definition<AcceptValues> {
  const { builder } = engine;
  return define<AcceptValues>(
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

/** The reasons for which the command can be refused, in the order in which they count. */
function reasonsToRefuse(engine: SqlEngine): (command: AcceptJob) => RefusalReason[] {
  const { builder } = engine;
  const byIdempotencyKey = repeatedStatement(engine);
  const byDedupeKey = define<{ dedupeKey: string }, JobRow>((param) =>
    builder.selectFrom('job').select(JOB_COLUMNS).where('dedupe_key', '=', param('dedupeKey')).where(reservesDedupeKey()),
  );
  const executingOn = executingStatement(engine);

  const repeated = (keyId: string, { key, fingerprint }: NonNullable<AcceptJob['idempotency']>): RefusalReason => ({
    statement: byIdempotencyKey({ keyId, idempotencyKey: key }),
    toResult(outcome, index) {
      const [first] = byIdempotencyKey.rowsOf(outcome, index);
      if (!first) return undefined;
      const [firstFingerprint, ...row] = first;
      return firstFingerprint === fingerprint ? { outcome: 'repeated', job: toJob(row) } : { outcome: 'idempotency-mismatch' };
    },
  });
  const duplicate = (dedupeKey: string): RefusalReason => ({
    statement: byDedupeKey({ dedupeKey }),
    toResult(outcome, index) {
      const [first] = byDedupeKey.rowsOf(outcome, index);
      return first && { outcome: 'duplicate', job: toJob(first) };
    },
  });
  const busy = (accountId: string | null, maxJobs: number): RefusalReason => ({
    statement: executingOn({ accountId }),
    toResult(outcome, index) {
      const executing = executingOn.rowsOf(outcome, index).map(toJob);
      return executing.length >= maxJobs ? { outcome: 'busy', executing } : undefined;
    },
  });
  const overLimit = capReasons(engine);
  return ({ job, slots, caps, dedupeKey, idempotency }) => {
    const reasons: RefusalReason[] = [];
    if (idempotency) reasons.push(repeated(job.keyId, idempotency));
    if (dedupeKey !== undefined) reasons.push(duplicate(dedupeKey));
    if (caps) reasons.push(...overLimit(job, caps));
    if (slots) reasons.push(busy(job.accountId, slots.maxJobs));
    return reasons;
  };
}
