import type { SunoOperation } from '../../../../engine/suno/input.ts';
import type { JsonObject } from '@atelier/lib/json';
import { invalid } from '../errors.ts';
import { readChoice, readText, requireCallBackUrl, requireLimitedText, requireText } from '../fields.ts';
import { limitOther, type MusicOperation } from './music-requests.ts';

/** The operations that make no tracks. */
export type OtherOperation = Exclude<SunoOperation, MusicOperation>;

/** Source: kie, lyrics, `prompt`. */
export const MAX_LYRICS_PROMPT_LENGTH = 200;

/** Source: kie, Suno API, `type`. */
export const SEPARATION_TYPES = ['separate_vocal', 'split_stem', 'split_stem_advanced'] as const;

/** Reads the body of each page: the fields that go to the upstream. Throws `JobError('invalid-request')`, or `url-refused` from `checkUrl`. Source: kie, Suno API. */
export const READ_OTHER: Record<OtherOperation, (body: JsonObject, checkUrl: (url: string) => string) => JsonObject> = {
  lyrics(body) {
    requireCallBackUrl(body);
    requireLimitedText(body, 'prompt', MAX_LYRICS_PROMPT_LENGTH);
    return { ...body };
  },
  wav(body) {
    requireCallBackUrl(body);
    requireText(body, 'taskId');
    requireText(body, 'audioId');
    return { ...body };
  },
  'vocal-removal'(body, checkUrl) {
    requireCallBackUrl(body);
    const type = readChoice(body, 'type', SEPARATION_TYPES) ?? SEPARATION_TYPES[0];
    if (type === 'split_stem_advanced') requireText(body, 'stemName');
    limitOther(body, 'stemName');
    const audioUrl = readText(body, 'audioUrl');
    if (audioUrl !== null) return { ...body, type, audioUrl: checkUrl(audioUrl) };
    if (readText(body, 'taskId') === null || readText(body, 'audioId') === null) {
      throw invalid('taskId', 'taskId and audioId, or audioUrl, are required');
    }
    return { ...body, type };
  },
  midi(body) {
    requireCallBackUrl(body);
    requireText(body, 'taskId');
    readText(body, 'audioId');
    return { ...body };
  },
  cover(body) {
    requireCallBackUrl(body);
    requireText(body, 'taskId');
    return { ...body };
  },
};
