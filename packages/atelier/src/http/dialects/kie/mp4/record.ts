import type { AssetLinks } from '../../../../core/asset.ts';
import { toReason } from '../../../../core/errors.ts';
import { isFinal, type Job } from '../../../../core/job.ts';
import { textAt, type JsonObject } from '@atelier/lib/json';
import { timeFields, trackFields } from '../records.ts';
import type { SunoVendor } from '../suno/vendor.ts';

/** `data` of `mp4/record-info`. Source: kie, mp4/record-info; sunoapi, mp4/record-info. */
export function toMp4Record(job: Job, links: AssetLinks, vendor: SunoVendor): JsonObject {
  return {
    ...trackFields(job, textAt(job.echo, 'audioId')),
    response: job.status === 'completed' ? { videoUrl: videoUrlOf(job, links) } : null,
    successFlag: successFlagOf(job),
    ...timeFields(job, vendor.toRecordTime),
    errorCode: job.failure && vendor.conversionFailureCode,
    errorMessage: job.failure && toReason(job.failure),
  };
}

/**
 * The body sent to `callBackUrl` when a video is finished or failed; null before. Every failure has the vendor's own text; the record tells the
 * reason. Source: kie, mp4 callbacks.
 */
export function renderMp4Callback(job: Job, links: AssetLinks, vendor: SunoVendor): JsonObject | null {
  if (!isFinal(job.status)) return null;
  const videoUrl = videoUrlOf(job, links);
  const data = { task_id: job.id, video_url: videoUrl };
  if (videoUrl !== null) return { code: 200, msg: vendor.mp4SuccessMsg, data };
  return { code: vendor.conversionFailureCode, msg: 'Internal Error - Please try again later', data };
}

/** This server renders the videos, so a started task counts as created. */
function successFlagOf({ status, startedAtMs }: Job): string {
  if (!isFinal(status)) return 'PENDING';
  if (status === 'completed') return 'SUCCESS';
  return startedAtMs === null ? 'CREATE_TASK_FAILED' : 'GENERATE_MP4_FAILED';
}

/** The link to the finished video, valid as long as files are kept. */
function videoUrlOf(job: Job, links: AssetLinks): string | null {
  const video = job.output.assets.find(({ role }) => role === 'video');
  return job.status === 'completed' && video ? links.url(video, job) : null;
}
