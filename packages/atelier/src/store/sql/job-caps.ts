import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Job } from '../../core/job.ts';
import type { AcceptResult, JobCaps } from '../../core/store.ts';
import { type CommandOutcome, type Param, type Statement, define } from './statement.ts';
import { unfinished } from './tables/job-conditions.ts';
import type { SqlEngine } from './tables/schema.ts';

/**
 * The limits on the number of a key's jobs. No statement counts jobs: a cap of 100 is reached when there is a hundredth job, which
 * an index finds in 100 steps, also when the key has had a million jobs.
 */
export interface CapValues {
  key_id: string;
  /** Jobs accepted after this time count. */
  day_start_ms: number;
  /** The cap minus one: how many jobs of the key come before the job that reaches it. */
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

/** Reads that tell whether a job was refused because of a cap, and when the cap has room again. */
export function capReasons(engine: SqlEngine): (job: Job, caps: JobCaps) => RefusalReason[] {
  const atDayCap = define<CapValues, readonly [createdAtMs: number]>((param) => jobAtDayCap(engine, param));
  const atRunningCap = define<CapValues, readonly [seq: number]>((param) => jobAtRunningCap(engine, param));
  return (job, caps) => {
    const values = toCapValues(job, caps);
    const reasons: RefusalReason[] = [];
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
