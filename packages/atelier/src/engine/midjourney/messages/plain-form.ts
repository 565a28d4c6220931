import type { BotName } from '../input.ts';
import { asNumber, asObject, asObjects, asText, type JsonObject } from '@atelier/lib/json';
import {
  liftComponents,
  liftEmbedMedia,
  toAttachment,
  type Attachment,
  type LiftedComponents,
  type MessageComponent,
} from './message-parts.ts';
import { parseHeading } from './prompt-text.ts';

/**
 * A message of the bot in its plain form: Discord has many places for text, files and buttons, and the plain form has one of each. All
 * rules read the plain form only. Source: midjourney-bot, message parts.
 */
export interface BotMessage {
  readonly id: string;
  readonly channelId: string;
  readonly guildId: string | null;
  readonly authorId: string;
  readonly nonce: string | null;
  /** The texts of all places, joined by newlines. A text with the heading of a job comes first. Embeds keep their texts. */
  readonly content: string;
  readonly timestamp: string;
  readonly flags: number;
  /** Flag 64: only this user sees the message, and the history never shows it. Source: midjourney-bot, private messages. */
  readonly isPrivate: boolean;
  /** The bot's own embeds. Embeds that Discord makes from links are left out. Source: midjourney-bot, embeds of links. */
  readonly embeds: readonly JsonObject[];
  /** Every file once: attachments, galleries, thumbnails, file components and the images of the bot's own embeds. */
  readonly media: readonly Attachment[];
  /** Buttons and menus of every place. */
  readonly components: readonly MessageComponent[];
  /** Discord users that the message mentions. */
  readonly mentionIds: readonly string[];
  /** The message that this message replies to. */
  readonly referenceId: string | null;
  readonly interaction: InteractionTrail | null;
  readonly places: MessagePlaces;
}

/** The texts and files of each place. An update may bring one place alone, so `readMessage` needs the other places. */
export interface MessagePlaces {
  readonly content: string;
  readonly attachments: readonly Attachment[];
  readonly lifted: LiftedComponents;
  /** Forwarded messages and the texts of a poll. */
  readonly quoted: { readonly texts: readonly string[]; readonly attachments: readonly Attachment[] };
  /** The ids in `mentions`, or null if Discord has not sent the field. */
  readonly mentions: readonly string[] | null;
  /** The place whose text changed last. A heading in it is newer than a heading in the other place. */
  readonly newest: 'content' | 'components';
}

/** The interaction that a message answers, from `interaction`, `interaction_metadata` and the triggering interaction. */
export interface InteractionTrail {
  readonly ids: readonly string[];
  /** `imagine`, `prefer remix`; null for buttons and forms. */
  readonly name: string | null;
  readonly userId: string | null;
  /** The message with the pressed button. */
  readonly interactedMessageId: string | null;
}

/** The bots Midjourney and Niji. Source: midjourney-bot, applications. */
export const MIDJOURNEY_BOT_ID = '936929561302675456';
export const BOT_IDS: Readonly<Record<BotName, string>> = { midjourney: MIDJOURNEY_BOT_ID, niji: '1022952195194359889' };

export const isFromBot = (message: BotMessage): boolean => Object.values(BOT_IDS).includes(message.authorId);

/** The value as a Discord id, else undefined. */
export function asSnowflake(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? value : undefined;
}

/** Flag of a message that only one user sees. Source: discord-api-docs, message flags. */
const EPHEMERAL = 64;

/**
 * Reads the message of a gateway event or a history entry; undefined if it has no id. Never throws. A missing field keeps its value from
 * `before`, except for the nonce, which belongs to one event only.
 */
export function readMessage(data: unknown, before?: BotMessage): BotMessage | undefined {
  const raw = asObject(data);
  const id = asSnowflake(raw?.['id']);
  if (!raw || id === undefined) return undefined;
  const places = readPlaces(raw, before?.places);
  const embeds = Array.isArray(raw['embeds']) ? asObjects(raw['embeds']).filter(isOwnEmbed).slice(0, MAX_EMBEDS) : (before?.embeds ?? []);
  const content = joinTexts(places);
  const flags = asNumber(raw['flags']) ?? before?.flags ?? 0;
  return {
    id,
    channelId: asText(raw['channel_id']) ?? before?.channelId ?? '',
    guildId: asText(raw['guild_id']) ?? before?.guildId ?? null,
    authorId: asText(asObject(raw['author'])?.['id']) ?? asText(raw['application_id']) ?? before?.authorId ?? '',
    nonce: asText(raw['nonce']) ?? null,
    content,
    timestamp: asText(raw['timestamp']) ?? before?.timestamp ?? '',
    flags,
    isPrivate: (flags & EPHEMERAL) !== 0,
    embeds,
    media: joinMedia(places, embeds),
    components: places.lifted.components,
    mentionIds: places.mentions ?? [...new Set([...content.matchAll(MENTION)].map(([, user]) => user ?? ''))],
    referenceId: asSnowflake(asObject(raw['message_reference'])?.['message_id']) ?? before?.referenceId ?? null,
    interaction: readInteraction(raw) ?? before?.interaction ?? null,
    places,
  };
}

const MENTION = /<@!?(\d{1,20})>/g;

