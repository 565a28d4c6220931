import { isFinal, type Job } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { hadBegun } from './failures.ts';
import { sunoReasonOf } from './suno/records/reason.ts';

export const timeFields = (job: Job, toTime: (atMs: number) => string | number): JsonObject => ({
  createTime: toTime(job.createdAtMs),
  completeTime: job.finishedAtMs === null ? null : toTime(job.finishedAtMs),
});

export const errorFields = (job: Job, code: number | null): JsonObject => ({
  errorCode: job.failure && code,
  errorMessage: job.failure && sunoReasonOf(job.failure),
});

/** A word at most of these endpoints. */
export function flagWord({ status, failure }: Job, failed: string): string {
  if (!isFinal(status)) return 'PENDING';
  if (status === 'completed') return 'SUCCESS';
  return failure && hadBegun(failure) ? failed : 'CREATE_TASK_FAILED';
}
