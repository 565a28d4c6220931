import { type Clock, deadline, sleep } from '@atelier/lib/clock';
import type { Job } from './job.ts';

/** Announces changes of jobs to listeners in this process: after the commit, with the job as it was written. */
export interface JobWatch {
  publish(job: Job): void;
  /** Calls `listener` for every published job. Returns the function that ends the subscription. */
  subscribe(listener: (job: Job) => void): () => void;
  /**
   * Returns the job as soon as `until` is true for it, now or after a change; undefined when `timeoutMs` passed or `signal` aborted first.
   * Reads the store first, so that a change just before the call is not missed, and then every second, so that a change made by another
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

  async function poll(jobId: string, check: (job: Job | undefined) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      check(await deps.getJob(jobId));
      await sleep(deps.clock, POLL_MS, signal).catch(() => {});
    }
  }

  return {
    publish(job) {
      for (const listener of listeners) listener(job);
    },
    subscribe,
    async wait(jobId, until, { timeoutMs, signal }) {
      const limit = deadline(deps.clock, timeoutMs, signal);
      const found = Promise.withResolvers<Job | undefined>();
      const stopPolling = new AbortController();
      const check = (job: Job | undefined): void => {
        if (job?.id === jobId && until(job)) found.resolve(job);
      };
      const unsubscribe = subscribe(check);
      limit.signal.addEventListener('abort', () => found.resolve(undefined), { once: true });
      if (limit.signal.aborted) found.resolve(undefined);
      poll(jobId, check, stopPolling.signal).catch(found.reject);
      try {
        return await found.promise;
      } finally {
        unsubscribe();
        stopPolling.abort();
        limit.cancel();
      }
    },
  };
}
