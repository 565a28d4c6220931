import type { Collected, CollectMedia } from '../core/asset.ts';
import type { Engine, EngineUpdate, Media } from '../core/engine.ts';
import type { JobFailure } from '../core/errors.ts';
import { canFollow, finalStatusOf, isFinal, type Job, type JobOutput } from '../core/job.ts';
import { type Clock, deadline } from '@atelier/lib/clock';
import type { JsonValue } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { TransitionJob } from '../core/store.ts';
import { createJobRecord, type JobRecord, type RecordDeps } from './job-record.ts';

export interface RunnerDeps extends RecordDeps {
  log: Log;
  collect: CollectMedia;
  /** Told of a failure before it is written, so that an account it concerns is paused by the time a caller learns of it. */
  onFailure(job: Job, failure: JobFailure): Promise<void>;
  /** A job that has run this long is failed with `timeout`. Source: seed 003, "mark all jobs running over 30 minutes as failed". */
  timeLimitMs: number;
}

/** Progress is kept in memory and written at most this often per job. */
const PROGRESS_WRITE_MS = 1_000;

/** Carries one claimed job to its end: engine updates in, transitions out. Resolves when the job is final or `signal` let go of it. */
export async function runJob(deps: RunnerDeps, engine: Engine, claimed: Job, resumed: boolean, signal: AbortSignal): Promise<void> {
  const record = createJobRecord(deps, claimed);
  const ranMs = deps.clock.now() - (claimed.startedAtMs ?? deps.clock.now());
  const limit = deadline(deps.clock, Math.max(0, deps.timeLimitMs - ranMs), signal);
  const log = deps.log.child({ jobId: claimed.id, verb: claimed.verb, dialect: claimed.dialect });
  try {
    const updates = engine.run(claimed, claimed.operation, { resumed, signal: limit.signal });
    await followUpdates({ deps, record, signal: limit.signal, late: [] }, updates);
    if (signal.aborted || isFinal(record.current().status)) return;
    if (limit.signal.aborted) await fail(deps, record, TIMEOUT);
    else if (!record.isLost()) throw new Error('the engine ended without a final update');
  } catch (error) {
    if (signal.aborted || record.isLost()) return;
    if (limit.signal.aborted) {
      await fail(deps, record, TIMEOUT);
      return;
    }
    log.error({ err: error }, 'job ended by an error of ours');
    await fail(deps, record, { code: 'internal', title: 'Internal error', details: null });
  } finally {
    limit.cancel();
    const { status, failure, startedAtMs, output } = record.current();
    const durationMs = deps.clock.now() - (startedAtMs ?? claimed.createdAtMs);
    log.info({ status, durationMs, failure: failure?.code, files: output.assets.length }, isFinal(status) ? 'job ended' : 'job let go');
  }
}

const TIMEOUT: JobFailure = {
  code: 'timeout',
  title: 'Job timed out',
  details: 'The job ran for more than its time limit and was given up.',
};

async function fail(deps: RunnerDeps, record: JobRecord, failure: JobFailure, output = record.current().output): Promise<void> {
  if (record.isLost()) return;
  await deps.onFailure(record.current(), failure);
  await record.tell({ status: finalStatusOf(failure), failure, output });
}

interface Run {
  deps: RunnerDeps;
  record: JobRecord;
  signal: AbortSignal;
  /** Media of parts that could not be copied when they came. */
  late: Media[];
}

async function followUpdates(run: Run, updates: AsyncIterable<EngineUpdate>): Promise<void> {
  const { deps, record, signal } = run;
  const progress = createProgressWriter(deps.clock, record);
  try {
    for await (const update of updates) {
      if (record.isLost()) return;
      if (signal.aborted) {
        // What the upstream answered while the job was being let go of: without it the job would be asked for a second time.
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
}

type Progress = Extract<EngineUpdate, { type: 'progress' }>;

/** Holds the latest progress back so that a job is written at most once a second for it. */
function createProgressWriter(clock: Clock, record: JobRecord) {
  let latest: Progress | undefined;
  let cancel: (() => void) | undefined;
  let writtenAtMs = 0;
  const flush = (): void => {
    cancel = undefined;
    const update = latest;
    latest = undefined;
    if (!update || isFinal(record.current().status)) return;
    writtenAtMs = clock.now();
    // A write that fails here is repeated by the next update, or by the job's end, which reports it.
    record.update(toProgress(record.current(), update)).catch(() => {});
  };
  return {
    later(update: Progress): void {
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

function toProgress(job: Job, update: Progress): TransitionJob['set'] {
  return {
    status: 'progress',
    progressPercent: Math.max(job.progressPercent, update.percent),
    output: { ...job.output, message: update.message ?? job.output.message, buttons: update.buttons ?? job.output.buttons },
    ...operationOf(update),
  };
}

async function applyUpdate(run: Run, update: EngineUpdate): Promise<void> {
  const { deps, record } = run;
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
      await keepPart(run, update);
      return;
    case 'completed':
      await complete(run, update);
      return;
    case 'failed':
      await fail(deps, record, update.failure, { ...job.output, message: update.message ?? job.output.message });
  }
}

const operationOf = ({ operation }: { operation?: JsonValue }): Pick<TransitionJob['set'], 'operation'> =>
  operation === undefined ? {} : { operation };

/** A part whose files cannot be copied is passed over: nobody is told of it, and its files are tried again with what comes next. */
async function keepPart({ deps, record, signal, late }: Run, update: Extract<EngineUpdate, { type: 'part' }>): Promise<void> {
  const job = record.current();
  const media = [...late.splice(0), ...update.media];
  let files;
  try {
    files = await deps.collect(job, media, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    deps.log.warn({ jobId: job.id, err: error }, 'a part of the result could not be copied; trying again with the next');
    late.push(...media);
    if (update.operation !== undefined) await record.update({ operation: update.operation });
    return;
  }
  const output: JobOutput = { ...job.output, assets: [...job.output.assets, ...files.outputs], data: update.data };
  const progressPercent = Math.max(job.progressPercent, update.percent);
  await tellOf(record, { status: 'progress', progressPercent, output, ...operationOf(update) }, files);
}

/** Writes a part or the end of the result with its files. Of a job that has moved on meanwhile (cancelled, timed out) none is kept. */
async function tellOf(record: JobRecord, set: Parameters<JobRecord['tell']>[0], files: Collected): Promise<void> {
  if (!(await record.tell(set, files.records))) await files.discard();
}

async function complete({ deps, record, signal, late }: Run, update: Extract<EngineUpdate, { type: 'completed' }>): Promise<void> {
  const { message, buttons, data } = update;
  const { assets, ...known } = record.current().output;
  const output: JobOutput = { message: message ?? known.message, buttons, assets, data };
  let files;
  try {
    files = await deps.collect(record.current(), [...late, ...update.media], signal);
  } catch (error) {
    if (signal.aborted) throw error;
    deps.log.warn({ jobId: record.current().id, err: error }, 'the result could not be copied');
    await fail(deps, record, { code: 'media-unavailable', title: 'The result could not be copied', details: null }, output);
    return;
  }
  await tellOf(record, { status: 'completed', progressPercent: 100, output: { ...output, assets: [...assets, ...files.outputs] } }, files);
}
