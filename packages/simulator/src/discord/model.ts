/** Discord's objects as the simulator keeps them; `wire.ts` turns them into the JSON that clients get. */

export interface User {
  readonly id: string;
  readonly username: string;
  readonly globalName: string | null;
  readonly bot: boolean;
}

/** One Discord user that may log in, with their server and channel. */
export interface DiscordAccount {
  readonly token: string;
  readonly user: User;
  readonly guildId: string;
  readonly channelId: string;
}

export interface Guild {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
}

export interface Channel {
  readonly id: string;
  /** Null for a direct message channel. */
  readonly guildId: string | null;
  readonly name: string;
  /** Both ends of a direct message channel; empty in a server, where every member of the server sees the channel. */
  readonly recipients: readonly User[];
}

/** A file in the CDN. Its bytes are in the file store alone, which may drop them; messages keep these facts. */
export interface StoredFile {
  readonly id: string;
  readonly channelId: string;
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly ephemeral: boolean;
}

export interface Embed {
  title?: string;
  description?: string;
  color?: number;
  footer?: string;
  image?: StoredFile;
  /** Discord's own mark on some embeds. Source: midjourney-bot, info, `content_scan_version`. */
  contentScanVersion?: number;
}

export interface DiscordButton {
  kind: 'button';
  /** 1 primary, 2 secondary, 3 success, 4 danger, 5 link. */
  style: 1 | 2 | 3 | 4 | 5;
  label?: string;
  emoji?: string;
  /** A custom emoji; it comes without a name. */
  emojiId?: string;
  customId?: string;
  url?: string;
  /** Text of a section that has this button as its accessory. Without it the button stands in a row. */
  beside?: string;
}

export interface Select {
  kind: 'select';
  customId: string;
  options: readonly { label: string; value: string; chosen: boolean }[];
}

export type DiscordComponent = DiscordButton | Select;

/** The interaction that a message answers. */
export interface InteractionFacts {
  readonly id: string;
  readonly type: 2 | 3 | 5;
  /** Full command name with sub-command (`prefer remix`); absent for components. */
  readonly name?: string;
  readonly user: User;
  /** The message with the pressed button. */
  readonly messageId?: string;
  /** For a modal: the press that opened it. */
  readonly trigger?: InteractionFacts;
}

/** 64: only one user sees it; 128: the bot is thinking; 32768: text, pictures and buttons stand in components alone. */
export const FLAG_EPHEMERAL = 64;
export const FLAG_LOADING = 128;
export const FLAG_COMPONENTS_V2 = 32_768;

export interface Message {
  readonly id: string;
  readonly channelId: string;
  /** 0 plain, 19 reply, 20 answer to a slash command. */
  readonly type: 0 | 19 | 20;
  readonly author: User;
  readonly nonce: string | null;
  readonly createdAtMs: number;
  readonly interaction: InteractionFacts | null;
  readonly replyToId: string | null;
  /** The only user that sees an ephemeral message. */
  readonly ephemeralFor: string | null;
  editedAtMs: number | null;
  content: string;
  flags: number;
  attachments: readonly StoredFile[];
  embeds: readonly Embed[];
  rows: readonly (readonly DiscordComponent[])[];
  /** Members in Discord's own form that replace the others: a message that was written by hand through the control. */
  raw: object;
  /** The embeds that Discord made from links of the content. */
  unfurled: readonly object[];
}

/** A message not sent yet. An absent member is empty. */
export interface MessageDraft {
  content?: string;
  type?: Message['type'];
  nonce?: string | null;
  flags?: number;
  attachments?: readonly StoredFile[];
  embeds?: readonly Embed[];
  rows?: readonly (readonly DiscordComponent[])[];
  interaction?: InteractionFacts | null;
  replyToId?: string | null;
  ephemeralFor?: string | null;
  raw?: object;
}

export type Edit = Partial<Pick<Message, 'content' | 'flags' | 'attachments' | 'embeds' | 'rows' | 'raw'>>;
