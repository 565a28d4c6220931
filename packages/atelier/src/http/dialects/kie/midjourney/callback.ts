import { toReason } from '../../../../core/errors.ts';
import { isFinal, type Job } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { AssetLinks } from '../../../../core/asset.ts';
import { echoOf } from './echo.ts';
import { resultUrls, successFlagOf, toResultInfo } from './record.ts';

/**
 * The body sent to `callBackUrl` when a task has ended; null before. `code` is 200 or 500, `resultUrls` holds plain texts, and
 * all three fields are always there. `msg` of a failure begins with the vendor's words and goes on with Midjourney's own
 * reason: the manual calls it a detailed description. Source: kie, Midjourney image generation callbacks.
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

/** Extensions of videos were documented with another shape too; they carry the fields of both. Source: kie, video extension callback. */
function extendFields(job: Job, taskType: string, urls: readonly string[]): JsonObject {
  const common = { taskType, successFlag: successFlagOf(job) };
  return job.status === 'completed'
    ? { ...common, resultInfoJson: toResultInfo(urls) }
    : { ...common, errorCode: 'VIDEO_EXTEND_FAILED', errorMessage: job.failure && toReason(job.failure) };
}
