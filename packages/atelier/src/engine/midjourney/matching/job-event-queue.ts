import type { DiscordFatalError } from '../../../discord/discord.ts';
import type { Clock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import type { Evidence } from './match-message.ts';
import type { Sighting } from '../messages/message.ts';

/** What happens to one job, in the order in which it happened. */
export type TicketEvent =
  /** Discord took the request, or the bot answered it. */
  | { type: 'interaction'; answered: boolean }
  | { type: 'interaction-failed' }
  /** A button opened a form. */
  | { type: 'form'; form: JsonObject }
  /** A button, or Midjourney's own suspicion, opened a page inside Discord. */
  | { type: 'page'; title: string; customId: string }
  | { type: 'message'; sighting: Sighting; by: Evidence }
  /** Every start message of the job was deleted. */
  | { type: 'start-gone' }
  /** A new Discord session: events were lost, and the history has been read meanwhile. */
  | { type: 'gap' }
  | { type: 'fatal'; error: DiscordFatalError }
  /** The request that was under way was answered with success, or was not. */
  | { type: 'asked' }
  | { type: 'ask-failed'; error: unknown };

/** The events of one job, kept until its run takes them. */
export interface Mailbox {
  push(event: TicketEvent): void;
  /** The next event; undefined when none came until `untilMs`, or before the signal was aborted. */
  next(untilMs: number, signal: AbortSignal): Promise<TicketEvent | undefined>;
}

export function createMailbox(clock: Clock): Mailbox {
  const events: TicketEvent[] = [];
  let wake = (): void => {};
  return {
    push(event) {
      events.push(event);
      wake();
    },
    async next(untilMs, signal) {
      const waitMs = untilMs - clock.now();
      if (events.length === 0 && waitMs > 0 && !signal.aborted) {
        const woken = Promise.withResolvers<void>();
        const stop = (): void => woken.resolve();
        wake = stop;
        signal.addEventListener('abort', stop, { once: true });
        const cancel = clock.after(waitMs, stop);
        await woken.promise;
        cancel();
        signal.removeEventListener('abort', stop);
      }
      return events.shift();
    },
  };
}
