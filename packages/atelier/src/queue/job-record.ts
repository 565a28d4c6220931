import type { Clock } from '@atelier/lib/clock';
import type { Asset } from '../core/asset.ts';
import type { NewDelivery } from '../core/delivery.ts';
import { isFinal, type Job } from '../core/job.ts';
import type { JobStore, TransitionJob } from '../core/store.ts';
import type { JobWatch } from '../core/watch.ts';

export interface RecordDeps {
  clock: Clock;
  store: Pick<JobStore, 'transition' | 'requeueJob' | 'getJob'>;
  watch: JobWatch;
  /** The deliveries of a job that is about to be in this state. Called for its end, and for each part of its result. */
  renderDeliveries(job: Job): NewDelivery[];
  /** Called after a delivery was committed. */
  onDelivery(): void;
}

/** The fields that one transition sets. */
export type JobChange = TransitionJob['set'];

/**
 * Writes the changes of one job, one after the other. Every write is a compare-and-set on the version that this record has read or written. When
 * another write came first (the job was cancelled or timed out), the write is refused, `isLost` is true, and nothing more is written.
 */
export function createJobRecord(deps: RecordDeps, first: Job) {
  const { store, watch, clock } = deps;
  let job = first;
  let lost = false;
  let writing: Promise<unknown> = Promise.resolve();

  async function write(set: JobChange, nowMs: number, extra: Pick<TransitionJob, 'deliveries' | 'assets'> = {}): Promise<boolean> {
    if (lost) return false;
    return take(await store.transition({ jobId: job.id, version: job.version, nowMs, set, ...extra }));
  }

  async function requeue(): Promise<boolean> {
    if (lost) return false;
    return take(await store.requeueJob({ jobId: job.id, version: job.version, nowMs: clock.now() }));
  }

  function take(written: Job | undefined): boolean {
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
    /** Writes a change without deliveries. False when another write came first. */
    update: (set: JobChange): Promise<boolean> => inTurn(() => write(set, clock.now())),
    /** Puts the job back to the queue. False when another write came first. */
    requeue: (): Promise<boolean> => inTurn(requeue),
    /** Writes a final state or a part of the result, with its files and its deliveries, in one transaction. False when another write came first. */
    transition: (set: JobChange & { status: NonNullable<JobChange['status']> }, assets: readonly Asset[] = []): Promise<boolean> =>
      inTurn(async () => {
        // One instant for the body of the callback and the stored job, so that polling gives the same answer.
        const nowMs = clock.now();
        const next: Job = { ...job, ...set, updatedAtMs: nowMs, finishedAtMs: isFinal(set.status) ? nowMs : null };
        const deliveries = deps.renderDeliveries(next);
        const isWritten = await write(set, nowMs, { deliveries, assets });
        if (isWritten && deliveries.length > 0) deps.onDelivery();
        return isWritten;
      }),
  };
}

export type JobRecord = ReturnType<typeof createJobRecord>;
