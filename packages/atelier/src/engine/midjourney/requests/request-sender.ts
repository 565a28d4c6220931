import type { APIApplicationCommand } from 'discord-api-types/v10';
import type { DiscordSession, SessionInfo } from '../../../discord/discord.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { CommandBook } from './command-cache.ts';
import { AskError, isOutdatedCommand } from './failures.ts';
import type { ButtonInput } from '../input.ts';
import { MIDJOURNEY_BOT_ID, readMessage, type BotMessage } from '../messages/message.ts';
import type { Operation } from './operation.ts';
import { regionRequest, type Region } from './region.ts';

export interface FetchedImage {
  bytes: Uint8Array;
  contentType: string;
  filename: string;
}

export interface Upload {
  filename: string;
  uploadFilename: string;
}

/** What a slash command is given. */
export interface CommandArguments {
  options: JsonObject[];
  uploads?: Upload[];
}

/**
 * Puts requests to Midjourney in one channel, each under the operation's latest nonce. Everything rejects with
 * `DiscordRestError`, `UrlFetchError` or `AskError`.
 */
export interface Asker {
  /** Runs a slash command; its arguments may depend on what the command offers. */
  command(name: string, toArguments: (command: APIApplicationCommand) => CommandArguments | Promise<CommandArguments>): Promise<void>;
  press(button: Pick<ButtonInput, 'customId' | 'messageId' | 'messageFlags'>): Promise<void>;
  sendForm(data: JsonObject): Promise<void>;
  /** Sends what the editor of Vary (Region) would send. */
  sendRegion(page: { customId: string }, region: Region): Promise<void>;
  react(messageId: string, emoji: string): Promise<void>;
  /** A message of the channel, or undefined when it is gone. */
  read(messageId: string): Promise<BotMessage | undefined>;
  /** Puts a picture from anywhere into the channel's store. */
  upload(url: string): Promise<Upload>;
  /** Adds to what the answer will be recognised by. */
  expect(change: Partial<Operation>): void;
}

export interface AskerDeps {
  session: DiscordSession;
  connect(): Promise<SessionInfo>;
  commands: CommandBook;
  fetchImage(url: string): Promise<FetchedImage>;
  postPage?: ((path: string, body: JsonObject) => Promise<number>) | undefined;
  operation(): Operation;
  expect(change: Partial<Operation>): void;
}

/** Interaction types. Source: discord-midjourney, 2.1. */
const COMMAND = 2;
const COMPONENT = 3;
const FORM = 5;
const BUTTON = 2;

export function createAsker(deps: AskerDeps): Asker {
  const { session, connect, commands, fetchImage, operation, expect } = deps;

  async function send(payload: JsonObject): Promise<void> {
    const { guildId, channelId, nonces } = operation();
    const { sessionId } = await connect();
    await session.interact({
      application_id: MIDJOURNEY_BOT_ID,
      // A private channel is in no server.
      ...(guildId === '' ? {} : { guild_id: guildId }),
      channel_id: channelId,
      session_id: sessionId,
      nonce: nonces.at(-1) ?? '',
      ...payload,
    });
  }

  async function runCommand(name: string, toArguments: Parameters<Asker['command']>[1]): Promise<void> {
    const command = await commands.find(operation(), name);
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
        // Refused for certain, so the same nonce may be used again.
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
      throw new AskError({ code: 'upstream-refused', title: 'Midjourney’s editor for Vary (Region) did not take the mask', details });
    },
    react: (messageId, emoji) => session.addReaction(operation().channelId, messageId, emoji),
    async read(messageId) {
      const found = await session.listMessages(operation().channelId, { limit: 1, around: messageId });
      return found.map((message) => readMessage(message)).find((message) => message?.id === messageId);
    },
    async upload(url) {
      const file = await fetchImage(url);
      const { uploadFilename } = await session.uploadAttachment(operation().channelId, file);
      return { filename: file.filename, uploadFilename };
    },
    expect,
  };
}
