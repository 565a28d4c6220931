import type { EngineUpdate } from '../../../core/engine.ts';

/** The updates of one job, on their way to the queue, which writes each before it takes the next. */
export interface UpdateStream {
  /** Progress that nobody has taken yet is replaced by newer progress; nothing else is ever dropped. */
  push(update: EngineUpdate): void;
  /** Resolves when the update has been taken and the next one is asked for: it is written. */
  write(update: EngineUpdate): Promise<void>;
  /** No more will come; with an error, the reader gets that after the rest. */
  end(error?: unknown): void;
  /** The reader gets nothing more. */
  drop(): void;
  /** To be read once. */
  read(): AsyncGenerator<EngineUpdate, void>;
}

interface Item {
  update: EngineUpdate;
  written(): void;
}

export function createUpdateStream(): UpdateStream {
  const items: Item[] = [];
  let ended: { error?: unknown } | undefined;
  let wake = (): void => {};

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
    wake();
  }

  return {
    push: (update) => push(update),
    write: (update) => new Promise((resolve) => push(update, resolve)),
    end(error) {
      ended ??= error === undefined ? {} : { error };
      wake();
    },
    drop() {
      ended ??= {};
      for (const item of items.splice(0)) item.written();
      wake();
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
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}
