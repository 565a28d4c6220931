import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, JobError } from '../../../core/errors.ts';
import type { Log } from '@atelier/lib/log';
import { toJobError } from '../../exchange.ts';

/**
 * HTTP status for each way to fail. Documented are 400 (empty prompt, content policy, unusable action), 401 (key), 403 (the
 * Discord account, or the key, is suspended), 404 (unknown task) and 502 (Discord does not answer, or not to this token); the rest is the
 * nearest registered status. Source: LinkrAPI, imagine, fetch, action and info, "Status Codes".
 */
export const STATUS = {
  'invalid-request': 400,
  'malformed-body': 400,
  'body-too-large': 413,
  'unsupported-media-type': 415,
  unauthorized: 401,
  'key-expired': 402,
  'key-suspended': 403,
  forbidden: 403,
  'rate-limited': 429,
  'route-not-found': 404,
  'job-not-found': 404,
  'account-not-found': 404,
  'url-refused': 400,
  'content-policy': 400,
  'button-unknown': 400,
  'button-not-offered': 400,
  'button-already-used': 409,
  'account-missing': 502,
  'account-busy': 429,
  'idempotency-mismatch': 422,
  'idempotency-in-flight': 409,
  'not-configured': 501,
  'account-paused': 403,
  'pending-moderation': 403,
  'captcha-required': 403,
  'account-blocked': 403,
  'account-unauthorized': 502,
  'subscription-required': 403,
  'credits-exhausted': 403,
  'prompt-moderated': 400,
  'prompt-invalid': 400,
  'job-queued': 502,
  'queue-full': 502,
  'upstream-rate-limited': 502,
  'upstream-unreachable': 502,
  'upstream-refused': 502,
  'upstream-failed': 502,
  'upstream-silent': 502,
  'media-unavailable': 502,
  'media-invalid': 400,
  timeout: 502,
  cancelled: 409,
  internal: 500,
} as const satisfies Record<ErrorCode, number>;

/** Codes whose text is the vendor's own, whatever ours says. Source: LinkrAPI, imagine. */
const TEXT: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'Invalid or missing API key.',
  // A key and the account behind it are one thing at the vendor, a "hold".
  'key-suspended': 'Hold account is suspended.',
  'content-policy': "Your prompt contains a term that violates Midjourney's content policy. Please rephrase and try again.",
  'account-unauthorized': 'Failed to connect to Discord. Check your Discord token.',
};

export const invalid = (field: string, message: string): JobError => new JobError('invalid-request', message, { facts: { field } });

/** Every error as `{ detail }` under a real HTTP status. */
export function createErrorHandler(deps: { log: Log }) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const known = toJobError(error);
    if (known.code === 'internal') deps.log.error({ err: error, path: request.routeOptions.url }, 'request failed by an error of ours');
    const { retryAfterSeconds } = known.facts;
    if (typeof retryAfterSeconds === 'number') void reply.header('retry-after', retryAfterSeconds);
    return reply.code(STATUS[known.code]).send({ detail: TEXT[known.code] ?? known.message });
  };
}
