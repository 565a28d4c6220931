import { request } from 'undici';
import type { AtelierClient, Job } from 'atelier-client/client';
import { toReason } from '../core/errors.ts';
import { UserError } from './user-error.ts';

/** The job once it is completed; `show` is given each change before. What it fails with is a sentence for the terminal. */
export async function followJob(client: AtelierClient, jobId: string, show: (job: Job) => void): Promise<Job> {
  for await (const job of client.events(jobId)) {
    if (job.status === 'completed') return job;
    if (job.isFinal) throw new UserError(job.error ? toReason({ ...job.error, details: job.error.detail }) : 'It failed');
    show(job);
  }
  return client.waitForJob(jobId);
}

/** A file of a job, by its link. */
export async function download(url: string): Promise<Uint8Array> {
  const { statusCode, body } = await request(url);
  if (statusCode !== 200) throw new UserError(`The file could not be fetched (${statusCode}).`);
  return new Uint8Array(await body.arrayBuffer());
}
