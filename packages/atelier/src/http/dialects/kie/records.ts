import { isFinal, type Job } from '../../../core/job.ts';
import type { FailureCode, JobFailure } from '../../../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';

/** Fields that the records of several products share. */

/** Failures after the upstream accepted the task; with any other code the upstream never began it. */
const AFTER_CREATION: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'upstream-failed',
  'upstream-silent',
  'media-unavailable',
  'timeout',
  'internal',
]);

/** Whether the upstream accepted the task before it failed. */
export const wasCreated = ({ code }: JobFailure): boolean => AFTER_CREATION.has(code);

/** `successFlag` as a number: 0 running, 1 success, 2 not created, 3 created but its generation failed. Source: kie, mj/record-info, `successFlag`. */
export function flagNumber({ status, failure }: Job): 0 | 1 | 2 | 3 {
  if (!isFinal(status)) return 0;
  if (status === 'completed') return 1;
  return failure && wasCreated(failure) ? 3 : 2;
}

/** `successFlag` or `status` as a word; `failed` is the word for a task that was created and then failed. */
export function flagWord({ status, failure }: Job, failed: string): string {
  if (!isFinal(status)) return 'PENDING';
  if (status === 'completed') return 'SUCCESS';
  return failure && wasCreated(failure) ? failed : 'CREATE_TASK_FAILED';
}

export const timeFields = (job: Job, toTime: (atMs: number) => string | number): JsonObject => ({
  createTime: toTime(job.createdAtMs),
  completeTime: job.finishedAtMs === null ? null : toTime(job.finishedAtMs),
});

/** The fields that name the track worked on. kie.ai names it by its place from 0, sunoapi.org by its id. */
export function trackFields(job: Job, audioId: string): JsonObject {
  const { musicIndex } = job.echo;
  return {
    taskId: job.id,
    musicId: audioId,
    // The vendor's spelling: a small b, unlike `callBackUrl` of the request.
    callbackUrl: job.callbackUrl,
    musicIndex: typeof musicIndex === 'number' ? musicIndex : 0,
    audioId,
  };
}
