import type { Clock } from '@atelier/lib/clock';
import type { FileStore } from './file-store.ts';
import {
  FLAG_EPHEMERAL,
  type Channel,
  type DiscordAccount,
  type MessageDraft,
  type Edit,
  type Guild,
  type Message,
  type StoredFile,
  type User,
} from './model.ts';
import type { Switches } from '../switches.ts';
import type { TokenTable } from './tokens.ts';
import { unfurl } from './unfurl.ts';
import type { SessionTable } from './gateway/sessions.ts';
import { toWireMessage, type WireContext } from './wire.ts';
import { toWireChannel, toWireMember } from './wire-guild.ts';
import { createdAtMs } from './ids.ts';

/** Messages kept per channel; the oldest are deleted first. */
const MAX_MESSAGES_PER_CHANNEL = 10_000;
/** Source: discord-api-docs, messages. */
const MAX_BULK_DELETIONS = 100;

/**
 * The accounts, servers, channels and messages of this Discord. Every change to a message is sent to the sessions of all users
 * who can see it.
 */
export interface Hub {
  addAccount(account: DiscordAccount, guildName: string): void;
  accountByToken(token: string): DiscordAccount | undefined;
  accountByUser(userId: string): DiscordAccount | undefined;
  accounts(): DiscordAccount[];
  guild(id: string): Guild | undefined;
  channel(id: string): Channel | undefined;
  channelsOf(guildId: string): Channel[];
  membersOf(guildId: string): User[];
  canSee(account: DiscordAccount, channel: Channel): boolean;
  directChannels(userId: string): Channel[];
  /** The direct message channel of two users, made on first use. */
  openDirectChannel(user: User, other: User): Channel;

  post(channelId: string, author: User, draft: MessageDraft): Message;
  edit(message: Message, edit: Edit): void;
  remove(message: Message): void;
  /** Removes every message of a channel but private ones, at most a hundred in one event. Returns their number. */
  empty(channelId: string): number;
  /** Newest first, without ephemeral messages. */
  history(channelId: string): Message[];
  find(channelId: string, messageId: string): Message | undefined;
  toWire(message: Message): object;
  /** One event to all sessions of one user. */
  tell(userId: string, name: string, data: object): void;
  storeFile(channelId: string, file: NewFile, options?: { ephemeral: boolean }): StoredFile;
}

/** A file that is not in the CDN yet. */
export interface NewFile extends Pick<StoredFile, 'filename' | 'contentType' | 'width' | 'height'> {
  bytes: Uint8Array;
}

export interface HubDependencies {
  clock: Clock;
  switches: Switches;
  tokens: TokenTable;
  files: FileStore;
  sessions: SessionTable;
  nextId: () => string;
}