/** Discord allows ten embeds. */
const MAX_EMBEDS = 10;

/** Discord allows ten attachments. */
const MAX_FILES = 100;

/** Characters that are read of one text. Discord allows 4,000 in a message. */
const MAX_TEXT = 20_000;

const NO_COMPONENTS: LiftedComponents = { texts: [], attachments: [], components: [], accentColor: null };

function readPlaces(raw: JsonObject, before: MessagePlaces | undefined): MessagePlaces {
  const lifted = Array.isArray(raw['components']) ? liftComponents(raw['components']) : undefined;
  const content = typeof raw['content'] === 'string' ? raw['content'].slice(0, MAX_TEXT) : undefined;
  const newest = lifted && lifted.texts.length > 0 ? 'components' : content ? 'content' : undefined;
  return {
    content: content ?? before?.content ?? '',
    attachments: Array.isArray(raw['attachments'])
      ? asObjects(raw['attachments'])
          .slice(0, MAX_FILES)
          .flatMap((item) => toAttachment(item) ?? [])
      : (before?.attachments ?? []),
    lifted: lifted ?? before?.lifted ?? NO_COMPONENTS,
    quoted: readQuoted(raw) ?? before?.quoted ?? { texts: [], attachments: [] },
    mentions: readMentions(raw) ?? before?.mentions ?? null,
    newest: newest ?? before?.newest ?? 'content',
  };
}

function readMentions(raw: JsonObject): string[] | undefined {
  if (!Array.isArray(raw['mentions'])) return undefined;
  return asObjects(raw['mentions']).flatMap((user) => asSnowflake(user['id']) ?? []);
}

/** Reads forwarded messages and polls. The buttons of a forwarded message cannot be pressed, so they are left out. */
function readQuoted(raw: JsonObject): MessagePlaces['quoted'] | undefined {
  const poll = asObject(raw['poll']);
  if (!poll && !Array.isArray(raw['message_snapshots'])) return undefined;
  const forwarded = asObjects(raw['message_snapshots'])
    .slice(0, MAX_EMBEDS)
    .map((snapshot) => readPlaces({ ...asObject(snapshot['message']), message_snapshots: [] }, undefined));
  const answers = asObjects(poll?.['answers']).map((answer) => asText(asObject(answer['poll_media'])?.['text']));
  const asked = [asText(asObject(poll?.['question'])?.['text']), ...answers].filter((text) => text !== undefined);
  return {
    texts: [...asked, ...forwarded.flatMap(({ content, lifted }) => [content, ...lifted.texts])],
    attachments: forwarded.flatMap(({ attachments, lifted }) => [...attachments, ...lifted.attachments]),
  };
}

/**
 * Returns the texts of all places; texts that show a job's heading come first. If both the content and a text display show a heading, the
 * older one is left out: a partial update brings one of the two places.
 */
export function textsOf({ content, lifted, quoted, newest }: MessagePlaces): string[] {
  const shows = (text: string): boolean => parseHeading(text) !== null;
  const isDoubled = shows(content) && lifted.texts.some(shows);
  const displays = isDoubled && newest === 'content' ? lifted.texts.filter((text) => !shows(text)) : lifted.texts;
  const all = [isDoubled && newest === 'components' ? '' : content, ...displays, ...quoted.texts].filter((text) => text !== '');
  return [...all.filter(shows), ...all.filter((text) => !shows(text))];
}

const joinTexts = (places: MessagePlaces): string => textsOf(places).join('\n').slice(0, MAX_TEXT);

/** A link to a file that stands among the attachments, or was linked before, is the same file. */
function joinMedia({ attachments, lifted, quoted }: MessagePlaces, embeds: readonly JsonObject[]): Attachment[] {
  const found = [...attachments];
  const seen = new Set(attachments.flatMap(({ id, identity }) => [id, identity]));
  for (const item of [...lifted.attachments, ...embeds.flatMap(liftEmbedMedia), ...quoted.attachments]) {
    if (seen.has(item.identity) || (item.id !== null && seen.has(item.id))) continue;
    found.push(item);
    seen.add(item.identity);
  }
  return found;
}

/** Discord fills `url` or `provider` of embeds that it makes from links. Captures without `type` are older than the field. */
function isOwnEmbed(embed: JsonObject): boolean {
  return (embed['type'] === undefined || embed['type'] === 'rich') && !embed['url'] && !embed['provider'];
}

function readInteraction(raw: JsonObject): InteractionTrail | null {
  const plain = asObject(raw['interaction']);
  const metadata = asObject(raw['interaction_metadata']);
  const trigger = asObject(metadata?.['triggering_interaction_metadata']);
  const sources = [plain, metadata, trigger].filter((source) => source !== undefined);
  if (sources.length === 0) return null;
  const first = (name: string): string | null => sources.map((source) => asText(source[name])).find(Boolean) ?? null;
  return {
    ids: [...new Set(sources.map((source) => asSnowflake(source['id'])).filter((id) => id !== undefined))],
    name: first('name'),
    userId: sources.map((source) => asText(asObject(source['user'])?.['id'])).find(Boolean) ?? null,
    interactedMessageId: first('interacted_message_id'),
  };
}
