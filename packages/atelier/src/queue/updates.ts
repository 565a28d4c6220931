import type { Clock } from '@atelier/lib/clock';
import type { JsonValue } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { Collected, CollectMedia } from '../core/asset.ts';
import type { EngineUpdate, Media } from '../core/engine.ts';
import type { JobFailure } from '../core/errors.ts';
import { canFollow, finalStatusOf, isFinal, type Job, type JobOutput } from '../core/job.ts';
import type { JobChange, JobRecord } from './job-record.ts';

export interface UpdateDeps {
  clock: Clock;
  log: Log;
  collect: CollectMedia;
  /** Called before a failure is written: an account that the failure concerns is paused before a caller learns of the failure. */
  onFailure(job: Job, failure: JobFailure): Promise<void>;
  /** Called before a job goes back to the queue. Resolves once its account gets no new job for a while, so that the job does not start at once again. */
  onRequeue(job: Job, failure: JobFailure): Promise<void>;
}

/** One run of an engine on one job. */
export interface EngineRun {
  deps: UpdateDeps;
  record: JobRecord;
  /** Aborts at shutdown, at the time limit, and when the job was ended from outside. */
  signal: AbortSignal;
  /** Media of earlier parts that could not be copied; the next part or the end copies them. */
  uncopied: Media[];
}

/** Progress is written at most this often for one job; between two writes it is kept in memory. */
const PROGRESS_WRITE_MS = 1_000;

/** Writes an engine's updates into the job, each before it takes the next. Ends with the updates, at an abort, or when the record is lost. */
export async function applyUpdates(run: EngineRun, updates: AsyncIterable<EngineUpdate>): Promise<void> {
  const { deps, record, signal } = run;
  const progress = createProgressWriter(deps.clock, record);
  let requeued: JobFailure | undefined;
  try {
    for await (const update of updates) {
      if (record.isLost()) return;
      if (update.type === 'requeued') {
        // Written after the loop: the engine has stopped by then, and the job may start again at once.
        requeued = update.failure;
        break;
      }
      if (signal.aborted) {
        // The upstream answered while the run was being aborted. Without its operation the next run would send the request a second time.
        if ('operation' in update && update.operation !== undefined) await record.update({ operation: update.operation });
        return;
      }
      if (update.type === 'progress' && update.operation === undefined && record.current().status === 'progress') {
        progress.later(update);
        continue;
      }
      progress.drop();
      await applyUpdate(run, update);
    }
  } finally {
    progress.drop();
  }
  if (requeued) await requeueRun(run, requeued);
}

/** Puts the job back to the queue. A job that the upstream has confirmed ends with the failure instead. */
async function requeueRun(run: EngineRun, failure: JobFailure): Promise<void> {
  const { deps, record } = run;
  const job = record.current();
  if (!canFollow(job.status, 'queued')) {
    await failRun(run, failure);
    return;
  }
  await deps.onRequeue(job, failure);
  const { code, title } = failure;
  if (await record.requeue())
    deps.log.info(
      { jobId: job.id, accountId: job.accountId, code, title },
      'job went back to the queue: the upstream has taken nothing of it',
    );
}

/** Ends the job with a failure, unless another write came first. */
export async function failRun({ deps, record }: EngineRun, failure: JobFailure, output = record.current().output): Promise<void> {
  if (record.isLost()) return;
  await deps.onFailure(record.current(), failure);
  await record.transition({ status: finalStatusOf(failure), failure, output });
}

type ProgressUpdate = Extract<EngineUpdate, { type: 'progress' }>;

