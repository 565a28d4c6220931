import type { FastifyReply } from 'fastify';
import { type ErrorCode, JobError } from '../../../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';
import { createStatusTable } from '../../error-handler.ts';

/**
 * HTTP status of each error code. The manual documents 400 (empty prompt, content policy, unusable action), 401 (key), 403 (the
 * Discord account, or the key, is suspended), 404 (unknown task) and 502 (Discord does not answer, or refuses this token); every other code gets
 * the nearest registered status. Source: linkr, imagine; linkr, fetch; linkr, action; linkr, info.
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
    unprocessable: 400,
    'rate-limited': 429,
    'not-configured': 501,
    account: 403,
    subscription: 403,
    'upstream-busy': 502,
    'upstream-failed': 502,
    'upstream-silent': 502,
    internal: 500,
  },
  { 'idempotency-mismatch': 422, 'account-missing': 502, 'account-unauthorized': 502 },
);

/** The vendor's texts, sent in place of the error's message. Source: linkr, imagine. */
const TEXT: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'Invalid or missing API key.',
  // "Hold" is the vendor's word for a key together with its Discord account.
  'key-suspended': 'Hold account is suspended.',
  'content-policy': "Your prompt contains a term that violates Midjourney's content policy. Please rephrase and try again.",
  'account-unauthorized': 'Failed to connect to Discord. Check your Discord token.',
};

export const invalid = (field: string, message: string): JobError => new JobError('invalid-request', message, { facts: { field } });

/** Sends an error as `{ detail }` under its HTTP status. */
export const sendRefusal = (error: JobError, reply: FastifyReply): FastifyReply =>
  reply.code(STATUS[error.code]).send({ detail: TEXT[error.code] ?? error.message });

const LINKR_PATH = /^\/(?:api\/)?(?:v1\/)?(imagine|fetch|action|info)(?:\/|$)|^\/v1\/(tasks?|status|result)(?:\/|$)/;

const CORRECT_PATHS: Record<string, string> = {
  imagine: 'POST /v1/imagine',
  action: 'POST /v1/action',
  info: 'GET /v1/info',
};

/** A 404 that names the correct path, for wrong spellings of the manual's four pages and of polling. */
export function answerUnknownPath(method: string, path: string): { status: number; body: JsonObject } | undefined {
  const [found, page = ''] = LINKR_PATH.exec(path) ?? [];
  if (found === undefined) return undefined;
  const isPolling = method === 'GET' && page !== 'info';
  const correct = (isPolling ? undefined : CORRECT_PATHS[page]) ?? 'GET /v1/fetch/{task_id}';
  return { status: STATUS['route-not-found'], body: { detail: `${method} ${path.slice(0, 200)} not found. Use ${correct}` } };
}
