import { asNumber, asObject, asObjects, asText, type JsonObject } from '@atelier/lib/json';
import type { Media } from '../../../core/engine.ts';
import type { OfferedButton, UpstreamMessage } from '../../../core/job.ts';
import { hasTag, type Heading, parseHeading, percentOf } from './prompt-text.ts';

/** A message of the bot with the fields that the engine reads. Discord may leave out any field. */
export interface BotMessage {
  readonly id: string;
  readonly channelId: string;
  readonly guildId: string | null;
  readonly authorId: string;
  readonly nonce: string | null;
  readonly content: string;
  readonly timestamp: string;
  readonly flags: number;
  readonly embeds: readonly JsonObject[];
  readonly attachments: readonly Attachment[];
  readonly components: readonly MessageComponent[];
  /** The message that this message replies to. */
  readonly referenceId: string | null;
  readonly interaction: InteractionTrail | null;
}

export interface Attachment {
  readonly url: string;
  readonly filename: string;
  readonly contentType: string;
  /** Pixels, or null if Discord does not send the size. */
  readonly width: number | null;
  readonly height: number | null;
}

/** A button or menu, without the row around it. */
export interface MessageComponent {
  readonly type: number;
  readonly label: string;
  readonly customId: string | null;
  readonly url: string | null;
  readonly style: number;
  readonly disabled: boolean;
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

/** Flag of an answer that the bot has not filled yet. Source: discord-api-docs, message flags. */
const LOADING = 128;

/** The bots Midjourney and Niji. Source: midjourney-bot, applications. */
export const MIDJOURNEY_BOT_ID = '936929561302675456';
const NIJI_BOT_ID = '1022952195194359889';

export const isFromBot = (message: BotMessage): boolean => message.authorId === MIDJOURNEY_BOT_ID || message.authorId === NIJI_BOT_ID;

/** The value as a Discord id, else undefined. */
export function asSnowflake(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? value : undefined;
}

/**
 * Reads the message of a gateway event or a history entry; undefined if it has no id. A missing field keeps its value from `before`, except
 * for the nonce, which belongs to one event only.
 */
export function readMessage(data: unknown, before?: BotMessage): BotMessage | undefined {
  const raw = asObject(data);
  const id = asSnowflake(raw?.['id']);
  if (!raw || id === undefined) return undefined;
  const has = (name: string): boolean => raw[name] !== undefined;
  return {
    id,
    channelId: asText(raw['channel_id']) ?? before?.channelId ?? '',
    guildId: asText(raw['guild_id']) ?? before?.guildId ?? null,
    authorId: asText(asObject(raw['author'])?.['id']) ?? asText(raw['application_id']) ?? before?.authorId ?? '',
    nonce: asText(raw['nonce']) ?? null,
    content: asText(raw['content']) ?? before?.content ?? '',
    timestamp: asText(raw['timestamp']) ?? before?.timestamp ?? '',
    flags: asNumber(raw['flags']) ?? before?.flags ?? 0,
    embeds: has('embeds') ? asObjects(raw['embeds']) : (before?.embeds ?? []),
    attachments: has('attachments') ? asObjects(raw['attachments']).map(toAttachment) : (before?.attachments ?? []),
    components: has('components') ? asObjects(raw['components']).flatMap(toComponents) : (before?.components ?? []),
    referenceId: asText(asObject(raw['message_reference'])?.['message_id']) ?? before?.referenceId ?? null,
    interaction: readInteraction(raw) ?? before?.interaction ?? null,
  };
}

function toAttachment(raw: JsonObject): Attachment {
  return {
    url: asText(raw['url']) ?? '',
    filename: asText(raw['filename']) ?? '',
    contentType: asText(raw['content_type']) ?? '',
    width: asNumber(raw['width']) ?? null,
    height: asNumber(raw['height']) ?? null,
  };
}

function toComponents(raw: JsonObject): MessageComponent[] {
  const inner = asObjects(raw['components']);
  if (inner.length > 0) return inner.flatMap(toComponents);
  return [
    {
      type: asNumber(raw['type']) ?? 0,
      label: asText(raw['label']) || (asText(asObject(raw['emoji'])?.['name']) ?? ''),
      customId: asText(raw['custom_id']) ?? null,
      url: asText(raw['url']) ?? null,
      style: asNumber(raw['style']) ?? 0,
      disabled: raw['disabled'] === true,
    },
  ];
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

/**
 * The stage of a job that a message shows: `loading` an empty answer that the bot will fill; `waiting` and `progress` the start message;
 * `stopped` the job was cancelled; `final` the result; `notice` an embed with a text for the user; `other` everything else.
 */
export type MessageStage = 'loading' | 'waiting' | 'progress' | 'stopped' | 'final' | 'notice' | 'other';

/** A message with its stage, its heading and the job ids that it names. */
export interface ParsedMessage {
  readonly message: BotMessage;
  readonly stage: MessageStage;
  readonly heading: Heading | null;
  /** Midjourney job ids in file names, the custom ids of buttons and the web link. */
  readonly jobUuids: readonly string[];
}

export function parseMessage(message: BotMessage): ParsedMessage {
  const heading = parseHeading(message.content);
  return { message, heading, stage: stageOf(message, heading), jobUuids: jobUuidsOf(message) };
}

export const CANCEL = /^MJ::CancelJob::/;

/** Returns the custom id of the Cancel button in a progress message, or null. */
export const cancelCustomId = (message: BotMessage): string | null =>
  message.components.find(({ customId }) => customId !== null && CANCEL.test(customId))?.customId ?? null;

const isNextStep = ({ customId }: MessageComponent): boolean => customId?.startsWith('MJ::JOB::') === true;

function stageOf(message: BotMessage, heading: Heading | null): MessageStage {
  if (heading) {
    if (hasTag(heading, 'stopped')) return 'stopped';
    if (percentOf(heading) !== null || hasTag(heading, 'paused')) return 'progress';
    if (hasTag(heading, 'waiting to start')) return 'waiting';
  }
  // Midjourney changes its wording, so the buttons show the stage too.
  if (cancelCustomId(message) !== null) return 'progress';
  if (message.attachments.length > 0 && (heading || message.components.some(isNextStep))) return 'final';
  if (message.embeds.length > 0) return 'notice';
  const empty = message.content === '' && message.attachments.length === 0 && message.components.length === 0;
  return empty || (message.flags & LOADING) !== 0 ? 'loading' : 'other';
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** Returns the last uuid in a text. File names begin with the user's name and words of the prompt, which may contain a uuid as well. */
export function lastUuid(text: string): string | null {
  return [...text.matchAll(UUID)].at(-1)?.[0].toLowerCase() ?? null;
}

/** The uuid may be anywhere in the path. Source: midjourney-bot, matching. */
function jobUuidsOf(message: BotMessage): string[] {
  const texts = [
    ...message.attachments.map((attachment) => `${pathOf(attachment.url)}/${attachment.filename}`),
    ...message.components.map((component) => component.customId ?? pathOf(component.url ?? '')),
  ];
  return [...new Set(texts.map(lastUuid).filter((uuid) => uuid !== null))];
}

const pathOf = (url: string): string => URL.parse(url)?.pathname ?? '';

/** Returns the part of a message that is stored with a job. */
export const toUpstreamMessage = (message: BotMessage): UpstreamMessage => ({
  id: message.id,
  content: message.content,
  timestamp: message.timestamp,
  flags: message.flags,
  embeds: message.embeds,
});

const BUTTON = 2;
const LINK_STYLE = 5;

/**
 * Never offered: bookmarks, links and Cancel Job, which are not steps of a job, and notices that only a person may answer (an appeal, an
 * acknowledgement, terms of service).
 */
const NEVER_OFFERED: readonly RegExp[] = [/^MJ::BOOKMARK::/i, CANCEL, /appeal/i, /acknowledge/i, /accept.?tos/i];

/** The buttons of a message that a client may press, in their order. Source: midjourney-bot, buttons. */
export function offeredButtons(message: BotMessage): OfferedButton[] {
  return message.components.filter(isOffered).map(({ label, customId, style }) => ({ label, customId, style }));
}

function isOffered(component: MessageComponent): component is MessageComponent & { customId: string } {
  const { type, customId, style, label, disabled } = component;
  if (type !== BUTTON || style === LINK_STYLE || disabled || customId === null || label === '' || label === '❤️') return false;
  return !NEVER_OFFERED.some((pattern) => pattern.test(customId) || pattern.test(label));
}

const CHOOSES_PICTURE = /^MJ::JOB::upsample::[1-4]::/;
const CHOOSES_VIDEO = /^MJ::JOB::video_virtual_upscale::/;

/** The buttons that select one video from a message with a preview of all videos. Source: midjourney-bot, buttons. */
export const videoChoices = (buttons: readonly OfferedButton[]): OfferedButton[] =>
  buttons.filter(({ customId }) => CHOOSES_VIDEO.test(customId));

/** The files of a result. A picture is a grid if the message has the buttons U1–U4. */
export function mediaOf(message: BotMessage): Media[] {
  const isGrid = message.components.filter(({ customId }) => CHOOSES_PICTURE.test(customId ?? '')).length === 4;
  return message.attachments.map(({ url, filename, contentType, width, height }) => {
    const isVideo = contentType.startsWith('video/') || /\.(?:mp4|webm)$/i.test(filename);
    const size = width === null || height === null ? {} : { width, height };
    return { role: isVideo ? 'video' : isGrid ? 'grid' : 'image', source: { url }, filename, ...size };
  });
}
