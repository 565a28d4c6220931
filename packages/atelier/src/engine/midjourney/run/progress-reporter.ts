import type { Clock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import { createWaker } from '@atelier/lib/waker';
import type { EngineUpdate } from '../../../core/engine.ts';
import type { JobFailure } from '../../../core/errors.ts';
import type { JobStatus } from '../../../core/job.ts';
import { type BotMessage, mediaOf, offeredButtons, type ParsedMessage, toUpstreamMessage } from '../messages/message.ts';
import type { MidjourneyOperation } from '../requests/operation.ts';

/** Reports the progress of one job to the queue. Each update carries the operation if it has changed. */
export interface ProgressReporter {
  /** The status by the last report. */
  status(): JobStatus;
  /** Reports the operation if it has changed. */
  saveOperation(): void;
  /** Reports the operation; resolves when the queue has written it. */
  writeOperation(): Promise<void>;
  started(message: BotMessage): void;
  /** Reports a start message or its progress. The percentage never falls. */
  progressed(parsed: ParsedMessage): void;
  completed(message: BotMessage, data: JsonObject): void;
  failed(failure: JobFailure, message: BotMessage | null): void;
}

export function createProgressReporter(updates: UpdateStream, operation: () => MidjourneyOperation, status: JobStatus): ProgressReporter {
  let known = operation();
  let state = status;
  let percent = 0;
  let lastContent = '';

  /** Returns the operation if it differs from the last reported one. */
  function change(): { operation?: MidjourneyOperation } {
    if (operation() === known) return {};
    known = operation();
    return { operation: known };
  }
  const about = (message: BotMessage) => ({ message: toUpstreamMessage(message), buttons: offeredButtons(message) });

  function saveOperation(): void {
    const { operation: changed } = change();
    if (changed) updates.push({ type: 'operation', operation: changed });
  }

  function started(message: BotMessage): void {
    if (state === 'started' || state === 'progress') {
      saveOperation();
      return;
    }
    state = 'started';
    updates.push({ type: 'started', ...change(), ...about(message) });
  }

  return {
    status: () => state,
    saveOperation,
    writeOperation() {
      known = operation();
      return updates.write({ type: 'operation', operation: known });
    },
    started,
    progressed({ stage, percent: shown, message }) {
      if (stage !== 'progress') {
        started(message);
        return;
      }
      percent = Math.max(percent, shown ?? 0);
      if (message.content === lastContent) {
        saveOperation();
        return;
      }
      lastContent = message.content;
      state = 'progress';
      updates.push({ type: 'progress', ...change(), percent, ...about(message) });
    },
    completed: (message, data) => updates.push({ type: 'completed', ...about(message), media: mediaOf(message), data }),
    failed: (failure, message) => updates.push({ type: 'failed', failure, message: message && toUpstreamMessage(message) }),
  };
}

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
