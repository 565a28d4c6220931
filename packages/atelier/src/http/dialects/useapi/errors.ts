import type { AccountHold, AccountPause } from '../../../core/account.ts';
import { JobError, type ErrorCode } from '../../../core/errors.ts';
import { parseJsonObject, type JsonObject } from '@atelier/lib/json';
import { createStatusTable } from '../../error-handler.ts';
import { toText } from './fields.ts';

/**
 * HTTP status, and `code` in the body, of each error. 596 is not a registered status: the vendor answers it while a Discord account is halted until its
 * reset. Undocumented errors get the nearest registered status. Source: useapi, responses.
 */
export const STATUS = createStatusTable(
  {
    invalid: 400,
    policy: 400,
    'body-too-large': 413,
    'media-type': 415,
    unauthorized: 401,
    forbidden: 403,
    'payment-required': 402,
    'not-found': 404,
    conflict: 409,
    unprocessable: 422,
    'rate-limited': 429,
    'not-configured': 400,
    account: 596,
    subscription: 402,
    'upstream-busy': 504,
    'upstream-failed': 500,
    'upstream-silent': 504,
    internal: 500,
  },
  {
    'upstream-rate-limited': 429,
    // A job that its caller cancelled has not failed: it is answered and called back as a job.
    cancelled: 200,
  },
);

/** Codes with a text of the vendor. */
const TEXT: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'Unauthorized',
  'key-expired': 'Account has no subscription or subscription expired',
  'account-missing': 'discord, server or channel value is missing',
  'malformed-body': 'Request body is not valid',
  'body-too-large': 'Request body is too large',
  'unsupported-media-type': 'Content-Type is not supported, use application/json',
  internal: 'Internal error',
};

/** Differences between the pages of the manual. */
export interface Page {
  /** For a missing, over-long or invalid value: 400, but 412 on jobs/info. Source: useapi, jobs/info. */
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
  /** Sent as `Retry-After` when present. */
  retryAfterSeconds?: number;
}

/** Refusal of a request because its account is paused; says which channel to reset. */
export const pausedError = (pause: Pick<AccountPause, 'code' | 'title'>, channelId: string): JobError =>
  new JobError('account-paused', pause.title, { facts: { code: pause.code, channel: channelId } });

/**
 * Refusal of a request because its account is held: the answer that the job got which met the state (429 in place of 504), with the time that is left.
 * The vendor never lets a job wait; its callers send the request again. Source: useapi, jobs/button, 429.
 */
export function heldError({ code, title, details, untilMs }: AccountHold, nowMs: number): JobError {
  const leftSeconds = Math.ceil(untilMs - nowMs) / 1_000;
  // Discord's own answer, as text: its wait has become shorter meanwhile.
  const answer = parseJsonObject(details ?? '');
  const left = 'retry_after' in answer ? JSON.stringify({ ...answer, retry_after: leftSeconds }) : details;
  // The vendor's 504 always names a job, and a refused request has none.
  const answered = STATUS[code] === 504 ? 'upstream-rate-limited' : code;
  return new JobError(answered, title, { facts: { details: left, retryAfterSeconds: leftSeconds } });
}

/** The answer to an error, in the shape of the page. */
export function toErrorReply(known: JobError, page: Page): ErrorReply {
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

/** Codes with extra fields or a status of their own page. */
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

/** Codes of a pause with a sentence of the vendor. Source: useapi, jobs/info, 596. */
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
