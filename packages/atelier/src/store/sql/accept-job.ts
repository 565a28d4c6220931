import { type RawBuilder, sql, type SqlBool } from 'kysely';
import type { Job } from '../../core/job.ts';
import type { AcceptJob, AcceptResult, JobCaps } from '../../core/store.ts';
import { executingStatement, repeatedStatement } from './job-reads.ts';
import { type CommandOutcome, define, type Definition, memoize, type Param, type Statement, type StoreCommand } from './statement.ts';
import { reservesDedupeKey, unfinished } from './tables/job-conditions.ts';
import { JOB_COLUMNS, type JobRow, NEW_JOB_COLUMNS, type NewJobRow, toJob, toNewJobRow } from './tables/record-tables.ts';
import type { SqlEngine } from './tables/schema.ts';

/**
 * Accepts a job: one insert, which the unique indexes, the slots and the caps accept or refuse. After a refusal the same
 * transaction reads the reason; the first reason counts.
 */
export function acceptJobCommand(engine: SqlEngine): (command: AcceptJob) => StoreCommand<AcceptResult> {
  const insertFor = memoize((shape) => insertStatement(engine, shape.split(' ')));
  const toReasons = reasonsToRefuse(engine);

  return (command) => {
    const { job, siblings = [], slots, caps, dedupeKey, idempotency } = command;
    const row = toNewJobRow(job, {
      dedupe_key: dedupeKey ?? null,
      idempotency_key: idempotency?.key ?? null,
      idempotency_fingerprint: idempotency?.fingerprint ?? null,
    });
    const reasons = toReasons(command);
    const capped = capsSet(caps);
    const insert = insertFor([...(slots ? ['slots'] : []), ...capped].join(' '));
    const limits = { ...toCapValues(job, caps), slot_limit: slots?.maxJobs ?? 0 };
    // Each insert sees the ones before it, so the caps count the whole batch. The other conditions stand for the batch in its first job.
    const insertSibling = insertFor(capped.join(' '));
    return {
      statements: [
        insert({ ...row, ...limits }),
        ...siblings.map((sibling) => insertSibling({ ...toNewJobRow(sibling, NO_KEYS), ...limits })),
      ],
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

const NO_KEYS = { dedupe_key: null, idempotency_key: null, idempotency_fingerprint: null };

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
  return ({ job, siblings = [], slots, caps, dedupeKey, idempotency }) => {
    const reasons: RefusalReason[] = [];
    if (idempotency) reasons.push(repeated(job.keyId, idempotency));
    if (dedupeKey !== undefined) reasons.push(duplicate(dedupeKey));
    if (caps) reasons.push(...overLimit(job, caps, 1 + siblings.length));
    if (slots) reasons.push(busy(job.accountId, slots.maxJobs));
    return reasons;
  };
}

/**
 * The limits on the number of a key's jobs. No statement counts jobs: a cap of 100 is reached when there is a hundredth job, which
 * an index finds in 100 steps, also when the key has had a million jobs.
 */
export interface CapValues {
  key_id: string;
  /** Jobs accepted after this time count. */
  day_start_ms: number;
  /** The cap minus the new jobs: how many jobs of the key may exist before them. Not below 0. */
  before_day_cap: number;
  before_running_cap: number;
}

const DAY_MS = 86_400_000;

export const toCapValues = ({ keyId, createdAtMs }: Job, caps: JobCaps | undefined, newJobs = 1): CapValues => ({
  key_id: keyId,
  day_start_ms: createdAtMs - DAY_MS,
  before_day_cap: Math.max(0, (caps?.jobsPerDay ?? newJobs) - newJobs),
  before_running_cap: Math.max(0, (caps?.runningJobs ?? newJobs) - newJobs),
});

/** The names of the caps that are not null. */
export const capsSet = (caps: JobCaps | undefined): (keyof JobCaps)[] =>
  (['jobsPerDay', 'runningJobs'] as const).filter((cap) => caps && caps[cap] !== null);

type CapParam = Param<CapValues>;

/** The job that comes after the `before_day_cap` newest ones: the cap is reached if it was accepted within the day. */
const jobAtDayCap = ({ builder }: SqlEngine, param: CapParam) =>
  builder
    .selectFrom('job')
    .select('created_at_ms')
    .where('key_id', '=', param('key_id'))
    .orderBy('seq', 'desc')
    .limit(sql.lit(1))
    .offset(param('before_day_cap'));

const jobAtRunningCap = ({ builder }: SqlEngine, param: CapParam) =>
  builder
    .selectFrom('job')
    .select('seq')
    .where('key_id', '=', param('key_id'))
    .where(unfinished())
    .limit(sql.lit(1))
    .offset(param('before_running_cap'));

/** The conditions under which a key may have one more job. */
export const hasRoom = {
  jobsPerDay: (engine: SqlEngine, param: CapParam): RawBuilder<SqlBool> =>
    sql<SqlBool>`not exists (select 1 from ${jobAtDayCap(engine, param)} as at_cap where at_cap.created_at_ms > ${param('day_start_ms')})`,
  runningJobs: (engine: SqlEngine, param: CapParam): RawBuilder<SqlBool> => sql<SqlBool>`not exists ${jobAtRunningCap(engine, param)}`,
} satisfies Record<keyof JobCaps, unknown>;

export interface RefusalReason {
  statement: Statement;
  /** The result, or undefined when the job was not refused for this reason. */
  toResult(outcome: CommandOutcome, index: number): AcceptResult | undefined;
}

/** Reads that tell whether so many new jobs were refused because of a cap, and when the cap has room for all of them. */
export function capReasons(engine: SqlEngine): (job: Job, caps: JobCaps, newJobs: number) => RefusalReason[] {
  const atDayCap = define<CapValues, readonly [createdAtMs: number]>((param) => jobAtDayCap(engine, param));
  const atRunningCap = define<CapValues, readonly [seq: number]>((param) => jobAtRunningCap(engine, param));
  return (job, caps, newJobs) => {
    const values = toCapValues(job, caps, newJobs);
    const reasons: RefusalReason[] = [];
    const { jobsPerDay, runningJobs } = caps;
    if (runningJobs !== null) {
      reasons.push({
        statement: atRunningCap(values),
        toResult: (outcome, index) =>
          newJobs > runningJobs || atRunningCap.rowsOf(outcome, index).length > 0
            ? { outcome: 'over-limit', limit: 'runningJobs', max: runningJobs, freeAtMs: null }
            : undefined,
      });
    }
    if (jobsPerDay !== null) {
      reasons.push({
        statement: atDayCap(values),
        toResult(outcome, index) {
          if (newJobs > jobsPerDay) return { outcome: 'over-limit', limit: 'jobsPerDay', max: jobsPerDay, freeAtMs: null };
          const [row] = atDayCap.rowsOf(outcome, index);
          if (!row || row[0] <= values.day_start_ms) return undefined;
          return { outcome: 'over-limit', limit: 'jobsPerDay', max: jobsPerDay, freeAtMs: row[0] + DAY_MS };
        },
      });
    }
    return reasons;
  };
}
