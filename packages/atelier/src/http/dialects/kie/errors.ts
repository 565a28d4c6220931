import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, JobError } from '../../../core/errors.ts';
import type { Log } from '@atelier/lib/log';
import { toJobError } from '../../exchange.ts';
import { failure, sendEnvelope } from './envelope.ts';

/**
 * `code` of the envelope for each way to fail, and `errorCode` of a Midjourney task that ended with it. Midjourney's pages know 200, 400,
 * 401, 402, 404, 422, 429, 455 (maintenance), 500, 501 (generation failed) and 505 (feature disabled), and no others; Suno's know
 * 409 (the record exists already) beside them. Source: kie, Midjourney and Suno pages, "code".
 */
export const CODES = {
  'invalid-request': 422,
  'malformed-body': 400,
  'body-too-large': 400,
  'unsupported-media-type': 400,
  unauthorized: 401,
  'key-expired': 402,
  // Not among the vendor's codes, and still a refusal to every client: all of them test for 200 alone.
  'key-suspended': 403,
  forbidden: 401,
  'rate-limited': 429,
  'route-not-found': 404,
  // A follow-up on a task that is not there. Source: kie, recorded replies of the Suno follow-ups.
  'job-not-found': 422,
  'account-not-found': 404,
  'url-refused': 422,
  'content-policy': 422,
  'button-unknown': 422,
  'button-not-offered': 422,
  // The second WAV or MP4 of one track.
  'button-already-used': 409,
  'account-missing': 455,
  'account-busy': 429,
  'idempotency-mismatch': 422,
  'idempotency-in-flight': 429,
  'not-configured': 505,
  'account-paused': 455,
  'pending-moderation': 455,
  'captcha-required': 455,
  'account-blocked': 455,
  'account-unauthorized': 455,
  'subscription-required': 402,
  'credits-exhausted': 402,
  'prompt-moderated': 422,
  'prompt-invalid': 422,
  'job-queued': 429,
  'queue-full': 429,
  'upstream-rate-limited': 429,
  'upstream-unreachable': 500,
  'upstream-refused': 501,
  'upstream-failed': 501,
  'upstream-silent': 501,
  'media-unavailable': 500,
  'media-invalid': 422,
  timeout: 501,
  cancelled: 501,
  internal: 500,
} as const satisfies Record<ErrorCode, number>;

/** Codes whose text is the vendor's own, whatever ours says. Source: kie, pages on authentication. */
const TEXT: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'You do not have access permissions',
  internal: 'Internal Error - Please try again later',
};

function textOf({ code, message, facts }: JobError): string {
  const { jobId } = facts;
  if (code === 'button-already-used') return `Record already exists: task ${typeof jobId === 'string' ? jobId : ''}`.trimEnd();
  return TEXT[code] ?? message;
}

/** The follow-up's task is unknown, another caller's, unfinished, or offers no such picture. Source: kie, recorded replies. */
export const recordMissing = (): JobError => new JobError('job-not-found', 'Record does not exist');

export const invalid = (field: string, message: string): JobError => new JobError('invalid-request', message, { facts: { field } });

/** The same for a text that is too long, which one vendor has a code of its own for. */
export const tooLong = (field: string, maxLength: number): JobError =>
  new JobError('invalid-request', `${field} must not be longer than ${maxLength} characters`, { facts: { field, maxLength } });

/**
 * Every error as an envelope. The HTTP status stays 200, as the vendor's does; with `mirrorHttpStatus` 401 and 429 are HTTP
 * statuses too, for clients that look at nothing else.
 */
export function createErrorHandler(deps: {
  log: Log;
  mirrorHttpStatus: boolean;
  /** The vendor's own code where it differs from `CODES`. */
  codeOf?: (error: JobError) => number | undefined;
}) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const known = toJobError(error);
    if (known.code === 'internal') deps.log.error({ err: error, path: request.routeOptions.url }, 'request failed by an error of ours');
    const code = CODES[known.code];
    const { retryAfterSeconds } = known.facts;
    if (typeof retryAfterSeconds === 'number') void reply.header('retry-after', retryAfterSeconds);
    const isMirrored = deps.mirrorHttpStatus && (code === 401 || code === 429);
    return sendEnvelope(reply, failure(deps.codeOf?.(known) ?? code, textOf(known)), isMirrored ? code : 200);
  };
}