export function createHub({ clock, switches, tokens, files, sessions, nextId }: HubDependencies): Hub {
  const accounts = new Map<string, DiscordAccount>();
  const guilds = new Map<string, Guild>();
  const channels = new Map<string, Channel>();
  const messages = new Map<string, Map<string, Message>>();

  const channelMessages = (channelId: string): Map<string, Message> => {
    const known = messages.get(channelId) ?? new Map<string, Message>();
    messages.set(channelId, known);
    return known;
  };
  const canSee = (account: DiscordAccount, channel: Channel): boolean =>
    channel.guildId === null ? channel.recipients.some((user) => user.id === account.user.id) : channel.guildId === account.guildId;
  const find = (channelId: string, messageId: string): Message | undefined => messages.get(channelId)?.get(messageId);
  const context: WireContext = {
    files,
    find,
    guildIdOf: (channelId) => channels.get(channelId)?.guildId ?? null,
    mentioned: (content) => [...accounts.values()].map((account) => account.user).filter((user) => content.includes(`<@${user.id}>`)),
  };
  const announce = (message: Message, name: string, data: (forMembers: object) => object): void => {
    const channel = channels.get(message.channelId);
    if (!channel || !switches.messageEvents) return;
    // Ephemeral messages come without `guild_id` and `member`. Source: discord-userdoccers, messages in the gateway.
    const guildId = (message.flags & FLAG_EPHEMERAL) === 0 ? channel.guildId : null;
    const body = data(guildId === null ? {} : { guild_id: guildId });
    const viewers = [...accounts.values()].filter((account) =>
      message.ephemeralFor === null ? canSee(account, channel) : account.user.id === message.ephemeralFor,
    );
    sessions.broadcast(
      viewers.map((account) => account.user.id),
      { name, data: body, guildId },
    );
  };
  const wireOf = (message: Message): object => {
    const wire = { embeds: [], ...toWireMessage(message, context), ...message.raw };
    return { ...wire, embeds: [...wire.embeds, ...message.unfurled] };
  };
  const announceWhole = (message: Message, name: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE'): void =>
    announce(message, name, (place) => ({
      ...wireOf(message),
      channel_type: channels.get(message.channelId)?.guildId === null ? 1 : 0,
      ...('guild_id' in place ? { ...place, member: toWireMember(createdAtMs(String(place.guild_id))) } : {}),
    }));

  /** Discord opens the links of a message after a while, and tells of it as of an edit that nobody made. */
  const unfurlLater = (message: Message): void => {
    const pages = unfurl(message.content, switches);
    if (pages.length === 0 || message.unfurled.length > 0) return;
    clock.after(switches.unfurlDelayMs, () => {
      if (message.unfurled.length > 0 || !find(message.channelId, message.id)) return;
      message.unfurled = pages;
      announceWhole({ ...message, nonce: null }, 'MESSAGE_UPDATE');
    });
  };

  return {
    addAccount(account, guildName) {
      accounts.set(account.user.id, account);
      tokens.add(account.user.id, account.token);
      const { guildId, channelId } = account;
      if (!guilds.has(guildId)) guilds.set(guildId, { id: guildId, name: guildName, ownerId: account.user.id });
      if (!channels.has(channelId)) channels.set(channelId, { id: channelId, guildId, name: 'pictures', recipients: [] });
    },
    accountByToken: (token) => accounts.get(tokens.userOf(token) ?? ''),
    accountByUser: (userId) => accounts.get(userId),
    accounts: () => [...accounts.values()],
    guild: (id) => guilds.get(id),
    channel: (id) => channels.get(id),
    channelsOf: (guildId) => [...channels.values()].filter((channel) => channel.guildId === guildId),
    membersOf: (guildId) => [...accounts.values()].filter((account) => account.guildId === guildId).map(({ user }) => user),
    canSee,
    directChannels: (userId) => [...channels.values()].filter((channel) => channel.recipients.some((user) => user.id === userId)),
    openDirectChannel(user, other) {
      const known = [...channels.values()].find((channel) =>
        [user, other].every((end) => channel.recipients.some((recipient) => recipient.id === end.id)),
      );
      if (known) return known;
      const channel: Channel = { id: nextId(), guildId: null, name: '', recipients: [user, other] };
      channels.set(channel.id, channel);
      // The user's own end is left out of the event. Source: discord-api-docs, servers and channels.
      const data = toWireChannel({ ...channel, recipients: [other] });
      sessions.broadcast([user.id], { name: 'CHANNEL_CREATE', data, guildId: null });
      return channel;
    },

    post(channelId, author, draft) {
      const message: Message = {
        id: nextId(),
        channelId,
        type: draft.type ?? 0,
        author,
        nonce: draft.nonce ?? null,
        createdAtMs: clock.now(),
        interaction: draft.interaction ?? null,
        replyToId: draft.replyToId ?? null,
        ephemeralFor: draft.ephemeralFor ?? null,
        editedAtMs: null,
        content: draft.content ?? '',
        flags: draft.flags ?? 0,
        attachments: draft.attachments ?? [],
        embeds: draft.embeds ?? [],
        rows: draft.rows ?? [],
        raw: draft.raw ?? {},
        unfurled: [],
      };
      const all = channelMessages(channelId);
      all.set(message.id, message);
      for (const oldestId of all.keys()) {
        if (all.size <= MAX_MESSAGES_PER_CHANNEL) break;
        all.delete(oldestId);
      }
      announceWhole(message, 'MESSAGE_CREATE');
      unfurlLater(message);
      return message;
    },
    edit(message, edit) {
      Object.assign(message, edit);
      message.editedAtMs = clock.now();
      // The nonce belongs to the creation alone. Source: midjourney-bot, start to result.
      if (!find(message.channelId, message.id)) return;
      announceWhole({ ...message, nonce: null }, 'MESSAGE_UPDATE');
      unfurlLater(message);
    },
    remove(message) {
      if (!channelMessages(message.channelId).delete(message.id)) return;
      announce(message, 'MESSAGE_DELETE', (place) => ({ id: message.id, channel_id: message.channelId, ...place }));
    },
    empty(channelId) {
      const all = [...channelMessages(channelId).values()].filter((message) => message.ephemeralFor === null);
      for (const { id } of all) channelMessages(channelId).delete(id);
      for (let from = 0; from < all.length; from += MAX_BULK_DELETIONS) {
        const some = all.slice(from, from + MAX_BULK_DELETIONS);
        const [first] = some;
        if (first) announce(first, 'MESSAGE_DELETE_BULK', (place) => ({ ids: some.map(({ id }) => id), channel_id: channelId, ...place }));
      }
      return all.length;
    },
    history: (channelId) => [...channelMessages(channelId).values()].filter((message) => message.ephemeralFor === null).toReversed(),
    find,
    // History shows no nonce, as Discord's does not.
    toWire: (message) => wireOf({ ...message, nonce: null }),
    tell: (userId, name, data) => sessions.broadcast([userId], { name, data, guildId: null }),
    storeFile: (channelId, { bytes, filename, contentType, width, height }, options) =>
      files.add(
        {
          id: nextId(),
          channelId,
          filename,
          contentType,
          width,
          height,
          sizeBytes: bytes.byteLength,
          ephemeral: options?.ephemeral ?? false,
        },
        bytes,
      ),
  };
}
