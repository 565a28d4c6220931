import type { EngineUpdate } from '../../../core/engine.ts';
import { lastUuid } from './message.ts';
import { videoChoices } from './offers.ts';
import { createOperation, type MidjourneyOperation, type VideoSelection } from '../requests/operation.ts';
import type { UpdateStream } from '../run/update-stream.ts';
import { toRequest, type MidjourneyRequest } from '../requests/midjourney-request.ts';

/**
 * A job that makes videos ends in one moving picture of all of them, and each video is had by a button of that message
 * (`video_virtual_upscale`), which answers with a message of its own. What callers want is the videos; so the engine presses
 * those buttons, one after the other, and the job is completed when it has them all. Where a message carries the videos
 * itself, that is the result. Source: Mutiny-SDK and cascade-img, captures of 2026.
 */
export type CompletedUpdate = Extract<EngineUpdate, { type: 'completed' }>;

/** An updates that keeps the result back for whoever decides whether it is one. */
export function holdResult(updates: UpdateStream): { updates: UpdateStream; result(): CompletedUpdate | undefined } {
  let held: CompletedUpdate | undefined;
  return {
    updates: {
      ...updates,
      push(update) {
        if (update.type === 'completed') held = update;
        else updates.push(update);
      },
    },
    result: () => held,
  };
}

/** The videos of a job after a result of it: null when the result is its last. */
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

/** The result of a job whose last video came with `last`. */
export const withAllVideos = (videos: VideoSelection, last: CompletedUpdate): CompletedUpdate => ({
  ...last,
  buttons: videos.buttons,
  media: videos.media.map(({ url, ...file }) => ({ role: 'video', source: { url }, ...file })),
});

/** How the next video is asked for. */
export function requestVideo(videos: VideoSelection): { request: MidjourneyRequest; pressed: string } {
  const [customId = ''] = videos.left;
  const { messageId } = videos;
  return { request: toRequest('button', { customId, messageId, messageFlags: 0, prompt: null }), pressed: customId };
}

/** The operation of that press. The video goes by the id of the job that made it, which is known already. */
export function planVideo(
  before: MidjourneyOperation,
  videos: VideoSelection,
  facts: { nonce: string; plannedAtMs: number },
): MidjourneyOperation {
  const { accountId, channelId, guildId } = before;
  const uuid = lastUuid(videos.left[0] ?? '');
  return {
    ...createOperation({ accountId, channelId, guildId, ...facts, sourceMessageId: videos.messageId, prompt: null }),
    jobUuids: uuid === null ? [] : [uuid],
    videos,
  };
}
