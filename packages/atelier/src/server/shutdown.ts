import type { Log } from '@atelier/lib/log';

/** What must be closed when the server ends: what was opened last is closed first. */
export interface ShutdownHooks {
  add(close: () => Promise<void>): void;
  /** Runs something until its turn to be closed comes, and waits for its end then. */
  keepRunning(run: (signal: AbortSignal) => Promise<void>): void;
  /** One after the other; a part that does not close well is logged and holds up no other. */
  closeAll(): Promise<void>;
}

export function createShutdownHooks(log: Log): ShutdownHooks {
  const closers: (() => Promise<void>)[] = [];
  const add = (close: () => Promise<void>): void => void closers.unshift(close);
  return {
    add,
    keepRunning(run) {
      const stop = new AbortController();
      const done = run(stop.signal);
      add(async () => {
        stop.abort(new Error('the server is closing'));
        await done;
      });
    },
    async closeAll() {
      for (const close of closers.splice(0))
        await close().catch((error: unknown) => log.error({ err: error }, 'a part did not close well'));
    },
  };
}
