import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Job } from '../../core/job.ts';
import type { AcceptResult, JobCaps } from '../../core/store.ts';
import { type CommandOutcome, type Param, type Statement, define } from './statement.ts';
import { unfinished } from './tables/job-conditions.ts';
import type { SqlEngine } from './tables/schema.ts';

/**
 * How many jobs a key may have. Nothing is counted: a cap of 100 is reached when there is a hundredth job, found by an index
 * in as many steps as the cap is high, however many jobs the key has had.
 */
export interface CapValues {
  key_id: string;
  /** Jobs accepted later than this are of the day. */
  day_start_ms: number;
  /** The cap less one: how many of the key's jobs stand before the one that reaches it. */
  before_day_cap: number;
  before_running_cap: number;
}

const DAY_MS = 86_400_000;

export const toCapValues = ({ keyId, createdAtMs }: Job, caps: JobCaps | undefined): CapValues => ({
  key_id: keyId,
  day_start_ms: createdAtMs - DAY_MS,
  before_day_cap: (caps?.jobsPerDay ?? 1) - 1,
  before_running_cap: (caps?.runningJobs ?? 1) - 1,
});

/** Which of the caps are set. */
export const capsSet = (caps: JobCaps | undefined): (keyof JobCaps)[] =>
  (['jobsPerDay', 'runningJobs'] as const).filter((cap) => caps && caps[cap] !== null);

type CapParam = Param<CapValues>;

/** The key's newest job but `before_day_cap`: with it the day is full, if it is of the day. */
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

/** The conditions on which a key may have one job more. */
export const hasRoom = {
  jobsPerDay: (engine: SqlEngine, param: CapParam): RawBuilder<SqlBool> =>
    sql<SqlBool>`not exists (select 1 from ${jobAtDayCap(engine, param)} as at_cap where at_cap.created_at_ms > ${param('day_start_ms')})`,
  runningJobs: (engine: SqlEngine, param: CapParam): RawBuilder<SqlBool> => sql<SqlBool>`not exists ${jobAtRunningCap(engine, param)}`,
} satisfies Record<keyof JobCaps, unknown>;

export interface Reason {
  statement: Statement;
  /** The result, or undefined when the reason is another. */
  toResult(outcome: CommandOutcome, index: number): AcceptResult | undefined;
}

/** Reads that tell whether a job was refused for a cap, and until when. */
export function capReasons(engine: SqlEngine): (job: Job, caps: JobCaps) => Reason[] {
  const atDayCap = define<CapValues, readonly [createdAtMs: number]>((param) => jobAtDayCap(engine, param));
  const atRunningCap = define<CapValues, readonly [seq: number]>((param) => jobAtRunningCap(engine, param));
  return (job, caps) => {
    const values = toCapValues(job, caps);
    const reasons: Reason[] = [];
    const { jobsPerDay, runningJobs } = caps;
    if (runningJobs !== null) {
      reasons.push({
        statement: atRunningCap(values),
        toResult: (outcome, index) =>
          atRunningCap.rowsOf(outcome, index).length > 0
            ? { outcome: 'over-limit', limit: 'runningJobs', max: runningJobs, freeAtMs: null }
            : undefined,
      });
    }
    if (jobsPerDay !== null) {
      reasons.push({
        statement: atDayCap(values),
        toResult(outcome, index) {
          const [row] = atDayCap.rowsOf(outcome, index);
          if (!row || row[0] <= values.day_start_ms) return undefined;
          return { outcome: 'over-limit', limit: 'jobsPerDay', max: jobsPerDay, freeAtMs: row[0] + DAY_MS };
        },
      });
    }
    return reasons;
  };
}
