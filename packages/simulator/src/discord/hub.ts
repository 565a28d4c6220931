import type { Clock } from '@atelier/lib/clock';
import type { FileStore } from './file-store.ts';
import { FLAG_EPHEMERAL, type MessageDraft, type Edit, type Message, type StoredFile, type User } from './model.ts';
import type { Switches } from '../switches.ts';
import type { TokenTable } from './conditions/tokens.ts';
import { unfurl } from './conditions/unfurl.ts';
import type { SessionTable } from './gateway/sessions.ts';
import { toWireMessage, type WireContext } from './wire.ts';
import { createPlaces, type Places } from './places.ts';
import { toWireMember } from './wire-guild.ts';
import { createdAtMs } from './ids.ts';

/** Messages kept per channel; the oldest are deleted first. */
const MAX_MESSAGES_PER_CHANNEL = 10_000;
/** Source: discord-api-docs, messages. */
const MAX_BULK_DELETIONS = 100;

/**
 * The accounts, servers, channels and messages of this Discord. Every change to a message is sent to the sessions of all users
 * who can see it.
 */
export interface Hub extends Places {
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
  const places = createPlaces({
    tokens,
    nextId,
    tell: (userId, name, data) => sessions.broadcast([userId], { name, data, guildId: null }),
  });
  const messages = new Map<string, Map<string, Message>>();

  const channelMessages = (channelId: string): Map<string, Message> => {
    const known = messages.get(channelId) ?? new Map<string, Message>();
    messages.set(channelId, known);
    return known;
  };
  const find = (channelId: string, messageId: string): Message | undefined => messages.get(channelId)?.get(messageId);
  const context: WireContext = {
    files,
    find,
    guildIdOf: (channelId) => places.channel(channelId)?.guildId ?? null,
    mentioned: (content) =>
      places
        .accounts()
        .map(({ user }) => user)
        .filter((user) => content.includes(`<@${user.id}>`)),
  };
  const announce = (message: Message, name: string, data: (forMembers: object) => object): void => {
    const channel = places.channel(message.channelId);
    if (!channel || !switches.messageEvents) return;
    // Ephemeral messages come without `guild_id` and `member`. Source: discord-userdoccers, messages in the gateway.
    const guildId = (message.flags & FLAG_EPHEMERAL) === 0 ? channel.guildId : null;
    const body = data(guildId === null ? {} : { guild_id: guildId });
    const viewers = places
      .accounts()
      .filter((account) => (message.ephemeralFor === null ? places.canSee(account, channel) : account.user.id === message.ephemeralFor))
      .map(({ user }) => user.id);
    sessions.broadcast(viewers, { name, data: body, guildId });
  };
  const wireOf = (message: Message): object => {
    const wire = { embeds: [], ...toWireMessage(message, context), ...message.raw };
    return { ...wire, embeds: [...wire.embeds, ...message.unfurled] };
  };
  const announceWhole = (message: Message, name: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE'): void =>
    announce(message, name, (place) => ({
      ...wireOf(message),
      channel_type: places.channel(message.channelId)?.guildId === null ? 1 : 0,
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
    ...places,
    post(channelId, author, draft) {
      const message = toMessage(draft, { id: nextId(), channelId, author, createdAtMs: clock.now() });
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

/** A message of a draft. An absent member is empty. */
const toMessage = (draft: MessageDraft, fixed: Pick<Message, 'id' | 'channelId' | 'author' | 'createdAtMs'>): Message => ({
  ...fixed,
  type: draft.type ?? 0,
  nonce: draft.nonce ?? null,
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
});
