import { sql } from 'kysely';
import type { AcceptJob, AcceptResult } from '../store.ts';
import { JOB_COLUMNS, type JobRow, type JobValues, toJob, toJobValues } from '../job-row.ts';
import type { SqlEngine } from '../schema.ts';
import { type Command, type Outcome, type Statement, define, rowsOf } from '../statement.ts';
import { holdsDedupeKey, unfinished } from './job-conditions.ts';

const NEW_JOB_COLUMNS = [
  'id', 'dialect', 'engine', 'verb', 'key_id', 'parent_id', 'input', 'echo', 'callback_url', 'account_id', 'uses_slot', 'max_jobs',
  'status', 'version', 'progress_percent', 'operation', 'output', 'failure', 'created_at_ms', 'updated_at_ms', 'started_at_ms', 'finished_at_ms',
  'lease_until_ms', 'dedupe_key', 'idempotency_key', 'idempotency_fingerprint',
] as const satisfies readonly (keyof JobValues)[];

type NewJobValues = JobValues & { slot_limit: number };

/** The job that an idempotency key made, after the fingerprint it came with. */
type RepeatedRow = readonly [fingerprint: string | null, ...JobRow];

/**
 * Accepts a job: one insert that the unique indexes and the count of executing jobs let through or not. Only when it did not go
 * through is it asked why, in the same transaction.
 */
export function acceptJobCommand(engine: SqlEngine): (command: AcceptJob) => Command<AcceptResult> {
  const insert = insertStatement(engine, { needsSlot: false });
  const insertIntoSlot = insertStatement(engine, { needsSlot: true });
  const { repeated, duplicate, executing } = refusalReads(engine);

  return ({ job, slots, dedupeKey, idempotency }) => {
    const values = toJobValues(job, {
      dedupe_key: dedupeKey ?? null,
      idempotency_key: idempotency?.key ?? null,
      idempotency_fingerprint: idempotency?.fingerprint ?? null,
    });
    const whenRefused: Statement[] = [
      repeated({ keyId: job.keyId, idempotencyKey: idempotency?.key ?? null }),
      duplicate({ dedupeKey: dedupeKey ?? null }),
    ];
    if (slots) whenRefused.push(executing({ accountId: job.accountId }));
    return {
      statements: [slots ? insertIntoSlot({ ...values, slot_limit: slots.maxJobs }) : insert({ ...values, slot_limit: 0 })],
      whenRefused,
      locks: slots && job.accountId !== null ? [`slots of ${job.accountId}`] : [],
      toResult(outcome) {
        if (outcome.refusedAt === null) return { outcome: 'accepted', job };
        return whyRefused(outcome, { jobId: job.id, maxJobs: slots?.maxJobs, fingerprint: idempotency?.fingerprint });
      },
    };
  };
}

function insertStatement({ builder }: SqlEngine, { needsSlot }: { needsSlot: boolean }): (values: NewJobValues) => Statement {
  return define<NewJobValues>(
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

function refusalReads({ builder }: SqlEngine) {
  return {
    repeated: define<{ keyId: string; idempotencyKey: string | null }, RepeatedRow>((param) =>
      builder
        .selectFrom('job')
        .select(['idempotency_fingerprint', ...JOB_COLUMNS])
        .where('key_id', '=', param('keyId'))
        .where('idempotency_key', '=', param('idempotencyKey')),
    ),
    duplicate: define<{ dedupeKey: string | null }, JobRow>((param) =>
      builder.selectFrom('job').select(JOB_COLUMNS).where('dedupe_key', '=', param('dedupeKey')).where(holdsDedupeKey()),
    ),
    executing: executingStatement({ builder }),
  };
}

/** Unfinished jobs of an account that use a slot, oldest first. */
export function executingStatement({ builder }: Pick<SqlEngine, 'builder'>): (values: { accountId: string | null }) => Statement<JobRow> {
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

function whyRefused(outcome: Outcome, command: { jobId: string; maxJobs: number | undefined; fingerprint: string | undefined }): AcceptResult {
  const [repeated] = rowsOf<RepeatedRow>(outcome, 0);
  if (repeated) {
    const [fingerprint, ...row] = repeated;
    return fingerprint === command.fingerprint ? { outcome: 'repeated', job: toJob(row) } : { outcome: 'idempotency-mismatch' };
  }
  const [holder] = rowsOf<JobRow>(outcome, 1);
  if (holder) return { outcome: 'duplicate', job: toJob(holder) };
  const executing = rowsOf<JobRow>(outcome, 2);
  if (command.maxJobs !== undefined && executing.length >= command.maxJobs) return { outcome: 'busy', executing: executing.map(toJob) };
  throw new Error(`A job with the id ${command.jobId} exists already`);
}
