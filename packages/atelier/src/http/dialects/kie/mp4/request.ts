import { VIDEO_TEMPLATES, type VideoTemplate } from '../../../../engine/music-video/input.ts';
import type { JsonObject } from '@atelier/lib/json';
import { requireText } from '../fields.ts';
import { limitText, readChoice, requireCallBackUrl } from '../suno/requests/fields.ts';

export interface Mp4Request {
  /** Empty: none is shown. */
  author: string;
  domainName: string;
  template: VideoTemplate;
}

/** Source: kie, mp4/generate, `author` and `domainName`. */
const MAX_NAME = 50;

/**
 * Reads the body of `mp4/generate`, but for the track that `taskId` and `audioId` name. `template` is this server's own field.
 * Throws `JobError('invalid-request')`. Source: kie, mp4/generate.
 */
export function readMp4(body: JsonObject): Mp4Request {
  requireText(body, 'taskId');
  requireText(body, 'audioId');
  requireCallBackUrl(body);
  return {
    author: limitText(body, 'author', MAX_NAME) ?? '',
    domainName: limitText(body, 'domainName', MAX_NAME) ?? '',
    template: readChoice(body, 'template', VIDEO_TEMPLATES) ?? VIDEO_TEMPLATES[0],
  };
}
