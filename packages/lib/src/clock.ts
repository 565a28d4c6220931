/** Undoes a timer. Calling it twice, or after the timer fired, does nothing. */
export type Cancel = () => void;

/** The source of time for all code: the system's clock in the server, a fake clock in tests. Instants are epoch milliseconds. */
export interface Clock {
  now(): number;
  /** Runs `task` once after `delayMs` (0 or less: in a later turn). The timer alone does not keep the process alive. */
  after(delayMs: number, task: () => void): Cancel;
}

/** setTimeout fires at once when its delay is longer than this, so a longer wait uses several timers. */
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(Math.max(leftMs, 0), LONGEST_TIMER_MS);
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : task()), stepMs);
      timer.unref();
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`; rejects with the signal's reason when aborted first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A signal that aborts with a `TimeoutError` after `delayMs` of this clock, or together with `parent`. Call `cancel` when done. */
export function deadline(clock: Clock, delayMs: number, parent?: AbortSignal): { signal: AbortSignal; cancel: Cancel } {
  const controller = new AbortController();
  const cancelTimer = clock.after(delayMs, () => controller.abort(new DOMException(`no end within ${delayMs} ms`, 'TimeoutError')));
  const signal = parent ? AbortSignal.any([parent, controller.signal]) : controller.signal;
  return { signal, cancel: cancelTimer };
}

export interface FakeClock extends Clock {
  /** Moves the time forward and runs every timer that falls due, in order; promises are handled between two timers. */
  advance(ms: number): Promise<void>;
  /** How many timers are not due yet. */
  pending(): number;
}

/** A clock that moves only by `advance`. Microtasks and immediates run before and after each timer. */
export function createFakeClock(startMs = 1_700_000_000_000): FakeClock {
  let nowMs = startMs;
  let sequence = 0;
  const timers = new Map<number, { dueAtMs: number; task: () => void }>();
  const runImmediates = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const nextDue = (untilMs: number): number | undefined => {
    let found: number | undefined;
    for (const [id, timer] of timers) {
      if (timer.dueAtMs > untilMs) continue;
      const best = found === undefined ? undefined : timers.get(found);
      if (!best || timer.dueAtMs < best.dueAtMs) found = id;
    }
    return found;
  };
  return {
    now: () => nowMs,
    after(delayMs, task) {
      const id = sequence++;
      timers.set(id, { dueAtMs: nowMs + Math.max(delayMs, 0), task });
      return () => timers.delete(id);
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await runImmediates();
      for (let id = nextDue(untilMs); id !== undefined; id = nextDue(untilMs)) {
        const timer = timers.get(id);
        timers.delete(id);
        if (!timer) break;
        nowMs = Math.max(nowMs, timer.dueAtMs);
        timer.task();
        await runImmediates();
      }
      nowMs = untilMs;
      await runImmediates();
    },
    pending: () => timers.size,
  };
}
