import type { JobFailure } from '../../../core/errors.ts';
import type { JobStatus } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { toUpstreamMessage, type BotMessage, type Sighting } from '../messages/message.ts';
import { mediaOf, offeredButtons } from '../messages/offers.ts';
import type { Operation } from '../requests/operation.ts';
import type { Outbox } from './update-stream.ts';
import { percentOf } from '../messages/prompt-text.ts';

/** Tells the queue of one job's course; whatever was learnt of the job goes along. */
export interface Report {
  /** How far the job has come, by what was told. */
  status(): JobStatus;
  /** The operation, if it has changed. */
  learnt(): void;
  /** The operation; resolves when it is written. */
  written(): Promise<void>;
  started(message: BotMessage): void;
  /** A start message, or its progress. The percentage never falls. */
  shown(sighting: Sighting): void;
  completed(message: BotMessage, data: JsonObject): void;
  failed(failure: JobFailure, message: BotMessage | null): void;
}

export function createReport(outbox: Outbox, operation: () => Operation, status: JobStatus): Report {
  let known = operation();
  let state = status;
  let percent = 0;
  let lastContent = '';

  /** The operation when it is not the one that was told last. */
  function change(): { operation?: Operation } {
    if (operation() === known) return {};
    known = operation();
    return { operation: known };
  }
  const about = (message: BotMessage) => ({ message: toUpstreamMessage(message), buttons: offeredButtons(message) });

  function learnt(): void {
    const { operation: changed } = change();
    if (changed) outbox.push({ type: 'operation', operation: changed });
  }

  function started(message: BotMessage): void {
    if (state === 'started' || state === 'progress') {
      learnt();
      return;
    }
    state = 'started';
    outbox.push({ type: 'started', ...change(), ...about(message) });
  }

  return {
    status: () => state,
    learnt,
    written() {
      known = operation();
      return outbox.write({ type: 'operation', operation: known });
    },
    started,
    shown({ stage, heading, message }) {
      if (stage !== 'progress') {
        started(message);
        return;
      }
      percent = Math.max(percent, (heading && percentOf(heading)) ?? 0);
      if (message.content === lastContent) {
        learnt();
        return;
      }
      lastContent = message.content;
      state = 'progress';
      outbox.push({ type: 'progress', ...change(), percent, ...about(message) });
    },
    completed: (message, data) => outbox.push({ type: 'completed', ...about(message), media: mediaOf(message), data }),
    failed: (failure, message) => outbox.push({ type: 'failed', failure, message: message && toUpstreamMessage(message) }),
  };
}
