import type { Clock } from '@atelier/lib/clock';
import { createWaker } from '@atelier/lib/waker';
import type { EngineUpdate } from '../../../core/engine.ts';

/** The updates of one job for the queue, which writes each update before it reads the next. */
export interface UpdateStream {
  /** Adds an update. Unread progress is replaced by newer progress; no other update is dropped. */
  push(update: EngineUpdate): void;
  /** Adds an update; resolves when the queue has written it and reads the next. */
  write(update: EngineUpdate): Promise<void>;
  /** Ends the stream. The reader throws `error` after the remaining updates. */
  end(error?: unknown): void;
  /** Ends the stream and removes the remaining updates. */
  drop(): void;
  /** Can be called once. */
  read(): AsyncGenerator<EngineUpdate, void>;
}

interface QueuedUpdate {
  update: EngineUpdate;
  written(): void;
}

export function createUpdateStream(clock: Clock): UpdateStream {
  const items: QueuedUpdate[] = [];
  let ended: { error?: unknown } | undefined;
  const waker = createWaker(clock);

  function push(update: EngineUpdate, written = (): void => {}): void {
    if (ended) {
      written();
      return;
    }
    const last = items.at(-1);
    if (last?.update.type === 'progress' && update.type === 'progress') {
      const operation = update.operation ?? last.update.operation;
      last.update = operation === undefined ? update : { ...update, operation };
    } else items.push({ update, written });
    waker.wake();
  }

  return {
    push: (update) => push(update),
    write: (update) => new Promise((resolve) => push(update, resolve)),
    end(error) {
      ended ??= error === undefined ? {} : { error };
      waker.wake();
    },
    drop() {
      ended ??= {};
      for (const item of items.splice(0)) item.written();
      waker.wake();
    },
    async *read() {
      for (;;) {
        const item = items.shift();
        if (item) {
          try {
            yield item.update;
          } finally {
            item.written();
          }
        } else if (ended) {
          if ('error' in ended) throw ended.error;
          return;
        } else {
          await waker.wait(Infinity);
        }
      }
    },
  };
}
