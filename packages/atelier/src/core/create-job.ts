import { EMPTY_OUTPUT, type Job } from './job.ts';

/** What every new job needs to be told; everything else has a default. */
export type NewJob = Pick<Job, 'id' | 'dialect' | 'engine' | 'verb' | 'keyId' | 'input' | 'createdAtMs'> & Partial<Job>;

/** A queued job that nobody has worked on: no parent, no callback, any account, one slot. `job` replaces any of these defaults. */
export const createJob = (job: NewJob): Job => ({
  parentId: null,
  echo: {},
  callbackUrl: null,
  accountId: null,
  usesSlot: true,
  maxJobs: null,
  status: 'queued',
  version: 1,
  progressPercent: 0,
  operation: null,
  output: EMPTY_OUTPUT,
  failure: null,
  updatedAtMs: job.createdAtMs,
  startedAtMs: null,
  finishedAtMs: null,
  ...job,
});
