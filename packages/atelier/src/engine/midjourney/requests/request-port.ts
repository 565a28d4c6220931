import type { APIApplicationCommand } from 'discord-api-types/v10';
import type { JsonObject } from '@atelier/lib/json';
import type { ButtonInput } from '../input.ts';
import type { BotMessage } from '../messages/message.ts';

export interface UploadedPicture {
  filename: string;
  uploadFilename: string;
}

/** The changed region and its prompt for Vary (Region). */
export interface RegionEdit {
  /** Base64 of a picture that is white where Midjourney must paint again. A `data:` URL is accepted. */
  mask: string;
  /** Null: the prompt of the picture. */
  prompt: string | null;
}

/** The options and files of a slash command. */
export interface CommandArguments {
  options: JsonObject[];
  uploads?: UploadedPicture[];
}

/**
 * Sends requests to Midjourney in one channel, with the last nonce of the operation. All methods reject with `DiscordRestError`,
 * `UrlFetchError` or `BotRequestError`.
 */
export interface RequestSender {
  /** Runs a slash command. The arguments may depend on the options that the command offers. */
  command(name: string, toArguments: (command: APIApplicationCommand) => CommandArguments | Promise<CommandArguments>): Promise<void>;
  press(button: Pick<ButtonInput, 'customId' | 'messageId' | 'messageFlags'>): Promise<void>;
  sendForm(data: JsonObject): Promise<void>;
  /** Sends the request that the editor of Vary (Region) sends. */
  sendRegion(page: { customId: string }, region: RegionEdit): Promise<void>;
  react(messageId: string, emoji: string): Promise<void>;
  /** Reads a message of the channel; undefined if it was deleted. */
  read(messageId: string): Promise<BotMessage | undefined>;
  /** Uploads the picture behind a URL to the channel. */
  upload(url: string): Promise<UploadedPicture>;
  /** Uploads the picture and posts it in the channel, which gives it a public link. Returns the link. */
  publish(url: string): Promise<string>;
  /** Tells the Midjourney jobs that the answer will name. */
  expect(jobUuids: readonly string[]): void;
}
