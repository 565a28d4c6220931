import { fieldsOf, listOf, textOf, type Fields } from './wire.ts';

export const BOT_ID = '936929561302675456';
const EPHEMERAL = 64;
const COMPLETE_UPDATE = ['id', 'channel_id', 'guild_id'];

export interface Place {
  channelId: string;
  /** Empty for a private channel. */
  guildId: string;
}

/** The messages of all channels, the oldest first. */
export interface Channels {
  /** Stores a message with every field that a message has. Returns it as an event shows it. */
  add(message: Fields, place: Place): Fields;
  /** Changes a message. Returns the whole message, or the changed fields alone. */
  change(changes: Fields, place: Place, updates: 'full' | 'partial'): Fields;
  remove(channelId: string, ids: readonly string[]): void;
  /** As `GET /channels/{id}/messages` answers: the newest first, without private answers. */
  list(channelId: string, query: URLSearchParams): Fields[];
}

export function createChannels(deps: { nowMs: () => number; nextId: () => string }): Channels {
  const byChannel = new Map<string, Map<string, Fields>>();
  const messagesOf = (channelId: string): Map<string, Fields> => {
    const known = byChannel.get(channelId) ?? new Map<string, Fields>();
    byChannel.set(channelId, known);
    return known;
  };
  const timestamp = (): string => new Date(deps.nowMs()).toISOString().replace('Z', '000+00:00');

  return {
    add(message, place) {
      const whole = complete({ timestamp: timestamp(), ...message }, place, deps.nextId);
      messagesOf(place.channelId).set(textOf(whole['id']), withoutNonce(whole));
      return whole;
    },
    change(changes, place, updates) {
      const before = messagesOf(place.channelId).get(textOf(changes['id'])) ?? {};
      const whole = complete({ ...before, ...changes, edited_timestamp: timestamp() }, place, deps.nextId);
      if ('id' in before) messagesOf(place.channelId).set(textOf(whole['id']), whole);
      const names = new Set([...COMPLETE_UPDATE, ...Object.keys(changes), 'edited_timestamp']);
      return updates === 'full' ? whole : Object.fromEntries(Object.entries(whole).filter(([name]) => names.has(name)));
    },
    remove(channelId, ids) {
      for (const id of ids) messagesOf(channelId).delete(id);
    },
    list: (channelId, query) =>
      select(
        [...messagesOf(channelId).values()].filter((message) => !isPrivate(message)),
        query,
      ),
  };
}

/** A nonce stands in the event of its message, and in no history. */
const withoutNonce = ({ nonce: _nonce, ...message }: Fields): Fields => message;

const isPrivate = (message: Fields): boolean => (Number(message['flags'] ?? 0) & EPHEMERAL) !== 0;

function select(messages: readonly Fields[], query: URLSearchParams): Fields[] {
  const idOf = (message: Fields): bigint => BigInt(textOf(message['id']));
  const newestFirst = messages.toSorted((one, other) => (idOf(one) < idOf(other) ? 1 : -1));
  const limit = Number(query.get('limit') ?? 50);
  const [before, after, around] = ['before', 'after', 'around'].map((name) => query.get(name));
  if (before) return newestFirst.filter((message) => idOf(message) < BigInt(before)).slice(0, limit);
  if (after) return newestFirst.filter((message) => idOf(message) > BigInt(after)).slice(-limit);
  if (!around) return newestFirst.slice(0, limit);
  const centre = newestFirst.findIndex((message) => idOf(message) <= BigInt(around));
  const first = Math.max((centre === -1 ? newestFirst.length : centre) - Math.floor(limit / 2), 0);
  return newestFirst.slice(first, first + limit);
}

/** The fields that Discord sends with every message. Source: discord-api-docs, messages. */
function complete(message: Fields, { channelId, guildId }: Place, nextId: () => string): Fields {
  const content = textOf(message['content']);
  const reference = message['message_reference'];
  const metadata = message['interaction_metadata'];
  return {
    type: 0,
    channel_id: channelId,
    ...(guildId === '' || isPrivate(message) ? {} : { guild_id: guildId }),
    application_id: BOT_ID,
    author: { id: BOT_ID, username: 'Midjourney Bot', global_name: null, discriminator: '9282', bot: true, avatar: null },
    content,
    mentions: [...new Set([...content.matchAll(/<@!?(\d+)>/g)].map(([, id]) => id))].map((id) => ({ id, username: `user${id}` })),
    mention_roles: [],
    mention_everyone: false,
    embeds: [],
    components: [],
    pinned: false,
    tts: false,
    flags: 0,
    edited_timestamp: null,
    ...message,
    attachments: listOf(message['attachments']).map((attachment) => completeAttachment(attachment, nextId)),
    ...(reference === undefined
      ? {}
      : { message_reference: { type: 0, channel_id: channelId, guild_id: guildId, ...fieldsOf(reference) } }),
    ...(metadata === undefined ? {} : { interaction_metadata: { authorizing_integration_owners: { 0: guildId }, ...fieldsOf(metadata) } }),
  };
}

function completeAttachment(attachment: Fields, nextId: () => string): Fields {
  const url = textOf(attachment['url']);
  return { id: nextId(), size: 1_000, proxy_url: url, ...attachment };
}
