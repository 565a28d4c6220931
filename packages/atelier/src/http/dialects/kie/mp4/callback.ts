import { isFinal, type Job } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { AssetLinks } from '../../../../core/asset.ts';
import type { SunoVendor } from '../suno/vendor.ts';
import { videoUrlOf } from './record.ts';

/**
 * The body sent to `callBackUrl` when a video has ended, well or not; null before: there is one stage. The words of a failure are the vendor's own,
 * whatever the reason, which the record tells. Source: kie, music video generation callbacks.
 */
export function renderMp4Callback(job: Job, links: AssetLinks, vendor: SunoVendor): JsonObject | null {
  if (!isFinal(job.status)) return null;
  const videoUrl = videoUrlOf(job, links);
  const data = { task_id: job.id, video_url: videoUrl };
  if (videoUrl !== null) return { code: 200, msg: vendor.mp4SuccessMsg, data };
  return { code: vendor.conversionFailureCode, msg: 'Internal Error - Please try again later', data };
}
