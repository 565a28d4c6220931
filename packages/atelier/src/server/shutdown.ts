import type { Log } from '@atelier/lib/log';

/** Functions that stop the parts of the server, the last added first. */
export interface ShutdownHooks {
  add(close: () => Promise<void>): void;
  /** Starts `run` now. At shutdown aborts its signal and waits for its end. */
  keepRunning(run: (signal: AbortSignal) => Promise<void>): void;
  /** Calls every function, one after the other. A function that fails is logged and does not stop the others. */
  closeAll(): Promise<void>;
}

export function createShutdownHooks(log: Log): ShutdownHooks {
  const hooks: (() => Promise<void>)[] = [];
  const add = (close: () => Promise<void>): void => void hooks.unshift(close);
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
      for (const close of hooks.splice(0))
        await close().catch((error: unknown) => log.error({ err: error }, 'a part of the server did not stop cleanly'));
    },
  };
}
