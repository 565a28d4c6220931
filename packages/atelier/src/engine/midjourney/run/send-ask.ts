import { ApplicationCommandOptionType as OptionType } from 'discord-api-types/v10';
import type { Clock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import { toBotRequest } from '../requests/bot-request.ts';
import type { Ask } from '../requests/course/course.ts';
import type { RequestSender } from '../requests/request-port.ts';
import { createRequestSender, type RequestSenderDeps, waitForSession } from './request-sender.ts';

export type { PictureToUpload } from './request-sender.ts';

/** The ports of one request; `expect` is needed by seed requests alone. */
export type AskDeps = Omit<RequestSenderDeps, 'waitForSession'> & {
  clock: Clock;
  /** Longest wait for the Discord session. */
  sessionTimeoutMs: number;
};

/** Sends one request of a job. Rejects with an error that `toAskFailure` reads. */
export async function sendAsk(deps: AskDeps, { ask, verb, input }: { ask: Ask; verb: string; input: JsonObject }): Promise<void> {
  const sender = openSender(deps);
  switch (ask.kind) {
    case 'request':
      await toBotRequest(verb, input).send(sender);
      return;
    case 'form':
      await sender.sendForm(ask.data);
      return;
    case 'region':
      await sender.sendRegion({ customId: ask.customId }, { mask: ask.mask, prompt: ask.prompt });
      return;
    case 'show':
      await sender.command('show', (command) => ({
        options: [{ type: OptionType.String, name: command.options?.[0]?.name ?? 'job_id', value: ask.uuid }],
      }));
  }
}

/** Switches the account to relax mode. */
export const sendRelax = (deps: Omit<AskDeps, 'expect'>): Promise<void> =>
  openSender({ ...deps, expect: () => {} }).command('relax', () => ({ options: [] }));

export function openSender({ clock, sessionTimeoutMs, ...deps }: AskDeps): RequestSender {
  const { session, signal } = deps;
  return createRequestSender({ ...deps, waitForSession: () => waitForSession({ clock, session, signal }, sessionTimeoutMs) });
}
