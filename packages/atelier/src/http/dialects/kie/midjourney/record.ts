import type { AssetLinks } from '../../../../core/asset.ts';
import { toReason } from '../../../../core/errors.ts';
import { isFinal, type Job } from '../../../../core/job.ts';
import { isJsonObject, parseJson, textAt, toCanonicalJson, type JsonObject } from '@atelier/lib/json';
import { CODES } from '../envelope.ts';
import { flagNumber } from '../records.ts';
import { readSpeed } from './generate.ts';
import { namesIn } from './prompt.ts';

/** How a Midjourney task is shown: as the answer of `mj/record-info` and as the body of its callback. */

/**
 * `data` of `mj/record-info`. With `stateAliases` it also has `state` and `resultJson`, the fields of the vendor's other
 * endpoints: a published client reads them here too. Source: kie, mj/record-info; kie, client programs.
 */
export function toRecord(job: Job, links: AssetLinks, options: { stateAliases: boolean }): JsonObject {
  const { taskType, promptJson } = echoOf(job);
  const urls = job.status === 'completed' ? resultUrls(job, links) : null;
  return {
    taskId: job.id,
    taskType,
    paramJson: toParamJson(taskType, promptJson),
    completeTime: job.finishedAtMs === null ? null : toTime(job.finishedAtMs),
    resultInfoJson: urls && toResultInfo(urls),
    successFlag: flagNumber(job),
    createTime: toTime(job.createdAtMs),
    errorCode: job.failure && CODES[job.failure.code],
    errorMessage: job.failure && toReason(job.failure),
    ...(options.stateAliases ? { state: stateOf(job), resultJson: urls && JSON.stringify({ resultUrls: urls }) } : {}),
  };
}

/**
 * The body sent to `callBackUrl` when a task has ended; null before. `code` is 200 or 500, `resultUrls` are plain texts, and
 * all three fields of `data` are always there. `msg` of a failure is the vendor's words and then Midjourney's own
 * reason: the manual calls it a detailed description. Source: kie, Midjourney callbacks.
 */
export function renderMidjourneyCallback(job: Job, links: AssetLinks): JsonObject | null {
  if (!isFinal(job.status)) return null;
  const isSuccess = job.status === 'completed';
  const { taskType, promptJson } = echoOf(job);
  const urls = isSuccess ? resultUrls(job, links) : [];
  return {
    code: isSuccess ? 200 : 500,
    msg: isSuccess ? 'success' : ['Image generation failed', ...(job.failure ? [toReason(job.failure)] : [])].join(': '),
    data: {
      taskId: job.id,
      promptJson,
      resultUrls: urls,
      ...(taskType.startsWith('mj_video_extend') ? extendFields(job, taskType, urls) : {}),
    },
  };
}

/** The vendor documents two shapes for extensions of videos: the callback carries the fields of both. Source: kie, Midjourney video extension callbacks. */
function extendFields(job: Job, taskType: string, urls: readonly string[]): JsonObject {
  const common = { taskType, successFlag: flagNumber(job) };
  return job.status === 'completed'
    ? { ...common, resultInfoJson: toResultInfo(urls) }
    : { ...common, errorCode: 'VIDEO_EXTEND_FAILED', errorMessage: job.failure && toReason(job.failure) };
}

/** Objects in records, plain texts in callbacks. Source: kie, mj/record-info. */
const toResultInfo = (urls: readonly string[]): JsonObject => ({ resultUrls: urls.map((resultUrl) => ({ resultUrl })) });

/** Links to the videos of a result, else to its single pictures, else to its 2×2 grid. */
function resultUrls(job: Job, links: AssetLinks): string[] {
  const { assets } = job.output;
  const role = (['video', 'image', 'grid'] as const).find((wanted) => assets.some((asset) => asset.role === wanted));
  return assets
    .filter((asset) => asset.role === role)
    .toSorted((one, other) => one.index - other.index)
    .map((asset) => links.url(asset, job));
}

function stateOf(job: Job): string {
  if (job.status === 'queued') return 'waiting';
  if (!isFinal(job.status)) return 'generating';
  return job.status === 'completed' ? 'success' : 'fail';
}

const SPEEDS = { relax: 'Relax', fast: 'Fast', turbo: 'Turbo' } as const;

/** The request as the vendor stores it: keys in order, `fileUrl` and `waterMark` filled in, the speed capitalised. Source: kie, mj/record-info, example. */
function toParamJson(taskType: string, promptJson: string): string {
  const parsed = parseJson(promptJson);
  const sent = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  return toCanonicalJson({
    fileUrl: '',
    ...sent,
    taskType,
    waterMark: sent['waterMark'] ?? sent['watermark'] ?? '',
    ...normalisedSpeed(sent),
  });
}

/** The speed capitalised; no field where it is missing or, in a task type that ignores it, invalid. */
function normalisedSpeed(sent: JsonObject): JsonObject {
  try {
    const speed = readSpeed(sent);
    return speed === null ? {} : { speed: SPEEDS[speed] };
  } catch {
    return {};
  }
}

/** `2024-03-20T10:30:00Z`. */
const toTime = (atMs: number): string => new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');

/** The request of a Midjourney task, as kept with its job. */
export interface MidjourneyTaskEcho {
  taskType: string;
  /** The body as it was sent, as JSON. */
  promptJson: string;
}

/** The request of a task. A task of another dialect is shown as the kie request for the same result. */
function echoOf(job: Job): MidjourneyTaskEcho {
  if (job.dialect === 'kie') return { taskType: textAt(job.echo, 'taskType'), promptJson: textAt(job.echo, 'promptJson') || '{}' };
  const taskType = taskTypeOf(job);
  return { taskType, promptJson: JSON.stringify({ taskType, prompt: textAt(job.input, 'prompt') }) };
}

/** The nearest of the vendor's task types; for a verb that the vendor lacks `mj_` and the verb, such as `mj_blend`. */
function taskTypeOf({ verb, input }: Job): string {
  if (verb === 'button') return buttonType(textAt(input, 'label'), textAt(input, 'customId'), textAt(input, 'prompt'));
  if (verb !== 'imagine') return `mj_${verb}`;
  const prompt = textAt(input, 'prompt');
  const names = namesIn(prompt);
  if (names.has('video')) return 'mj_video';
  if (names.has('oref')) return 'mj_omni_reference';
  if (names.has('sref')) return 'mj_style_reference';
  return /^\s*<?https?:\/\//i.test(prompt) ? 'mj_img2img' : 'mj_txt2img';
}

function buttonType(label: string, customId: string, prompt: string): string {
  if (/^U[1-4]$/.test(label)) return 'mj_upscale';
  if (/_extend::/.test(customId)) return prompt === '' ? 'mj_video_extend_auto' : 'mj_video_extend_manual';
  return /::animate_/.test(customId) ? 'mj_video' : 'mj_vary';
}
