import type { JobFailure } from '../../../core/errors.ts';
import { isFinal, type Job } from '../../../core/job.ts';
import { parseJsonObject, type JsonObject } from '@atelier/lib/json';
import type { AssetLinks } from '../../../core/asset.ts';
import { STATUS, type ErrorReply } from './errors.ts';
import { failureFields, toJobBody, toWireStatus, type WireStatus } from './job-body.ts';
import { ANSWER_LIMIT_MS } from './submit-job.ts';

/**
 * Answer to the POST that made a job, once Midjourney has spoken. An async page says `started` even when the job has already
 * ended well, or was cancelled meanwhile: its model knows `started`, `moderated` and `failed` alone, and strict clients hold it
 * to that. A sync page's model knows `completed` and `failed`. Source: useapi v2, jobs/button, "Model"; jobs/info, "Model".
 */
export function toPostReply(job: Job, page: 'async' | 'sync', links: AssetLinks): ErrorReply {
  const { failure } = job;
  const isCancelled = job.status === 'cancelled';
  if (failure !== null && !isCancelled) return toFailureReply(job, failure, links);
  const body = (status: WireStatus): JsonObject => toJobBody(job, { links, code: 200, status });
  if (page === 'async' || !isFinal(job.status)) return { status: 200, body: body('started') };
  if (failure !== null) return { status: 200, body: { ...body('failed'), ...failureFields(failure) } };
  return { status: 200, body: body('completed') };
}

/** Source: useapi v2, jobs/button, 422, 429, 504 and 596. */
function toFailureReply(job: Job, failure: JobFailure, links: AssetLinks): ErrorReply {
  const code = STATUS[failure.code];
  if (isRefusedRequest(job)) return toRefusal(isUnusablePicture(job) ? STATUS['invalid-request'] : code, failure);
  if (code === STATUS['pending-moderation']) return { status: code, body: toJobBody(job, { links, code }) };
  return { status: code, body: { ...failureFields(failure), jobid: job.id, status: toWireStatus(job.status), code } };
}

/**
 * True for a job that its POST answered as if none had been made: Discord's rate limit (429), and a picture that could not be
 * fetched for blend or describe (400). Nobody was told its id, so it must not call back either; the caller asks again, often
 * with the same `replyRef`. A job that fails like this after its POST was answered is a job like any other.
 */
export function isRefusedRequest(job: Job): boolean {
  const endedAtMs = job.finishedAtMs ?? job.updatedAtMs;
  if (job.output.message !== null || endedAtMs - job.createdAtMs >= ANSWER_LIMIT_MS) return false;
  return job.failure?.code === 'upstream-rate-limited' || isUnusablePicture(job);
}

const isUnusablePicture = (job: Job): boolean =>
  job.failure?.code === 'media-unavailable' && (job.verb === 'blend' || job.verb === 'describe');

function toRefusal(code: number, failure: JobFailure): ErrorReply {
  // Discord's own answer, as text. Source: useapi v2, jobs/button, 429, second case.
  const retryAfter = parseJsonObject(failure.details ?? '')['retry_after'];
  const body = { ...failureFields(failure), code };
  return { status: code, body, ...(typeof retryAfter === 'number' && retryAfter >= 0 ? { retryAfterSeconds: retryAfter } : {}) };
}

/** The `code` of a callback's body: the failure's own. Source: useapi v2, callback bodies seen by clients (422). */
export const callbackCode = (job: Job): number => (job.failure === null ? 200 : STATUS[job.failure.code]);
