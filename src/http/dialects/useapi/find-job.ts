import type { ApiKey } from '../../../account/account.ts';
import { JobError } from '../../../job/errors.ts';
import type { Job } from '../../../job/job.ts';
import type { JobFilter, Store } from '../../../store/store.ts';
import { isJobId } from './job-id.ts';

const PAGE_SIZE = 100;

/** The job, if this key may see it. Another key's job looks like none: 404 `Unable to locate job <jobid>`. */
export async function findJob(store: Store, jobid: string, key: ApiKey): Promise<Job> {
  const job = isJobId(jobid) ? await store.getJob(jobid) : undefined;
  if (!job || job.dialect !== 'useapi' || (job.keyId !== key.id && !key.admin)) {
    throw new JobError('job-not-found', `Unable to locate job ${jobid}`);
  }
  return job;
}

/** Every job that fits, oldest first. */
export async function listAllJobs(store: Store, filter: Omit<JobFilter, 'limit' | 'cursor'>): Promise<Job[]> {
  const jobs: Job[] = [];
  for (;;) {
    const cursor = jobs.at(-1)?.id;
    const page = await store.listJobs({ ...filter, limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) });
    jobs.push(...page);
    if (page.length < PAGE_SIZE) return jobs.toReversed();
  }
}
