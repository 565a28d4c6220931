import { ApplicationCommandOptionType as OptionType } from 'discord-api-types/v10';
import { type Clock, deadline } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import type { DiscordSession, SessionInfo } from '../../../discord/discord.ts';
import { BOT_IDS, readMessage } from '../messages/message.ts';
import { toBotRequest } from '../requests/bot-request.ts';
import type { Ask } from '../requests/course/course.ts';
import { BotRequestError, failureOf, isOutdatedCommand } from '../requests/failures.ts';
import type { MidjourneyOperation } from '../requests/operation.ts';
import type { RegionEdit, RequestSender } from '../requests/request-port.ts';
import type { CommandCache } from './command-cache.ts';

export interface PictureToUpload {
  bytes: Uint8Array;
  contentType: string;
  filename: string;
}

export interface RequestSenderDeps {
  session: DiscordSession;
  waitForSession(): Promise<SessionInfo>;
  commands: CommandCache;
  fetchImage(url: string): Promise<PictureToUpload>;
  postPage?: ((path: string, body: JsonObject) => Promise<number>) | undefined;
  operation: MidjourneyOperation;
  /** An abort takes back a request that has not been sent. */
  signal: AbortSignal;
  expect(jobUuids: readonly string[]): void;
}

/** Interaction types. Source: discord-userdoccers, interactions. */
const COMMAND = 2;
const COMPONENT = 3;
const FORM = 5;
const BUTTON = 2;

export function createRequestSender(deps: RequestSenderDeps): RequestSender {
  const { session, waitForSession, commands, fetchImage, operation, expect } = deps;
  let published = 0;

  async function send(payload: JsonObject): Promise<void> {
    const { guildId, channelId, nonces } = operation;
    const { sessionId } = await waitForSession();
    const place = guildId === '' ? {} : { guild_id: guildId };
    await session.interact(
      // A private channel has no server.
      {
        application_id: BOT_IDS[operation.bot],
        ...place,
        channel_id: channelId,
        session_id: sessionId,
        nonce: nonces.at(-1) ?? '',
        ...payload,
      },
      { signal: deps.signal },
    );
  }

  async function runCommand(name: string, toArguments: Parameters<RequestSender['command']>[1]): Promise<void> {
    const command = await commands.find(operation, name, operation.bot);
    const { options, uploads = [] } = await toArguments(command);
    const attachments = uploads.map(({ filename, uploadFilename }, index) => ({
      id: String(index),
      filename,
      uploaded_filename: uploadFilename,
    }));
    const { version, id, type } = command;
    await send({ type: COMMAND, data: { version, id, name, type, options, attachments }, analytics_location: 'slash_ui' });
  }

  return {
    async command(name, toArguments) {
      try {
        await runCommand(name, toArguments);
      } catch (error) {
        if (!isOutdatedCommand(error)) throw error;
        // Discord certainly refused the command, so the nonce can be used again.
        commands.forget();
        await runCommand(name, toArguments);
      }
    },
    press: ({ customId, messageId, messageFlags }) =>
      send({
        type: COMPONENT,
        message_id: messageId,
        message_flags: messageFlags,
        data: { component_type: BUTTON, custom_id: customId },
      }),
    sendForm: (data) => send({ type: FORM, data }),
    async sendRegion(page, region) {
      const { path, body } = regionRequest(page.customId, region);
      const status = await deps.postPage?.(path, body).catch(() => undefined);
      if (status !== undefined && status >= 200 && status < 300) return;
      const details = status === undefined ? 'It could not be reached.' : `It answered with HTTP status ${status}.`;
      throw new BotRequestError({
        code: 'upstream-refused',
        title: 'Midjourney’s editor for Vary (Region) did not take the mask',
        details,
      });
    },
    react: (messageId, emoji) => session.addReaction(operation.channelId, messageId, emoji),
    async read(messageId) {
      const found = await session.listMessages(operation.channelId, { limit: 1, around: messageId });
      return found.map((message) => readMessage(message)).find((message) => message?.id === messageId);
    },
    async upload(url) {
      const file = await fetchImage(url);
      const { uploadFilename } = await session.uploadAttachment(operation.channelId, file);
      return { filename: file.filename, uploadFilename };
    },
    async publish(url) {
      const { channelId, nonces } = operation;
      const file = await fetchImage(url);
      const upload = await session.uploadAttachment(channelId, file);
      published += 1;
      // Beside the nonce of the request: unlike it, and the same when the request is sent again.
      const nonce = String(BigInt(nonces.at(-1) ?? 0) + BigInt(published));
      const message = await session.sendMessage(channelId, { content: '', nonce, attachments: [{ filename: file.filename, ...upload }] });
      const link = message.attachments[0]?.url;
      if (link !== undefined) return link;
      throw new BotRequestError({ code: 'upstream-refused', title: 'Discord did not keep the uploaded picture', details: null });
    },
    expect,
  };
}

/**
 * Builds the request that Midjourney's editor page sends to its own host when a user submits a mask. The protocol is not documented. It is
 * inferred from clients in use: the token in the path, and a body with mask and prompt as the newest client sends it, plus the fields of
 * older clients. Only this function knows it. Source: midjourney-bot, region editor.
 */
function regionRequest(customId: string, { mask, prompt }: RegionEdit): { path: string; body: JsonObject } {
  const token = customId.replace(/^MJ::iframe::/, '');
  return {
    path: `/.proxy/inpaint/api/submit-job/${encodeURIComponent(token)}`,
    body: { customId: token, mask: mask.replace(/^data:[^,]*,/, '').trim(), prompt: prompt ?? '', userId: '0', username: '0' },
  };
}

/**
 * Waits until the Discord session is ready and returns its user. Rejects with `BotRequestError` after `timeoutMs`, with
 * `DiscordFatalError`, or when the signal aborts.
 */
export async function waitForSession(
  deps: { clock: Clock; session: Pick<DiscordSession, 'ready' | 'connectError'>; signal: AbortSignal },
  timeoutMs: number,
): Promise<SessionInfo> {
  const limit = deadline(deps.clock, timeoutMs, deps.signal);
  try {
    return await deps.session.ready(limit.signal);
  } catch (error) {
    if (deps.signal.aborted || !limit.signal.aborted) throw error;
    const why = failureOf(deps.session.connectError());
    throw new BotRequestError({ code: 'upstream-unreachable', title: 'Discord could not be reached', details: why?.title ?? null });
  } finally {
    limit.cancel();
  }
}

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
