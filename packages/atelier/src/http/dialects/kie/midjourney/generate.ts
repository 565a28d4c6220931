import type { JsonObject } from '@atelier/lib/json';
import { invalid } from '../errors.ts';
import { readInteger, readText, requireText } from '../fields.ts';

/** Source: kie, mj/generate, `taskType`. */
export const TASK_TYPES = ['mj_txt2img', 'mj_img2img', 'mj_style_reference', 'mj_omni_reference', 'mj_video', 'mj_video_hd'] as const;
export const VIDEO_BATCH_SIZES = [1, 2, 4];

/** Source: kie, mj/generate. */
export const RANGES = {
  variety: { min: 0, max: 100 },
  stylization: { min: 0, max: 1_000 },
  weirdness: { min: 0, max: 3_000 },
  ow: { min: 1, max: 1_000 },
};

export type TaskType = (typeof TASK_TYPES)[number];
export type Speed = 'relax' | 'fast' | 'turbo';

/** A validated `mj/generate`, with the fields that its task type uses. */
export type MidjourneyRequest = ImageRequest | VideoRequest;

export interface ImageRequest {
  taskType: Exclude<TaskType, 'mj_video' | 'mj_video_hd'>;
  prompt: string;
  /** Empty for `mj_txt2img`. */
  fileUrls: string[];
  speed: Speed | null;
  /** `16:9`. */
  aspectRatio: string | null;
  /** As Midjourney's parameter: `v 6.1`, `niji 6`. */
  version: string | null;
  variety: number | null;
  stylization: number | null;
  weirdness: number | null;
  omniWeight: number | null;
}

export interface VideoRequest {
  taskType: 'mj_video' | 'mj_video_hd';
  prompt: string;
  imageUrl: string;
  motion: 'high' | 'low';
  batchSize: number;
}

/**
 * Reads the body of `mj/generate`. Fields that the task type does not use are ignored, even where they are invalid: the vendor's own example
 * sends all of them at once. Throws `JobError('invalid-request')`, or `url-refused` from `checkUrl`.
 * Source: kie, mj/generate; kie, client programs, where they go beyond it.
 */
export function readGenerate(body: JsonObject, checkUrl: (url: string) => string): MidjourneyRequest {
  const taskType = readTaskType(body);
  const prompt = requirePrompt(body);
  const fileUrls = taskType === 'mj_txt2img' ? [] : readFileUrls(body, taskType).map(checkUrl);
  if (taskType === 'mj_video' || taskType === 'mj_video_hd') {
    const [imageUrl = '', ...more] = fileUrls;
    if (more.length > 0) throw invalid('fileUrls', `fileUrls must hold exactly one URL for ${taskType}`);
    return { taskType, prompt, imageUrl, motion: readMotion(body), batchSize: readBatchSize(body) };
  }
  const isOmni = taskType === 'mj_omni_reference';
  return {
    taskType,
    prompt,
    fileUrls,
    speed: isOmni ? null : readSpeed(body),
    aspectRatio: readAspectRatio(body),
    version: readVersion(body),
    variety: readInteger(body, 'variety', RANGES.variety),
    stylization: readInteger(body, 'stylization', RANGES.stylization),
    weirdness: readInteger(body, 'weirdness', RANGES.weirdness),
    omniWeight: isOmni ? readInteger(body, 'ow', RANGES.ow) : null,
  };
}

/** Source: kie, mj/generate, `prompt`; kie, mj/generateVideoExtend, `prompt`. */
export const MAX_PROMPT_LENGTH = 2_000;

export function requirePrompt(body: JsonObject): string {
  const prompt = requireText(body, 'prompt');
  if (Array.from(prompt).length > MAX_PROMPT_LENGTH)
    throw invalid('prompt', `prompt must not be longer than ${MAX_PROMPT_LENGTH} characters`);
  return prompt;
}

function readTaskType(body: JsonObject): TaskType {
  const given = readText(body, 'taskType')?.toLowerCase() ?? 'mj_txt2img';
  const known = TASK_TYPES.find((taskType) => taskType === given);
  if (!known) throw invalid('taskType', `taskType must be one of ${TASK_TYPES.join(', ')}`);
  return known;
}

/** `fileUrls`, a list or one text, or else the older `fileUrl`. */
function readFileUrls(body: JsonObject, taskType: TaskType): string[] {
  const list = Array.isArray(body['fileUrls']) ? body['fileUrls'] : [readText(body, 'fileUrls')];
  const urls = (list.some(Boolean) ? list : [readText(body, 'fileUrl')]).filter(Boolean).map((url) => {
    if (typeof url !== 'string') throw invalid('fileUrls', 'fileUrls must be a list of URLs');
    return url.trim();
  });
  if (urls.length === 0) throw invalid('fileUrls', `fileUrls is required for ${taskType}`);
  return urls;
}

/** In any case, and `relax` beside the documented `relaxed`. */
export function readSpeed(body: JsonObject): Speed | null {
  const given = readText(body, 'speed')?.toLowerCase();
  if (given === undefined) return null;
  if (given === 'relaxed' || given === 'relax') return 'relax';
  if (given === 'fast' || given === 'turbo') return given;
  throw invalid('speed', 'speed must be relaxed, fast or turbo');
}

/** Any ratio of whole numbers: clients send `21:9`, which the vendor's list lacks. */
function readAspectRatio(body: JsonObject): string | null {
  const given = readText(body, 'aspectRatio');
  if (given === null || /^[1-9]\d{0,3}:[1-9]\d{0,3}$/.test(given)) return given;
  throw invalid('aspectRatio', 'aspectRatio must be two whole numbers, such as 16:9');
}

/** Any version number: Midjourney refuses the versions that it does not have. */
function readVersion(body: JsonObject): string | null {
  const given = readText(body, 'version');
  if (given === null) return null;
  const [, family = '', number] = /^(niji|v)?[ -]?(\d(?:\.\d)?)$/i.exec(given) ?? [];
  if (number === undefined) throw invalid('version', 'version must be 7, 6.1, 6, 5.2, 5.1 or niji6');
  return family.toLowerCase() === 'niji' ? `niji ${number}` : `v ${number}`;
}

/** A client sends a number from 0 to 100 where the vendor has two words. */
function readMotion(body: JsonObject): 'high' | 'low' {
  const given = readText(body, 'motion')?.toLowerCase() ?? 'high';
  if (given === 'high' || given === 'low') return given;
  const amount = Number(given);
  if (amount >= 0 && amount <= 100) return amount >= 50 ? 'high' : 'low';
  throw invalid('motion', 'motion must be high or low');
}

function readBatchSize(body: JsonObject): number {
  const given = Number(readText(body, 'videoBatchSize') ?? 1);
  if (VIDEO_BATCH_SIZES.includes(given)) return given;
  throw invalid('videoBatchSize', 'videoBatchSize must be 1, 2 or 4');
}
