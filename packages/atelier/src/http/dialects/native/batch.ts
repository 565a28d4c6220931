import type { JsonObject } from '@atelier/lib/json';
import type { ApiKey } from '../../../core/key.ts';
import { EMPTY_OUTPUT, isFinal, type Job, type JobStatus } from '../../../core/job.ts';
import type { Store } from '../../../core/store.ts';
import { MAX_JOBS_OF_PROMPT } from '../../../engine/midjourney/expand-prompt.ts';
import { findJob, maySee } from './context.ts';

/**
 * A batch: one prompt with `{a, b}` or `--repeat` makes several jobs, and its parent is what the caller reads under one id. The parent is no
 * row of the store and is never run: all its fields follow from its jobs, so it can never disagree with them.
 *
 * Its state: while a job has not ended, the furthest state of all, `progress` once some have ended; after that `completed` if any job has its
 * pictures, else the state and the failure of its first job.
 */
export interface BatchView {
  job: Job;
  /** The jobs of a batch, in the order of its prompts; empty for any other job. */
  children: readonly Job[];
}

/** Beside `reference`: the prompt of the request, for the parent. */
export const BATCH_PROMPT = 'batchPrompt';

/** A job as the caller of its request reads it: the parent of its batch, or itself. */
export async function viewOf(store: Pick<Store, 'listJobs'>, job: Job): Promise<BatchView> {
  return job.batchId === null ? { job, children: [] } : ((await readBatch(store, job.batchId)) ?? { job, children: [] });
}

/** The job or the parent of a batch with this id. Throws `JobError('job-not-found')`, also for an id of another key. */
export async function findJobView(store: Pick<Store, 'getJob' | 'listJobs'>, id: string, key: ApiKey): Promise<BatchView> {
  const batch = (await store.getJob(id)) ? undefined : await readBatch(store, id);
  return batch && maySee(key, batch.job) ? batch : { job: await findJob(store, id, key), children: [] };
}

async function readBatch(store: Pick<Store, 'listJobs'>, batchId: string): Promise<BatchView | undefined> {
  const children = (await store.listJobs({ batchId, limit: MAX_JOBS_OF_PROMPT })).toReversed();
  const [first] = children;
  return first && { job: toParent(batchId, first, children), children };
}

/** The parent of these jobs; `first` is the first of them. */
export function toParent(batchId: string, first: Job, children: readonly Job[]): Job {
  const status = statusOf(children);
  const { [BATCH_PROMPT]: prompt, ...echo } = first.echo;
  const input: JsonObject = { ...first.input, ...(typeof prompt === 'string' && { prompt }) };
  const percents = children.map((child) => (isFinal(child.status) ? 100 : child.progressPercent));
  const started = children.flatMap(({ startedAtMs }) => startedAtMs ?? []);
  const hasEnded = isFinal(status);
  return {
    ...first,
    id: batchId,
    batchId: null,
    input,
    echo,
    status,
    version: children.reduce((sum, { version }) => sum + version, 0),
    progressPercent: Math.floor(percents.reduce((sum, percent) => sum + percent, 0) / children.length),
    accountId: children.every(({ accountId }) => accountId === first.accountId) ? first.accountId : null,
    operation: null,
    output: EMPTY_OUTPUT,
    failure: hasEnded && status !== 'completed' ? first.failure : null,
    lateResult: null,
    updatedAtMs: Math.max(...children.map(({ updatedAtMs }) => updatedAtMs)),
    startedAtMs: started.length === 0 ? null : Math.min(...started),
    finishedAtMs: hasEnded ? Math.max(...children.map(({ finishedAtMs }) => finishedAtMs ?? 0)) : null,
  };
}

function statusOf(children: readonly Job[]): JobStatus {
  const statuses = new Set(children.map(({ status }) => status));
  const isSome = (status: JobStatus): boolean => statuses.has(status);
  if (children.every(({ status }) => isFinal(status))) return isSome('completed') ? 'completed' : (children[0]?.status ?? 'failed');
  if (isSome('progress') || children.some(({ status }) => isFinal(status))) return 'progress';
  return (['started', 'starting'] as const).find(isSome) ?? 'queued';
}
