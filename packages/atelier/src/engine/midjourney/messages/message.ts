import type { Media } from '../../../core/engine.ts';
import type { OfferedButton, UpstreamMessage } from '../../../core/job.ts';
import { asText } from '@atelier/lib/json';
import type { Attachment, MessageComponent } from './message-parts.ts';
import { type BotMessage, textsOf } from './plain-form.ts';
import { hasOnlyResultTags, hasTag, type Heading, parseHeading, percentIn, percentOf } from './prompt-text.ts';

export { asSnowflake, BOT_IDS, type BotMessage, isFromBot, MIDJOURNEY_BOT_ID, readMessage } from './plain-form.ts';

/**
 * The stage of a job that a message shows:
 * - `loading`  an empty answer that the bot will fill
 * - `waiting`  a start message before the first percentage
 * - `progress` a start message at work; also every heading that is not understood
 * - `stopped`  a start message of a cancelled job
 * - `final`    the result: either its buttons prove it (`provesResult`), or its heading has a result's tags and it has a finished picture
 * - `notice`   the bot's words for the user: an embed, or a private text
 * - `other`    everything else
 *
 * A private message is never a start message. Source: midjourney-bot, results; midjourney-bot, private messages.
 */
export type MessageStage = 'loading' | 'waiting' | 'progress' | 'stopped' | 'final' | 'notice' | 'other';

/** A message with its stage, its heading and the job ids that it names. */
export interface ParsedMessage {
  readonly message: BotMessage;
  readonly stage: MessageStage;
  readonly heading: Heading | null;
  /** Whole percents from 0 to 100, or null if the message shows none. */
  readonly percent: number | null;
  /** True for a result with buttons that go on. Without it, a `final` may be an edited start message: see `asStartEdit`. */
  readonly provesResult: boolean;
  /** Midjourney job ids in file names, the custom ids of buttons and the web link. */
  readonly jobUuids: readonly string[];
}

export function parseMessage(message: BotMessage): ParsedMessage {
  const heading = headingOf(message);
  const percent = heading ? percentOf(heading) : cancelCustomId(message) === null ? null : percentIn(message.content);
  const stage = stageOf(message, heading, percent);
  return { message, heading, stage, percent, provesResult: stage === 'final' && goesOn(message), jobUuids: jobUuidsOf(message) };
}

/**
 * Returns the message as an edit of a known start message: without buttons that go on, a final text is progress, because the result of such
 * a job is another message. Source: midjourney-bot, results.
 */
export const asStartEdit = (parsed: ParsedMessage): ParsedMessage =>
  parsed.stage === 'final' && !parsed.provesResult ? { ...parsed, stage: 'progress' } : parsed;

/** The heading may stand in any text, be split between several texts, or stand in an embed of the bot. */
function headingOf(message: BotMessage): Heading | null {
  const inEmbeds = message.embeds.flatMap((embed) => [embed['description'], embed['title']].map((text) => asText(text) ?? ''));
  for (const text of [...textsOf(message.places), message.content, ...inEmbeds]) {
    const heading = parseHeading(text);
    if (heading) return heading;
  }
  return null;
}

export const CANCEL = /^MJ::CancelJob::/;

/** Returns the custom id of the Cancel button in a progress message, or null. */
export const cancelCustomId = (message: BotMessage): string | null =>
  message.components.find(({ customId }) => customId !== null && CANCEL.test(customId))?.customId ?? null;

/** Buttons that make another picture from this one. Source: midjourney-bot, buttons. */
const GOES_ON = /^MJ::(?:JOB|Outpaint|Inpaint|CustomZoom)::/;

/** Returns true if the message offers a button that makes another picture. */
export const goesOn = (message: BotMessage): boolean =>
  message.components.some(({ customId, disabled }) => customId !== null && !disabled && GOES_ON.test(customId));

/** Source: midjourney-bot, files. */
const PREVIEW = /(?:^|[_/])(?:grid_0(?:_\w{1,20})?|step_\d{1,4})\.[a-z0-9]+$/i;

/** The finished grid on Midjourney's own CDN has the name of a preview. */
const isPreview = ({ url, filename }: Attachment): boolean =>
  [pathOf(url), filename].some((name) => PREVIEW.test(name)) && URL.parse(url)?.hostname !== 'cdn.midjourney.com';

/** The files of a message without previews. */
const finishedFiles = (message: BotMessage): Attachment[] =>
  message.media.filter((file) => !isPreview(file) && !(message.isPrivate && file.isFromEmbed));

function stageOf(message: BotMessage, heading: Heading | null, percent: number | null): MessageStage {
  const start = startStageOf(message, heading, percent);
  const isFinished = start === null && finishedFiles(message).length > 0;
  if (isFinished && goesOn(message)) return 'final';
  if (message.isPrivate) return isLoading(message) ? 'loading' : 'notice';
  if (start) return start;
  if (heading) return isFinished && hasOnlyResultTags(heading) ? 'final' : 'progress';
  if (message.embeds.length > 0) return 'notice';
  return isLoading(message) ? 'loading' : 'other';
}

/** The stage by the words of a start message and its Cancel button; null if it shows none of them. */
function startStageOf(message: BotMessage, heading: Heading | null, percent: number | null): 'waiting' | 'progress' | 'stopped' | null {
  if (heading) {
    if (hasTag(heading, 'stopped')) return 'stopped';
    if (percent !== null || hasTag(heading, 'paused')) return 'progress';
    if (hasTag(heading, 'waiting')) return 'waiting';
  }
  // Midjourney changes its wording, so the Cancel button shows the stage too.
  return cancelCustomId(message) === null ? null : 'progress';
}

const isLoading = ({ content, media, components, embeds }: BotMessage): boolean =>
  content === '' && media.length === 0 && components.length === 0 && embeds.length === 0;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** Returns the last uuid in a text. File names begin with the user's name and words of the prompt, which may contain a uuid as well. */
export function lastUuid(text: string): string | null {
  return [...text.matchAll(UUID)].at(-1)?.[0].toLowerCase() ?? null;
}

/** The uuid may be anywhere in the path. Source: midjourney-bot, matching. */
function jobUuidsOf(message: BotMessage): string[] {
  const texts = [
    ...message.media.map((attachment) => `${pathOf(attachment.url)}/${attachment.filename}`),
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

/** The files of a result, without previews. A picture is a grid if the message has the buttons U1–U4. */
export function mediaOf(message: BotMessage): Media[] {
  const isGrid = message.components.filter(({ customId }) => CHOOSES_PICTURE.test(customId ?? '')).length === 4;
  return finishedFiles(message).map(({ url, filename, contentType, width, height }) => {
    const isVideo = contentType.startsWith('video/') || /\.(?:mp4|webm|mov)$/i.test(filename);
    const size = width === null || height === null ? {} : { width, height };
    return { role: isVideo ? 'video' : isGrid ? 'grid' : 'image', source: { url }, filename, ...size };
  });
}
