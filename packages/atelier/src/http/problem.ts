import type { FastifyReply } from 'fastify';
import { ERROR_CODES, type ErrorCode, type JobError } from '../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';
import { createStatusTable } from './error-handler.ts';

/** Our own error shape: problem details for HTTP APIs (RFC 9457). `code`, `retryable` and the error's facts are its extension members. */
export interface Problem extends JsonObject {
  /** A page of this server about this kind of problem. */
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  retryable: boolean;
}

const PROBLEM_TYPE = 'application/problem+json';

/** HTTP statuses. A failed job is not a failed request: its failure is part of the job, and the request that reads it gets 200. */
const STATUS = createStatusTable(
  {
    invalid: 400,
    policy: 422,
    'body-too-large': 413,
    'media-type': 415,
    unauthorized: 401,
    forbidden: 403,
    'payment-required': 402,
    'not-found': 404,
    conflict: 409,
    unprocessable: 422,
    'rate-limited': 429,
    'not-configured': 503,
    account: 503,
    subscription: 503,
    'upstream-busy': 503,
    'upstream-failed': 502,
    'upstream-silent': 504,
    internal: 500,
  },
  { 'button-unknown': 422, 'button-not-offered': 422 },
);

const TITLES = {
  'invalid-request': 'The request is not valid',
  'malformed-body': 'The body cannot be read',
  'body-too-large': 'The body is too large',
  'unsupported-media-type': 'The content type is not supported',
  unauthorized: 'The API key is missing or unknown',
  'key-expired': 'The API key has expired',
  'key-suspended': 'The API key is suspended',
  forbidden: 'This API key may not do that',
  'rate-limited': 'Too many requests',
  'route-not-found': 'Route not found',
  'job-not-found': 'Job not found',
  'account-not-found': 'Account not found',
  'url-refused': 'The URL may not be used',
  'content-policy': 'The content policy does not allow this',
  'button-unknown': 'Button not known',
  'button-not-offered': 'The job does not offer this button',
  'button-already-used': 'The button has been used',
  'account-missing': 'No account is configured',
  'account-busy': 'Every account is busy',
  'idempotency-mismatch': 'The Idempotency-Key was used for another request',
  'idempotency-in-flight': 'The same request is being worked on',
  'not-configured': 'This server is not configured for this request',
  'account-paused': 'The account is paused',
  'pending-moderation': 'The account awaits moderation',
  'captcha-required': 'The account must solve a CAPTCHA',
  'account-blocked': 'The account is blocked',
  'account-unauthorized': 'Discord does not accept the account',
  'subscription-required': 'The account has no subscription',
  'credits-exhausted': 'The account has no credits left',
  'prompt-moderated': 'The prompt was refused',
  'prompt-invalid': 'The prompt is not valid',
  'job-queued': 'The upstream has queued the job',
  'queue-full': 'The queue of the upstream is full',
  'upstream-rate-limited': 'The upstream limits the rate',
  'upstream-unreachable': 'The upstream cannot be reached',
  'upstream-refused': 'The upstream has refused',
  'upstream-failed': 'The upstream has failed',
  'upstream-silent': 'The upstream does not answer',
  'media-unavailable': 'A file cannot be fetched',
  'media-invalid': 'A file cannot be used',
  timeout: 'The job took too long',
  cancelled: 'The job was cancelled',
  internal: 'Internal error of this server',
} as const satisfies Record<ErrorCode, string>;

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(TITLES, text);
export const PROBLEM_CODES: readonly ErrorCode[] = Object.keys(TITLES).filter(isErrorCode);
export const problemType = (code: ErrorCode): string => `/problems/${code}`;

/** The members that every problem with this code has. */
export const describeProblem = (code: ErrorCode) => ({
  type: problemType(code),
  code,
  title: TITLES[code],
  status: STATUS[code],
  retryable: ERROR_CODES[code].retryable,
});

/** The error as a problem. A fact with the name of a problem's own member gets `fact` in front: the `code` of a pause becomes `factCode`. */
function toProblem({ code, message, facts }: JobError): Problem {
  const { type, title, status, retryable } = describeProblem(code);
  const own = { type, title, status, detail: message, code, retryable };
  const renamed = Object.entries(facts).map(
    ([name, value]) => [Object.hasOwn(own, name) ? `fact${capitalised(name)}` : name, value] as const,
  );
  return { ...own, ...Object.fromEntries(renamed) };
}

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** Answers with the error as a problem, under its own media type. */
export function sendProblem(error: JobError, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error);
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
  return reply.code(problem.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
}
