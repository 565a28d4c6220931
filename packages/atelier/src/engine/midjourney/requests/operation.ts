import { type FailureCode, isFailureCode } from '../../../core/errors.ts';
import { type JsonObject, type JsonValue, asNumber, asObject, asObjects, asText, asTexts, isJsonObject } from '@atelier/lib/json';
import type { BotName } from '../input.ts';

/**
 * Everything that identifies one job at Midjourney, as plain JSON. The queue writes it before the request is sent and after each new id, so
 * that the job's messages can be recognised after a crash. Each change creates a new object.
 */
export type MidjourneyOperation = {
  accountId: string;
  /** The bot that gets the requests of the job. */
  bot: BotName;
  channelId: string;
  /** Empty for the private channel with the bot. */
  guildId: string;
  /** When the job was planned. Older messages cannot belong to it. */
  plannedAtMs: number;
  /** Number of requests to Midjourney, including the planned one. */
  attempts: number;
  /** Every nonce that a request may have used; the last nonce is in use. */
  nonces: string[];
  /** The nonce of the form that the pressed button opened; null before that. */
  modalNonce: string | null;
  /** Discord's ids of the job's interactions. */
  interactionIds: string[];
  /** Ids of the start messages, which show the progress. */
  messageIds: string[];
  /** Midjourney's ids of the job. */
  jobUuids: string[];
  /** Discord or Midjourney has shown that it has the job's request: an interaction id or a message was seen. Such a request is never repeated. */
  isSeen: boolean;
  /** Percentage that Midjourney last showed, 0–100. */
  percent: number;
  /** Midjourney's last words about the job: the reason if it ends without a result. */
  lastWords: LastWords | null;
  /** The result was searched for by `/show`. */
  isRescued: boolean;
  /** The message with the pressed button, or the message of a seed request. */
  sourceMessageId: string | null;
  /** The prompt that was sent; null if a button repeats the prompt of its source. */
  prompt: string | null;
  /** The prompt as Midjourney last repeated it. */
  echo: string | null;
  /** Midjourney starts the job after another job has ended ("Job queued"). */
  queued: boolean;
  queuedAtMs: number | null;
  /** The Cancel button of the job, once a message has offered it. */
  cancel: { messageId: string; customId: string } | null;
  /** The job's videos, once a preview shows them all and each must be requested. */
  videos: VideoSelection | null;
};

/** A text of Midjourney that neither ended the job nor was its result. */
export type LastWords = { failure: { code: FailureCode; title: string; details: string | null }; message: LastMessage };

type LastMessage = { id: string; content: string; timestamp: string; flags: number; embeds: JsonObject[] };

/** Progress of requesting the videos of a job. */
export type VideoSelection = {
  /** The message with the preview of all videos. */
  messageId: string;
  /** The preview and the messages with a video. They all name the same Midjourney job, and they are not the next video. */
  taken: string[];
  /** Custom ids of the buttons without an answer; the engine presses the first. */
  left: string[];
  /** The videos so far: parts of the result. */
  media: { url: string; filename: string; width: number; height: number }[];
  buttons: { label: string; customId: string; style: number; messageId: string }[];
};

export const createOperation = (
  facts: Pick<MidjourneyOperation, 'accountId' | 'channelId' | 'guildId' | 'plannedAtMs' | 'sourceMessageId' | 'prompt'> & {
    nonce: string;
    /** Left out: Midjourney. */
    bot?: BotName;
    /** Midjourney's ids of the job, where they are known before the request. */
    jobUuids?: readonly string[];
  },
): MidjourneyOperation => ({
  accountId: facts.accountId,
  bot: facts.bot ?? 'midjourney',
  channelId: facts.channelId,
  guildId: facts.guildId,
  plannedAtMs: facts.plannedAtMs,
  attempts: 1,
  nonces: [facts.nonce],
  modalNonce: null,
  interactionIds: [],
  messageIds: [],
  jobUuids: [...(facts.jobUuids ?? [])],
  isSeen: false,
  percent: 0,
  lastWords: null,
  isRescued: false,
  sourceMessageId: facts.sourceMessageId,
  prompt: facts.prompt,
  echo: null,
  queued: false,
  queuedAtMs: null,
  cancel: null,
  videos: null,
});

