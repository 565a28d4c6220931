import { EventEmitter } from 'node:events';
import type { Attempt, Delivery } from './delivery.ts';
import type { FailureCode } from './errors.ts';
import type { Job } from './job.ts';

/**
 * Events between parts of one process. Nothing depends on them for correctness: each is a hint to look at the store now instead of at the next poll, or a
 * number for the metrics. Listeners are called synchronously and must not throw.
 */
export interface ServerEventMap {
  /** A job was accepted and is stored. */
  'job-accepted': [job: Job];
  /** A result came after its job had ended without one, and is kept with the job. */
  'late-result': [job: Job];
  /** A slot or an account may be free again. */
  'slot-freed': [];
  /** A delivery may be due. */
  'delivery-due': [];
  /** A callback attempt is recorded. */
  'attempt-recorded': [attempt: Attempt, delivery: Delivery];
  /** An account was added, changed, removed or reset: its Discord session must end. */
  'account-changed': [accountId: string];
  /** A signal from Discord or Midjourney has paused an account. */
  'account-paused': [code: FailureCode];
  /** An account is held for a time. */
  'account-held': [code: FailureCode];
}

export type ServerEvents = EventEmitter<ServerEventMap>;

export const createServerEvents = (): ServerEvents => new EventEmitter<ServerEventMap>();
