import type { Clock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import { createWaker } from '@atelier/lib/waker';
import type { DiscordFatalError } from '../../../discord/discord.ts';
import type { ParsedMessage } from '../messages/message.ts';
import type { Evidence } from './match-message.ts';

export type JobEvent =
  /** Discord accepted the job's interaction; `answered` is true once the bot has answered it. */
  | { type: 'interaction'; answered: boolean }
  | { type: 'interaction-failed' }
  /** The pressed button opened a form. */
  | { type: 'form'; form: JsonObject }
  /** The pressed button, or a human check of Midjourney, opened a web page inside Discord. */
  | { type: 'page'; title: string; customId: string }
  | { type: 'message'; parsed: ParsedMessage; by: Evidence }
  /** Every start message of the job was deleted. */
  | { type: 'start-deleted' }
  /** Discord opened a new session, so events were lost. The channel's history has been read since. */
  | { type: 'events-lost' }
  | { type: 'fatal'; error: DiscordFatalError }
  /** Discord's REST API accepted the request that the run sent. */
  | { type: 'request-sent' }
  | { type: 'request-failed'; error: unknown };

/** Keeps the events of one job, oldest first, until the job's run takes them. */
export interface JobEventQueue {
  push(event: JobEvent): void;
  /**
   * Returns the oldest event and waits for one if there is none. Returns undefined at `untilMs` or when `signal` aborts. One caller waits
   * at a time.
   */
  next(untilMs: number, signal: AbortSignal): Promise<JobEvent | undefined>;
}

export function createJobEventQueue(clock: Clock): JobEventQueue {
  const events: JobEvent[] = [];
  const waker = createWaker(clock);
  return {
    push(event) {
      events.push(event);
      waker.wake();
    },
    async next(untilMs, signal) {
      // The waker remembers the wake of an event that was taken without waiting, so one `wait` may return too early.
      while (events.length === 0 && !signal.aborted && untilMs > clock.now()) await waker.wait(untilMs - clock.now(), signal);
      return events.shift();
    },
  };
}
