import type { JobFailure } from '../../../core/errors.ts';
import type { JobStatus } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { toUpstreamMessage, type BotMessage, type ParsedMessage } from '../messages/message.ts';
import { mediaOf, offeredButtons } from '../messages/offers.ts';
import type { MidjourneyOperation } from '../requests/operation.ts';
import type { UpdateStream } from './update-stream.ts';
import { percentOf } from '../messages/prompt-text.ts';

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
    progressed({ stage, heading, message }) {
      if (stage !== 'progress') {
        started(message);
        return;
      }
      percent = Math.max(percent, (heading && percentOf(heading)) ?? 0);
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
