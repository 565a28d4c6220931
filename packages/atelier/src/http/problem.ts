import type { FastifyReply } from 'fastify';
import { ERROR_CODES, type ErrorCode, type JobError } from '../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';

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

/** What each way to fail is called, and its HTTP status. A job that fails is no failed request: its failure is in the job. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'malformed-body': { status: 400, title: 'The body cannot be read' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  unauthorized: { status: 401, title: 'The API key is missing or unknown' },
  'key-expired': { status: 402, title: 'The API key has expired' },
  'key-suspended': { status: 403, title: 'The API key is suspended' },
  forbidden: { status: 403, title: 'This API key may not do that' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'route-not-found': { status: 404, title: 'There is nothing here' },
  'job-not-found': { status: 404, title: 'There is no such thing' },
  'account-not-found': { status: 404, title: 'There is no such account' },
  'url-refused': { status: 400, title: 'The URL may not be used' },
  'content-policy': { status: 422, title: 'The content policy does not allow this' },
  'button-unknown': { status: 422, title: 'There is no such button' },
  'button-not-offered': { status: 422, title: 'The job does not offer this button' },
  'button-already-used': { status: 409, title: 'The button has been used' },
  'account-missing': { status: 503, title: 'No account is configured' },
  'account-busy': { status: 429, title: 'Every account is busy' },
  'idempotency-mismatch': { status: 422, title: 'The Idempotency-Key was used for another request' },
  'idempotency-in-flight': { status: 409, title: 'The same request is being worked on' },
  'not-configured': { status: 503, title: 'This server is not configured for it' },
  'account-paused': { status: 503, title: 'The account is paused' },
  'pending-moderation': { status: 503, title: 'The account awaits moderation' },
  'captcha-required': { status: 503, title: 'The account must solve a CAPTCHA' },
  'account-blocked': { status: 503, title: 'The account is blocked' },
  'account-unauthorized': { status: 503, title: 'Discord does not accept the account' },
  'subscription-required': { status: 503, title: 'The account has no subscription' },
  'credits-exhausted': { status: 503, title: 'The account has no credits left' },
  'prompt-moderated': { status: 422, title: 'The prompt was refused' },
  'prompt-invalid': { status: 422, title: 'The prompt is not valid' },
  'job-queued': { status: 503, title: 'The upstream has queued the job' },
  'queue-full': { status: 503, title: 'The queue of the upstream is full' },
  'upstream-rate-limited': { status: 503, title: 'The upstream limits the rate' },
  'upstream-unreachable': { status: 502, title: 'The upstream cannot be reached' },
  'upstream-refused': { status: 502, title: 'The upstream has refused' },
  'upstream-failed': { status: 502, title: 'The upstream has failed' },
  'upstream-silent': { status: 504, title: 'The upstream does not answer' },
  'media-unavailable': { status: 502, title: 'A file cannot be fetched' },
  'media-invalid': { status: 422, title: 'A file cannot be used' },
  timeout: { status: 504, title: 'It took too long' },
  cancelled: { status: 409, title: 'The job was cancelled' },
  internal: { status: 500, title: 'An error of this server' },
} as const satisfies Record<ErrorCode, { status: number; title: string }>;

export const problemType = (code: ErrorCode): string => `/problems/${code}`;
export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(PROBLEMS, text);

/** The error as a problem. Facts named like a member of the problem itself get `fact` in front: a pause's `code` is `factCode`. */
export function toProblem({ code, message, facts }: JobError): Problem {
  const { status, title } = PROBLEMS[code];
  const own = { type: problemType(code), title, status, detail: message, code, retryable: ERROR_CODES[code].retryable };
  const renamed = Object.entries(facts).map(
    ([name, value]) => [Object.hasOwn(own, name) ? `fact${capitalised(name)}` : name, value] as const,
  );
  return { ...own, ...Object.fromEntries(renamed) };
}

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** Answers with the problem, under its own media type; `Retry-After` says when to ask again, where that is known. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { retryAfterSeconds } = problem;
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
  if (typeof retryAfterSeconds === 'number') void reply.header('retry-after', Math.ceil(retryAfterSeconds));
  return reply.code(problem.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
}
