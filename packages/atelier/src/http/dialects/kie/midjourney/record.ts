import { toReason } from '../../../../core/errors.ts';
import { isFinal, type Job } from '../../../../core/job.ts';
import { isJsonObject, parseJson, toCanonicalJson, type JsonObject } from '@atelier/lib/json';
import type { AssetLinks } from '../../../../core/asset.ts';
import { echoOf } from './echo.ts';
import { CODES } from '../envelope.ts';
import { hadBegun } from '../failures.ts';
import { readSpeed } from './generate.ts';

/**
 * `data` of `mj/record-info`. With `stateAliases` it also has `state` and `resultJson`, the names of the vendor's other
 * endpoints, which a published client reads for this one too. Source: kie, mj/record-info; client programs.
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
    successFlag: successFlagOf(job),
    createTime: toTime(job.createdAtMs),
    errorCode: job.failure && CODES[job.failure.code],
    errorMessage: job.failure && toReason(job.failure),
    ...(options.stateAliases ? { state: stateOf(job), resultJson: urls && JSON.stringify({ resultUrls: urls }) } : {}),
  };
}

/** Objects here, plain texts in callbacks. Source: kie, mj/record-info. */
export const toResultInfo = (urls: readonly string[]): JsonObject => ({ resultUrls: urls.map((resultUrl) => ({ resultUrl })) });

/** The single pictures of a result, or its videos; the 2×2 picture only when there is nothing else. */
export function resultUrls(job: Job, links: AssetLinks): string[] {
  const { assets } = job.output;
  const role = (['video', 'image', 'grid'] as const).find((wanted) => assets.some((asset) => asset.role === wanted));
  return assets
    .filter((asset) => asset.role === role)
    .toSorted((one, other) => one.index - other.index)
    .map((asset) => links.url(asset, job));
}

/** 0 generating, 1 success, 2 failed, 3 created but its generation failed. Source: kie, mj/record-info, `successFlag`. */
export function successFlagOf(job: Job): 0 | 1 | 2 | 3 {
  if (!isFinal(job.status)) return 0;
  if (job.status === 'completed') return 1;
  return job.failure && hadBegun(job.failure) ? 3 : 2;
}

function stateOf(job: Job): string {
  if (job.status === 'queued') return 'waiting';
  if (!isFinal(job.status)) return 'generating';
  return job.status === 'completed' ? 'success' : 'fail';
}

const SPEEDS = { relax: 'Relax', fast: 'Fast', turbo: 'Turbo' } as const;

/** The request as the vendor stores it: keys in order, two fields filled in, the speed capitalised. Source: kie, mj/record-info, example. */
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

/** Requests whose type has no use for a speed may hold anything there. */
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
