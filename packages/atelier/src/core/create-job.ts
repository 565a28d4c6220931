import { EMPTY_OUTPUT, type Job } from './job.ts';

/** The fields that every new job needs; all others have defaults. */
export type NewJob = Pick<Job, 'id' | 'dialect' | 'engine' | 'verb' | 'keyId' | 'input' | 'createdAtMs'> & Partial<Job>;

/** A new queued job: no parent, no callback, any account, one slot. Fields of `job` replace these defaults. */
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
