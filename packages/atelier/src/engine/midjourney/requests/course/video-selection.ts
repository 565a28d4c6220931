import type { JsonObject } from '@atelier/lib/json';
import type { EngineUpdate } from '../../../../core/engine.ts';
import { lastUuid, videoChoices } from '../../messages/message.ts';
import { createOperation, type MidjourneyOperation, type VideoSelection } from '../operation.ts';

/**
 * Selecting the videos of a job. A video job ends with one moving preview of all its videos. Each video has a button under that message
 * (`video_virtual_upscale`), and the bot answers a press with a new message that carries the video. The engine presses these buttons one
 * after the other and completes the job with all videos. If the message itself carries the videos, it is the result. Source: midjourney-bot, videos.
 */
export type CompletedUpdate = Extract<EngineUpdate, { type: 'completed' }>;

/** Returns the state of the video selection after a result, or null if the job has no videos to select. */
export function afterResult(videos: VideoSelection | null, result: CompletedUpdate): VideoSelection | null {
  const { message, buttons, media } = result;
  if (videos) return withVideo(videos, result);
  const choices = videoChoices(buttons);
  if (message === null || choices.length === 0 || media.some(({ role }) => role === 'video')) return null;
  return { messageId: message.id, taken: [message.id], left: choices.map(({ customId }) => customId), media: [], buttons: [] };
}

function withVideo(videos: VideoSelection, { message, buttons, media }: CompletedUpdate): VideoSelection {
  const messageId = message?.id ?? videos.messageId;
  const files = media.flatMap(({ source, filename, width = 0, height = 0 }) =>
    'url' in source ? [{ url: source.url, filename, width, height }] : [],
  );
  const offered = buttons.map(({ label, customId, style }) => ({ label, customId, style, messageId }));
  return {
    messageId: videos.messageId,
    taken: [...videos.taken, messageId],
    left: videos.left.slice(1),
    media: [...videos.media, ...files],
    buttons: [...videos.buttons, ...offered],
  };
}

/** Builds the final update of a job. `last` is the update with its last video. */
export const withAllVideos = (videos: VideoSelection, last: CompletedUpdate): CompletedUpdate => ({
  ...last,
  buttons: videos.buttons,
  media: videos.media.map(({ url, ...file }) => ({ role: 'video', source: { url }, ...file })),
});

/** Returns the request for the next video: the press of its button. */
export function videoRequest({ left, messageId }: VideoSelection): { verb: string; input: JsonObject; pressed: string } {
  const [customId = ''] = left;
  return { verb: 'button', input: { customId, messageId, messageFlags: 0, prompt: null }, pressed: customId };
}

/** Plans the operation for the press of the next video's button. Its Midjourney job id is known: the button's custom id names it. */
export function planVideo(
  before: MidjourneyOperation,
  videos: VideoSelection,
  facts: { nonce: string; plannedAtMs: number },
): MidjourneyOperation {
  const { accountId, bot, channelId, guildId } = before;
  const uuid = lastUuid(videos.left[0] ?? '');
  return {
    ...createOperation({ accountId, bot, channelId, guildId, ...facts, sourceMessageId: videos.messageId, prompt: null }),
    jobUuids: uuid === null ? [] : [uuid],
    videos,
  };
}
