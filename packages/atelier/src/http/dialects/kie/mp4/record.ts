import { isFinal, type Job } from '../../../../core/job.ts';
import { textAt, type JsonObject } from '@atelier/lib/json';
import type { AssetLinks } from '../../../../core/asset.ts';
import { toReason } from '../../../../core/errors.ts';
import { timeFields } from '../records.ts';
import type { SunoVendor } from '../suno/vendor.ts';

/**
 * `data` of `mp4/record-info`. `callbackUrl` has a small b here; the track is named by its place at one vendor and by its id at the other, and both
 * stand here. Source: kie and sunoapi.org, mp4/record-info.
 */
export function toMp4Record(job: Job, links: AssetLinks, vendor: SunoVendor): JsonObject {
  const audioId = textAt(job.echo, 'audioId');
  const { musicIndex } = job.echo;
  return {
    taskId: job.id,
    musicId: audioId,
    callbackUrl: job.callbackUrl,
    musicIndex: typeof musicIndex === 'number' ? musicIndex : 0,
    audioId,
    response: job.status === 'completed' ? { videoUrl: videoUrlOf(job, links) } : null,
    successFlag: successFlagOf(job),
    ...timeFields(job, vendor.toRecordTime),
    errorCode: job.failure && vendor.conversionFailureCode,
    errorMessage: job.failure && toReason(job.failure),
  };
}

/** Videos are made here: what was begun was created. */
function successFlagOf({ status, startedAtMs }: Job): string {
  if (!isFinal(status)) return 'PENDING';
  if (status === 'completed') return 'SUCCESS';
  return startedAtMs === null ? 'CREATE_TASK_FAILED' : 'GENERATE_MP4_FAILED';
}

/** The link to the finished video, good for as long as files are kept. */
export function videoUrlOf(job: Job, links: AssetLinks): string | null {
  const video = job.output.assets.find(({ role }) => role === 'video');
  return job.status === 'completed' && video ? links.url(video, job) : null;
}
