import type { NewDelivery } from '../core/delivery.ts';
import { isFinal, type Job } from '../core/job.ts';
import type { JobWatch } from '../core/watch.ts';
import type { Clock } from '@atelier/lib/clock';
import type { JobStore, TransitionJob } from '../core/store.ts';

export interface RecordDeps {
  clock: Clock;
  store: Pick<JobStore, 'transition' | 'getJob'>;
  watch: JobWatch;
  /** The finished callback of a job that is about to be in this state, or nothing. Asked at the job's end, and for each part of its result. */
  renderDeliveries(job: Job): NewDelivery[];
  /** Told after a delivery was committed. */
  onDelivery(): void;
}

/**
 * Writes what happens to one job. Every write is a compare-and-set on the version this record holds; when the job has moved
 * on under it (cancelled, timed out), the write is refused, `lost` is set, and nothing more is written.
 */
export function createJobRecord(deps: RecordDeps, first: Job) {
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
    /** What the caller may be told of, an end or a part of the result: the state, its files, and its callback, in one transaction. */
    tell: (
      set: Required<Pick<TransitionJob['set'], 'status'>> & TransitionJob['set'],
      assets: TransitionJob['assets'] = [],
    ): Promise<boolean> =>
      inTurn(async () => {
        // One instant for the callback's body and the stored job: polling must say the same.
        const nowMs = clock.now();
        const next: Job = { ...job, ...set, updatedAtMs: nowMs, finishedAtMs: isFinal(set.status) ? nowMs : null };
        const deliveries = deps.renderDeliveries(next);
        const done = await write(set, nowMs, { deliveries, assets });
        if (done && deliveries.length > 0) deps.onDelivery();
        return done;
      }),
  };
}

export type JobRecord = ReturnType<typeof createJobRecord>;
