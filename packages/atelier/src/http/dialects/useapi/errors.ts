import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountPause } from '../../../core/account.ts';
import { JobError, type ErrorCode } from '../../../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import { toJobError } from '../../exchange.ts';
import { toText } from './fields.ts';

/**
 * HTTP status, and `code` in the body, for each way to fail. 596 is no registered status; it is the vendor's word for "this
 * Discord account is halted until it is reset". Source: useapi v2, jobs/button and jobs/info, "Responses"; what is not
 * documented there is answered with the nearest registered status.
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
  'account-missing': 400,
  'account-busy': 429,
  'idempotency-mismatch': 422,
  'idempotency-in-flight': 409,
  'not-configured': 400,
  'account-paused': 596,
  'pending-moderation': 596,
  'captcha-required': 596,
  'account-blocked': 596,
  'account-unauthorized': 596,
  'subscription-required': 402,
  'credits-exhausted': 402,
  'prompt-moderated': 422,
  'prompt-invalid': 422,
  'job-queued': 504,
  'queue-full': 504,
  'upstream-rate-limited': 429,
  'upstream-unreachable': 500,
  'upstream-refused': 500,
  'upstream-failed': 500,
  'upstream-silent': 504,
  'media-unavailable': 500,
  'media-invalid': 422,
  timeout: 504,
  // A job that its caller ended has not failed: it is answered and called back as it stands.
  cancelled: 200,
  internal: 500,
} as const satisfies Record<ErrorCode, number>;

/** Codes whose text is the vendor's own, whatever ours says. */
const TEXT: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'Unauthorized',
  'key-expired': 'Account has no subscription or subscription expired',
  'account-missing': 'discord, server or channel value is missing',
  'malformed-body': 'Request body is not valid',
  'body-too-large': 'Request body is too large',
  'unsupported-media-type': 'Content-Type is not supported, use application/json',
  internal: 'Internal error',
};

/** What differs between the pages of the manual. */
export interface Page {
  /** For a missing, over-long or invalid value: 400, but 412 on jobs/info. Source: useapi v2, jobs/info. */
  invalidStatus: 400 | 412;
  /** The end of the sentence that tells how to come back from a 596. */
  resetAdvice(channelId: string): string;
}

export const ASYNC_PAGE: Page = {
  invalidStatus: 400,
  resetAdvice: () => 'reset the /account pendingModMessage before making any new API calls.',
};

export const SYNC_PAGE: Page = {
  invalidStatus: 412,
  resetAdvice: (channelId) => `POST account/midjourney/${channelId}/reset before making any new API calls.`,
};

export interface ErrorReply {
  status: number;
  body: JsonObject;
  /** Shown as `Retry-After`, where it is known how long. */
  retryAfterSeconds?: number;
}

/** Refusal of a request because its account is paused; says which channel to reset. */
export const pausedError = (pause: Pick<AccountPause, 'code' | 'title'>, channelId: string): JobError =>
  new JobError('account-paused', pause.title, { facts: { code: pause.code, channel: channelId } });

/** The error handler of a page: every error leaves in the vendor's shape, `{ error, errorDetails?, code }` and extras. */
export function createErrorHandler(page: Page, log: Log): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const answer = toErrorReply(error, page);
    const { status } = answer;
    if (status >= 500 && status !== STATUS['account-paused']) {
      log.error({ err: error, path: request.routeOptions.url }, 'request failed by an error of ours');
    }
    void sendReply(reply, answer);
  };
}

/** Sends the answer with its headers. */
export function sendReply(reply: FastifyReply, { status, body, retryAfterSeconds }: ErrorReply): FastifyReply {
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', Math.ceil(retryAfterSeconds));
  return reply.code(status).send(body);
}

function toErrorReply(error: unknown, page: Page): ErrorReply {
  const known = toJobError(error);
  const { retryAfterSeconds } = known.facts;
  const answer = toBareReply(known, page);
  return typeof retryAfterSeconds === 'number' ? { ...answer, retryAfterSeconds } : answer;
}

function toBareReply(known: JobError, page: Page): ErrorReply {
  const details = known.facts['details'];
  const plain = (): ErrorReply =>
    withCode(STATUS[known.code], {
      error: TEXT[known.code] ?? known.message,
      ...(typeof details === 'string' ? { errorDetails: details } : {}),
    });
  return OWN_SHAPE[known.code]?.(known, page) ?? plain();
}

const invalidReply = (error: JobError, page: Page): ErrorReply =>
  withCode(page.invalidStatus, { error: TEXT[error.code] ?? error.message });

/** Codes whose body or status is not the plain one. */
const OWN_SHAPE: Partial<Record<ErrorCode, (error: JobError, page: Page) => ErrorReply>> = {
  'invalid-request': invalidReply,
  'url-refused': invalidReply,
  'account-missing': invalidReply,
  'account-paused': pausedReply,
  'account-busy': ({ facts }) =>
    withCode(STATUS['account-busy'], {
      error: `Maximum of ${toText(facts['maxJobs'])} jobs executing in parallel supported`,
      executingJobs: facts['executingJobIds'] ?? [],
    }),
  'button-already-used': ({ facts }) =>
    withCode(STATUS['button-already-used'], {
      error: `Button ${toText(facts['button'])} already executed by job ${toText(facts['jobId'])}`,
      button: facts['button'] ?? null,
      jobid: facts['jobId'] ?? null,
    }),
};

/** Codes of a pause for which the vendor has its own sentence. Source: useapi v2, jobs/info, "596 Pending mod message". */
const MODERATION_NOTICES: ReadonlySet<unknown> = new Set<ErrorCode>([
  'account-paused',
  'pending-moderation',
  'captcha-required',
  'account-blocked',
]);

function pausedReply(error: JobError, page: Page): ErrorReply {
  const code = error.facts['code'] ?? 'account-paused';
  const advice = page.resetAdvice(toText(error.facts['channel'] ?? '<channel>'));
  if (MODERATION_NOTICES.has(code)) {
    const notice = 'Your Discord account has received a pending moderation message from Midjourney.';
    return withCode(STATUS['account-paused'], { error: `${notice} Please address this issue and ${advice}` });
  }
  const status = typeof code === 'string' && isErrorCode(code) ? STATUS[code] : STATUS['account-paused'];
  return withCode(status, { error: `${error.message}. Please address this issue and ${advice}` });
}

const withCode = (status: number, body: JsonObject): ErrorReply => ({ status, body: { ...body, code: status } });
const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(STATUS, code);