/** Keeps the latest progress and writes it once `PROGRESS_WRITE_MS` have passed since the last write. */
function createProgressWriter(clock: Clock, record: JobRecord) {
  let latest: ProgressUpdate | undefined;
  let cancel: (() => void) | undefined;
  let writtenAtMs = 0;
  const flush = (): void => {
    cancel = undefined;
    const update = latest;
    latest = undefined;
    if (!update || isFinal(record.current().status)) return;
    writtenAtMs = clock.now();
    // A refused write is repeated by the next update, or by the end of the job, which reports it.
    record.update(toProgress(record.current(), update)).catch(() => {});
  };
  return {
    later(update: ProgressUpdate): void {
      latest = update;
      cancel ??= clock.after(Math.max(0, writtenAtMs + PROGRESS_WRITE_MS - clock.now()), flush);
    },
    drop(): void {
      cancel?.();
      cancel = undefined;
      latest = undefined;
    },
  };
}

async function applyUpdate(run: EngineRun, update: Exclude<EngineUpdate, { type: 'requeued' }>): Promise<void> {
  const { record } = run;
  const job = record.current();
  switch (update.type) {
    case 'operation':
      await record.update({ operation: update.operation });
      return;
    case 'started':
      await record.update({
        ...(canFollow(job.status, 'started') ? { status: 'started' as const } : {}),
        output: { ...job.output, message: update.message, buttons: update.buttons },
        ...operationOf(update),
      });
      return;
    case 'progress':
      await record.update(toProgress(job, update));
      return;
    case 'part':
      await addPart(run, update);
      return;
    case 'completed':
      await complete(run, update);
      return;
    case 'failed':
      await failRun(run, update.failure, { ...job.output, message: update.message ?? job.output.message });
  }
}

function toProgress(job: Job, update: ProgressUpdate): JobChange {
  return {
    status: 'progress',
    progressPercent: Math.max(job.progressPercent, update.percent),
    output: { ...job.output, message: update.message ?? job.output.message, buttons: update.buttons ?? job.output.buttons },
    ...operationOf(update),
  };
}

const operationOf = ({ operation }: { operation?: JsonValue }): Pick<JobChange, 'operation'> =>
  operation === undefined ? {} : { operation };

/** Adds a part of the result. If its files cannot be copied, no callback is sent for it, and the next part or the end copies the files. */
async function addPart(run: EngineRun, update: Extract<EngineUpdate, { type: 'part' }>): Promise<void> {
  const { deps, record, signal, uncopied } = run;
  const job = record.current();
  const media = [...uncopied.splice(0), ...update.media];
  let files;
  try {
    files = await deps.collect(job, media, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    deps.log.warn({ jobId: job.id, err: error }, 'files of a partial result could not be copied; trying again with the next part');
    uncopied.push(...media);
    if (update.operation !== undefined) await record.update({ operation: update.operation });
    return;
  }
  const output: JobOutput = { ...job.output, assets: [...job.output.assets, ...files.outputs], data: update.data };
  const progressPercent = Math.max(job.progressPercent, update.percent);
  await transitionWithFiles(record, { status: 'progress', progressPercent, output, ...operationOf(update) }, files);
}

/** Writes a part or the end of the result with its files. If another write came first, the copied files are deleted again. */
async function transitionWithFiles(record: JobRecord, set: Parameters<JobRecord['transition']>[0], files: Collected): Promise<void> {
  if (!(await record.transition(set, files.records))) await files.discard();
}

async function complete(run: EngineRun, update: Extract<EngineUpdate, { type: 'completed' }>): Promise<void> {
  const { deps, record, signal, uncopied } = run;
  const { message, buttons, data } = update;
  const { assets, ...known } = record.current().output;
  const output: JobOutput = { message: message ?? known.message, buttons, assets, data };
  let files;
  try {
    files = await deps.collect(record.current(), [...uncopied, ...update.media], signal);
  } catch (error) {
    if (signal.aborted) throw error;
    deps.log.warn({ jobId: record.current().id, err: error }, 'files of the result could not be copied; failing the job');
    await failRun(run, { code: 'media-unavailable', title: 'The result could not be copied', details: null }, output);
    return;
  }
  const complete = { ...output, assets: [...assets, ...files.outputs] };
  await transitionWithFiles(record, { status: 'completed', progressPercent: 100, output: complete }, files);
}
