import { type Clock, deadline } from '@atelier/lib/clock';
import type { Job } from './job.ts';

/** Tells those who wait when a job has changed: after the commit, with the job as it was written. */
export interface JobWatch {
  publish(job: Job): void;
  /** Every change of every job, as it is published. */
  subscribe(listener: (job: Job) => void): () => void;
  /**
   * The job as soon as `until` holds for it, now or after a change; undefined when `timeoutMs` passed or `signal` aborted first.
   * Reads the store first, so a change just before the call is not missed, and again every second, so one made by another
   * process is seen.
   */
  wait(jobId: string, until: (job: Job) => boolean, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Job | undefined>;
}

const POLL_MS = 1_000;

export function createJobWatch(deps: { clock: Clock; getJob(id: string): Promise<Job | undefined> }): JobWatch {
  const listeners = new Set<(job: Job) => void>();

  const subscribe = (listener: (job: Job) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  return {
    publish(job) {
      for (const listener of listeners) listener(job);
    },
    subscribe,
    async wait(jobId, until, { timeoutMs, signal }) {
      const limit = deadline(deps.clock, timeoutMs, signal);
      const found = Promise.withResolvers<Job | undefined>();
      const look = (job: Job | undefined): void => {
        if (job?.id === jobId && until(job)) found.resolve(job);
      };
      const unsubscribe = subscribe(look);
      let cancelPoll = (): void => {};
      const poll = async (): Promise<void> => {
        look(await deps.getJob(jobId));
        cancelPoll = deps.clock.after(POLL_MS, () => void poll().catch(found.reject));
      };
      limit.signal.addEventListener('abort', () => found.resolve(undefined), { once: true });
      if (limit.signal.aborted) found.resolve(undefined);
      void poll().catch(found.reject);
      try {
        return await found.promise;
      } finally {
        unsubscribe();
        cancelPoll();
        limit.cancel();
      }
    },
  };
}
