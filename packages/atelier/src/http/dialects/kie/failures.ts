import type { FailureCode, JobFailure } from '../../../core/errors.ts';

/** Failures of a task that the upstream had taken; all others end one that was never begun. */
const AFTER_CREATION: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'upstream-failed',
  'upstream-silent',
  'media-unavailable',
  'timeout',
  'internal',
]);

/** Whether the upstream had taken the task that failed. */
export const hadBegun = ({ code }: JobFailure): boolean => AFTER_CREATION.has(code);
