import type { Media } from '../../../core/engine.ts';
import type { OfferedButton } from '../../../core/job.ts';
import { CANCEL, type BotMessage, type MessageComponent } from './message.ts';

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
