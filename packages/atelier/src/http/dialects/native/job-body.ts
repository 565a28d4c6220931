import { ERROR_CODES } from '../../../core/errors.ts';
import { isFinal, type Job, type JobOutput, type LateResult, type OutputAsset } from '../../../core/job.ts';
import { textAt, type JsonObject } from '@atelier/lib/json';
import type { AssetLinks } from '../../../core/asset.ts';
import { problemType } from '../../problem.ts';
import { toTime, toTimeOrNull, type JobBody } from './schema.ts';

export const jobPath = (jobId: string): string => `/jobs/${encodeURIComponent(jobId)}`;

/** Facts that are not part of a job: the jobs of a batch, and the place in the queue. */
export interface JobBodyFacts {
  children?: readonly Job[];
  queuePosition?: number | undefined;
}

/** The job as this API shows it. The request that made it may have come in any dialect. */
export function toJobBody(job: Job, links: AssetLinks, more: JobBodyFacts = {}): JobBody {
  const { assets } = job.output;
  const { reference } = job.echo;
  return {
    id: job.id,
    dialect: job.dialect,
    engine: job.engine,
    verb: job.verb,
    status: job.status,
    isFinal: isFinal(job.status),
    progressPercent: job.status === 'completed' ? 100 : job.progressPercent,
    input: toShownInput(job.input),
    parentId: job.parentId,
    batchId: job.batchId,
    children: (more.children ?? []).map(({ id, status, input }) => ({ id, status, prompt: textAt(input, 'prompt') })),
    ...(more.queuePosition !== undefined && { queuePosition: more.queuePosition }),
    accountId: job.accountId,
    maxJobs: job.maxJobs,
    callbackUrl: job.callbackUrl,
    reference: job.dialect === 'native' && typeof reference === 'string' ? reference : null,
    assets: assets.map((asset) => toJobAsset(asset, job, links)),
    ...toResultBody(job.output),
    lateResult: job.lateResult && toLateResult(job.lateResult, links),
    error: job.failure && {
      type: problemType(job.failure.code),
      code: job.failure.code,
      title: job.failure.title,
      detail: job.failure.details,
      retryable: ERROR_CODES[job.failure.code].retryable,
    },
    createdAt: toTime(job.createdAtMs),
    updatedAt: toTime(job.updatedAtMs),
    startedAt: toTimeOrNull(job.startedAtMs),
    finishedAt: toTimeOrNull(job.finishedAtMs),
    links: { self: jobPath(job.id), events: `${jobPath(job.id)}/events`, deliveries: `${jobPath(job.id)}/deliveries` },
  };
}

const toResultBody = ({ buttons, message, data }: JobOutput): Pick<JobBody, 'buttons' | 'message' | 'data'> => ({
  buttons: buttons.map(({ label, customId }) => ({ label, customId })),
  message: message && { id: message.id, content: message.content, timestamp: message.timestamp },
  data,
});

/** The links last as long as the files, which are kept from the late result on. */
const toLateResult = ({ output, atMs }: LateResult, links: AssetLinks): NonNullable<JobBody['lateResult']> => ({
  assets: output.assets.map((asset) => toJobAsset(asset, { finishedAtMs: atMs, updatedAtMs: atMs }, links)),
  ...toResultBody(output),
  at: toTime(atMs),
});

type LinkTimes = Parameters<AssetLinks['url']>[1];

const toJobAsset = (asset: OutputAsset, job: LinkTimes, links: AssetLinks): JobBody['assets'][number] => ({
  id: asset.assetId,
  role: asset.role,
  index: asset.index,
  url: links.url(asset, job),
  contentType: asset.contentType,
  filename: asset.filename,
  bytes: asset.bytes,
  width: asset.width,
  height: asset.height,
});

/** The input without the picture data of a mask and without Discord's message flags. */
function toShownInput(input: JsonObject): JsonObject {
  const { verb: _verb, mask, messageFlags: _flags, ...shown } = input;
  return typeof mask === 'string' ? { ...shown, mask: `${mask.length} characters` } : shown;
}