/** Reads a stored operation. Throws if a field is missing that `createOperation` sets. */
export function parseOperation(value: JsonValue): MidjourneyOperation {
  if (!isJsonObject(value)) throw new Error('a Midjourney operation must be an object');
  const text = (name: string): string => {
    const found = asText(value[name]);
    if (found === undefined) throw new Error(`a Midjourney operation must have ${name}`);
    return found;
  };
  const cancel = asObject(value['cancel']);
  const messageId = asText(cancel?.['messageId']);
  const customId = asText(cancel?.['customId']);
  return {
    accountId: text('accountId'),
    bot: value['bot'] === 'niji' ? 'niji' : 'midjourney',
    channelId: text('channelId'),
    guildId: text('guildId'),
    plannedAtMs: Number(text('plannedAtMs')),
    attempts: asNumber(value['attempts']) ?? 1,
    nonces: asTexts(value['nonces']),
    modalNonce: asText(value['modalNonce']) ?? null,
    interactionIds: asTexts(value['interactionIds']),
    messageIds: asTexts(value['messageIds']),
    jobUuids: asTexts(value['jobUuids']),
    // Operations of the first edition have no mark: their ids show it.
    isSeen: value['isSeen'] === true || asTexts(value['interactionIds']).length > 0 || asTexts(value['messageIds']).length > 0,
    percent: asNumber(value['percent']) ?? 0,
    lastWords: readLastWords(asObject(value['lastWords'])),
    isRescued: value['isRescued'] === true,
    sourceMessageId: asText(value['sourceMessageId']) ?? null,
    prompt: asText(value['prompt']) ?? null,
    echo: asText(value['echo']) ?? null,
    queued: value['queued'] === true,
    queuedAtMs: asNumber(value['queuedAtMs']) ?? null,
    cancel: messageId === undefined || customId === undefined ? null : { messageId, customId },
    videos: readVideos(asObject(value['videos'])),
  };
}

function readLastWords(value: JsonObject | undefined): LastWords | null {
  const failure = asObject(value?.['failure']);
  const message = asObject(value?.['message']);
  const title = asText(failure?.['title']);
  if (!failure || !message || title === undefined) return null;
  return {
    failure: { code: toFailureCode(asText(failure['code'])), title, details: asText(failure['details']) ?? null },
    message: {
      id: asText(message['id']) ?? '',
      content: asText(message['content']) ?? '',
      timestamp: asText(message['timestamp']) ?? '',
      flags: asNumber(message['flags']) ?? 0,
      embeds: asObjects(message['embeds']),
    },
  };
}

const toFailureCode = (code: string | undefined): FailureCode => (code !== undefined && isFailureCode(code) ? code : 'upstream-refused');

function readVideos(value: JsonObject | undefined): VideoSelection | null {
  const messageId = asText(value?.['messageId']);
  if (!value || messageId === undefined) return null;
  return {
    messageId,
    taken: asTexts(value['taken']),
    left: asTexts(value['left']),
    media: asObjects(value['media']).map((file) => ({
      url: asText(file['url']) ?? '',
      filename: asText(file['filename']) ?? '',
      width: asNumber(file['width']) ?? 0,
      height: asNumber(file['height']) ?? 0,
    })),
    buttons: asObjects(value['buttons']).map((button) => ({
      label: asText(button['label']) ?? '',
      customId: asText(button['customId']) ?? '',
      style: asNumber(button['style']) ?? 0,
      messageId: asText(button['messageId']) ?? messageId,
    })),
  };
}
