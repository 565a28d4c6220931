import type { Clock } from './clock.ts';

/** Wakes one waiting loop. A `wake` while nobody waits is remembered: the next `wait` returns at once. */
export interface Waker {
  wake(): void;
  /**
   * Resolves to `woken` after a `wake`, to `elapsed` after `delayMs` (`Infinity`: never), and to `aborted` when `signal` aborts. One caller waits at a
   * time.
   */
  wait(delayMs: number, signal?: AbortSignal): Promise<'woken' | 'elapsed' | 'aborted'>;
}

export function createWaker(clock: Clock): Waker {
  let isWoken = false;
  let notify = (): void => {};
  return {
    wake() {
      isWoken = true;
      notify();
    },
    async wait(delayMs, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancelTimer = Number.isFinite(delayMs) ? clock.after(delayMs, resolve) : undefined;
      const onAbort = (): void => resolve();
      signal?.addEventListener('abort', onAbort);
      notify = resolve;
      if (!isWoken && signal?.aborted !== true) await promise;
      cancelTimer?.();
      signal?.removeEventListener('abort', onAbort);
      notify = () => {};
      const result = isWoken ? 'woken' : signal?.aborted === true ? 'aborted' : 'elapsed';
      isWoken = false;
      return result;
    },
  };
}
