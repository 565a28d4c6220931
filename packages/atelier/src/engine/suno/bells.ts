import type { Clock } from '@atelier/lib/clock';

/** Rung by the upstream's callback for a job; whoever follows the job's task waits at it. */
export interface Bell {
  /** True when it rang since the last wait; false when `delayMs` passed. Rejects with the signal's reason. */
  wait(delayMs: number, signal: AbortSignal): Promise<boolean>;
  close(): void;
}

export interface Bells {
  /** One at a time for a job. */
  open(jobId: string): Bell;
  /** Nothing happens where nobody listens. */
  ring(jobId: string): void;
}

export function createBells(clock: Clock): Bells {
  const open = new Map<string, () => void>();
  return {
    ring: (jobId) => open.get(jobId)?.(),
    open(jobId) {
      let hasRung = false;
      let wake = (): void => {};
      const ring = (): void => {
        hasRung = true;
        wake();
      };
      open.set(jobId, ring);
      return {
        async wait(delayMs, signal) {
          const { promise, resolve } = Promise.withResolvers<void>();
          wake = () => resolve();
          const cancel = clock.after(delayMs, wake);
          signal.addEventListener('abort', wake, { once: true });
          if (!hasRung && !signal.aborted) await promise;
          cancel();
          signal.removeEventListener('abort', wake);
          signal.throwIfAborted();
          const rang = hasRung;
          hasRung = false;
          return rang;
        },
        close() {
          if (open.get(jobId) === ring) open.delete(jobId);
        },
      };
    },
  };
}
