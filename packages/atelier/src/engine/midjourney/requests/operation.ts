import { type JsonObject, type JsonValue, asNumber, asObject, asObjects, asText, asTexts, isJsonObject } from '@atelier/lib/json';

/**
 * Everything that is known of one job at Midjourney: written before Discord is asked, and again whenever a new handle was saveOperation,
 * so that after a crash the job's messages can still be told from all others. Plain JSON; each change is a new object.
 */
export type MidjourneyOperation = {
  accountId: string;
  channelId: string;
  /** Empty: a private channel with the bot. */
  guildId: string;
  /** When it was planned: nothing older can belong to it. */
  plannedAtMs: number;
  /** How often Midjourney was asked, the planned first time included. */
  attempts: number;
  /** Every nonce under which it may have been asked; the last one is in use. */
  nonces: string[];
  /** The nonce with which a form was sent, after a button had opened it; null before. */
  modalNonce: string | null;
  /** Discord's ids of our interactions. */
  interactionIds: string[];
  /** Start messages: those that show the progress. */
  messageIds: string[];
  /** Midjourney's own ids of the job. */
  jobUuids: string[];
  /** The message whose button was pressed or whose seed was asked for. */
  sourceMessageId: string | null;
  /** The prompt as it was sent; null where a button repeats that of its source. */
  prompt: string | null;
  /** The prompt as Midjourney last repeated it. */
  echo: string | null;
  /** Midjourney holds the job back until another has ended ("Job queued"). */
  queued: boolean;
  queuedAtMs: number | null;
  /** The press that stops the job, once its message has offered it. */
  cancel: { messageId: string; customId: string } | null;
  /** The job's videos, once it shows them all in one and each must be asked for. */
  videos: VideoSelection | null;
};

/** How far the videos of a job have been asked for. */
export type VideoSelection = {
  /** Shows them all in one. */
  messageId: string;
  /** That message and those that gave a video: they all name the same job, and none of them gives the next. */
  taken: string[];
  /** Buttons of that message that were not answered yet; the first is being pressed. */
  left: string[];
  /** What the others led to: parts of the result, as the queue takes them. */
  media: { url: string; filename: string; width: number; height: number }[];
  buttons: { label: string; customId: string; style: number; messageId: string }[];
};

export const createOperation = (
  facts: Pick<MidjourneyOperation, 'accountId' | 'channelId' | 'guildId' | 'plannedAtMs' | 'sourceMessageId' | 'prompt'> & {
    nonce: string;
  },
): MidjourneyOperation => ({
  accountId: facts.accountId,
  channelId: facts.channelId,
  guildId: facts.guildId,
  plannedAtMs: facts.plannedAtMs,
  attempts: 1,
  nonces: [facts.nonce],
  modalNonce: null,
  interactionIds: [],
  messageIds: [],
  jobUuids: [],
  sourceMessageId: facts.sourceMessageId,
  prompt: facts.prompt,
  echo: null,
  queued: false,
  queuedAtMs: null,
  cancel: null,
  videos: null,
});

/** The operation that was stored with a job. Throws for anything that `createOperation` did not start. */
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
    channelId: text('channelId'),
    guildId: text('guildId'),
    plannedAtMs: Number(text('plannedAtMs')),
    attempts: asNumber(value['attempts']) ?? 1,
    nonces: asTexts(value['nonces']),
    modalNonce: asText(value['modalNonce']) ?? null,
    interactionIds: asTexts(value['interactionIds']),
    messageIds: asTexts(value['messageIds']),
    jobUuids: asTexts(value['jobUuids']),
    sourceMessageId: asText(value['sourceMessageId']) ?? null,
    prompt: asText(value['prompt']) ?? null,
    echo: asText(value['echo']) ?? null,
    queued: value['queued'] === true,
    queuedAtMs: asNumber(value['queuedAtMs']) ?? null,
    cancel: messageId === undefined || customId === undefined ? null : { messageId, customId },
    videos: readVideos(asObject(value['videos'])),
  };
}

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
