import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { canFollow, isFinal, JOB_STATUSES, type JobStatus, UNFINISHED_STATUSES } from '../../../core/job.ts';

/**
 * Conditions on a job's status, as literals in the SQL and not as parameters: a partial index serves only a statement that
 * repeats its condition, word for word in the same order.
 */

export function statusIn(statuses: readonly JobStatus[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`status in (${sql.join(statuses.map((status) => sql.lit(status)))})`;
}

/** The final states without a result. Served by `job_ended_badly`. */
export const ENDED_BADLY_STATUSES: readonly JobStatus[] = JOB_STATUSES.filter((status) => isFinal(status) && status !== 'completed');

/** Queued or at work. Served by `job_unfinished` and, per key, `job_unfinished_of_key`. */
export const unfinished = (): RawBuilder<SqlBool> => statusIn(UNFINISHED_STATUSES);

/** Served by `job_queued` and, per account, `job_waiting`. */
export const queued = (): RawBuilder<SqlBool> => sql<SqlBool>`status = 'queued'`;

/** No other job may have its dedupe key. Served by `job_dedupe`. */
export const reservesDedupeKey = (): RawBuilder<SqlBool> => statusIn([...UNFINISHED_STATUSES, 'completed']);

/** Starting, started or in progress: such a job always has a lease, possibly one that has run out. Served by `job_leased` and, per account, `job_at_work`. */
export const atWork = (): RawBuilder<SqlBool> => sql<SqlBool>`lease_until_ms >= 0`;

/** May become `status`; with undefined: is not final, so that it may still be written. */
export function mayBecome(status: JobStatus | undefined): RawBuilder<SqlBool> {
  return status === undefined ? unfinished() : statusIn(JOB_STATUSES.filter((from) => canFollow(from, status)));
}
