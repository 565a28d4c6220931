import type { ApiKey } from '../../../core/key.ts';
import { JobError } from '../../../core/errors.ts';
import type { Job } from '../../../core/job.ts';
import type { JobFilter, Store } from '../../../core/store.ts';

const PAGE_SIZE = 100;

/** Form of the ids of all dialects. Other text is not looked up: it may hold characters that a store cannot compare. */
const JOB_ID = /^[\w:.-]{1,200}$/;

/**
 * The Midjourney job of any dialect, if this key may see it. Another key's job and an unknown id get the same 404: `Unable to locate job <jobid>`.
 */
export async function findJob(store: Store, jobid: string, key: ApiKey): Promise<Job> {
  const job = JOB_ID.test(jobid) ? await store.getJob(jobid) : undefined;
  if (!job || job.engine !== 'midjourney' || (job.keyId !== key.id && !key.admin)) {
    throw new JobError('job-not-found', `Unable to locate job ${jobid}`);
  }
  return job;
}

/** Filter of the jobs that a key may see: its own jobs, or every job for an admin key. */
export const visibleTo = ({ id, admin }: Pick<ApiKey, 'id' | 'admin'>): Pick<JobFilter, 'keyId'> => (admin ? {} : { keyId: id });

/** Every Midjourney job that fits, oldest first. */
export async function listAllJobs(store: Store, filter: Omit<JobFilter, 'engine' | 'limit' | 'cursor'>): Promise<Job[]> {
  const jobs: Job[] = [];
  for (;;) {
    const cursor = jobs.at(-1)?.id;
    const page = await store.listJobs({
      ...filter,
      engine: 'midjourney',
      limit: PAGE_SIZE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    jobs.push(...page);
    if (page.length < PAGE_SIZE) return jobs.toReversed();
  }
}
