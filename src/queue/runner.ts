import type { CollectMedia } from '../asset/collect.ts';
import type { NewDelivery } from '../callback/callback.ts';
import type { Engine, EngineUpdate } from '../engine/engine.ts';
import type { JobFailure } from '../job/errors.ts';
import { canFollow, finalStatusOf, isFinal, type Job, type JobOutput } from '../job/job.ts';
import type { JobWatch } from '../job/watch.ts';
import { type Clock, deadline } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { JobStore, TransitionJob } from '../store/store.ts';

export interface RunnerDeps {
  clock: Clock;
  log: Log;
  store: Pick<JobStore, 'transition' | 'getJob'>;
  watch: JobWatch;
  collect: CollectMedia;
  /** The finished callback of a job that is about to be in this final state, or nothing. */
  renderDeliveries(job: Job): NewDelivery[];
  /** Told after a delivery was committed. */
  onDelivery(): void;
  /** Told of a failure before it is written, so that an account it concerns is paused by the time a caller learns of it. */
  onFailure(job: Job, failure: JobFailure): Promise<void>;
  /** A job that has run this long is failed with `timeout`. Source: seed 003, "mark all jobs running over 30 minutes as failed". */
  timeLimitMs: number;
}

/** Progress is kept in memory and written at most this often per job. */
const PROGRESS_WRITE_MS = 1_000;

/**
 * Writes what happens to one job. Every write is a compare-and-set on the version this record holds; when the job has moved
 * on under it (cancelled, timed out), the write is refused, `lost` is set, and nothing more is written.
 */
export function createJobRecord(deps: RunnerDeps, first: Job) {
  const { store, watch, clock } = deps;
  let job = first;
  let lost = false;
  let writing: Promise<unknown> = Promise.resolve();

  async function write(
    set: TransitionJob['set'],
    nowMs: number,
    extra: Pick<TransitionJob, 'deliveries' | 'assets'> = {},
  ): Promise<boolean> {
    if (lost) return false;
    const written = await store.transition({ jobId: job.id, version: job.version, nowMs, set, ...extra });
    if (!written) {
      lost = true;
      return false;
    }
    job = written;
    watch.publish(written);
    return true;
  }

  /** One write after the other, in the order of the calls. */
  function inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const turn = writing.then(task, task);
    writing = turn.catch(() => {});
    return turn;
  }

  return {
    current: (): Job => job,
    isLost: (): boolean => lost,
    /** False when the job had moved on. */
    update: (set: TransitionJob['set']): Promise<boolean> => inTurn(() => write(set, clock.now())),
    /** The last write: the job's end, its files, and its callback, in one transaction. */
    finish: (
      set: Required<Pick<TransitionJob['set'], 'status'>> & TransitionJob['set'],
      assets: TransitionJob['assets'] = [],
    ): Promise<boolean> =>
      inTurn(async () => {
        // One instant for the callback's body and the stored job: polling must say the same.
        const nowMs = clock.now();
        const ended: Job = { ...job, ...set, updatedAtMs: nowMs, finishedAtMs: nowMs };
        const deliveries = deps.renderDeliveries(ended);
        const done = await write(set, nowMs, { deliveries, assets });
        if (done && deliveries.length > 0) deps.onDelivery();
        return done;
      }),
  };
}

export type JobRecord = ReturnType<typeof createJobRecord>;

/** Carries one claimed job to its end: engine updates in, transitions out. Resolves when the job is final or `signal` let go of it. */
export async function runJob(deps: RunnerDeps, engine: Engine, claimed: Job, resumed: boolean, signal: AbortSignal): Promise<void> {
  const record = createJobRecord(deps, claimed);
  const ranMs = deps.clock.now() - (claimed.startedAtMs ?? deps.clock.now());
  const limit = deadline(deps.clock, Math.max(0, deps.timeLimitMs - ranMs), signal);
  const log = deps.log.child({ jobId: claimed.id, verb: claimed.verb, dialect: claimed.dialect });
  try {
    const updates = engine.run(claimed, claimed.operation, { resumed, signal: limit.signal });
    await followUpdates(deps, record, updates, limit.signal);
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
  await record.finish({ status: finalStatusOf(failure), failure, output });
}

async function followUpdates(
  deps: RunnerDeps,
  record: JobRecord,
  updates: AsyncIterable<EngineUpdate>,
  signal: AbortSignal,
): Promise<void> {
  const progress = createProgressWriter(deps.clock, record);
  try {
    for await (const update of updates) {
      if (record.isLost() || signal.aborted) return;
      if (update.type === 'progress' && update.operation === undefined && record.current().status === 'progress') {
        progress.later(update);
        continue;
      }
      progress.drop();
      await applyUpdate(deps, record, update, signal);
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
    ...(update.operation === undefined ? {} : { operation: update.operation }),
  };
}

async function applyUpdate(deps: RunnerDeps, record: JobRecord, update: EngineUpdate, signal: AbortSignal): Promise<void> {
  const job = record.current();
  switch (update.type) {
    case 'operation':
      await record.update({ operation: update.operation });
      return;
    case 'started':
      await record.update({
        ...(canFollow(job.status, 'started') ? { status: 'started' as const } : {}),
        output: { ...job.output, message: update.message, buttons: update.buttons },
        ...(update.operation === undefined ? {} : { operation: update.operation }),
      });
      return;
    case 'progress':
      await record.update(toProgress(job, update));
      return;
    case 'completed':
      await complete(deps, record, update, signal);
      return;
    case 'failed':
      await fail(deps, record, update.failure, { ...job.output, message: update.message ?? job.output.message });
  }
}

async function complete(
  deps: RunnerDeps,
  record: JobRecord,
  update: Extract<EngineUpdate, { type: 'completed' }>,
  signal: AbortSignal,
): Promise<void> {
  const { message, buttons, data } = update;
  const output: JobOutput = { message: message ?? record.current().output.message, buttons, assets: [], data };
  let files;
  try {
    files = await deps.collect(record.current(), update.media, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    deps.log.warn({ jobId: record.current().id, err: error }, 'the result could not be copied');
    await fail(deps, record, { code: 'media-unavailable', title: 'The result could not be fetched', details: null }, output);
    return;
  }
  await record.finish({ status: 'completed', progressPercent: 100, output: { ...output, assets: files.outputs } }, files.records);
}
