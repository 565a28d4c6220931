import type { FastifyReply } from 'fastify';
import type { JsonObject, JsonValue } from '@atelier/lib/json';
import { createStatusTable } from '../../error-handler.ts';

/** The body of every reply. `code` tells success (200) from failure, not the HTTP status. Source: kie, recorded replies. */
export type Envelope = JsonObject & { code: number; msg: string; data: JsonValue };

/**
 * `code` of the envelope for each error code, and `errorCode` of a Midjourney task that ended with it. Midjourney's pages know only 200, 400,
 * 401, 402, 404, 422, 429, 455 (maintenance), 500, 501 (generation failed) and 505 (feature disabled); Suno's pages also know
 * 409 (the record exists already). Source: kie, codes.
 */
export const CODES = createStatusTable(
  {
    invalid: 422,
    policy: 422,
    'body-too-large': 400,
    'media-type': 400,
    unauthorized: 401,
    forbidden: 401,
    'payment-required': 402,
    'not-found': 404,
    conflict: 409,
    unprocessable: 422,
    'rate-limited': 429,
    'not-configured': 505,
    account: 455,
    subscription: 402,
    'upstream-busy': 429,
    'upstream-failed': 501,
    'upstream-silent': 501,
    internal: 500,
  },
  {
    'malformed-body': 400,
    // The vendor has no such code. Clients still read a refusal: all of them test for 200 alone.
    'key-suspended': 403,
    // A follow-up on a task that does not exist. Source: kie, recorded replies, Suno follow-ups.
    'job-not-found': 422,
    'account-missing': 455,
    'idempotency-in-flight': 429,
    'upstream-unreachable': 500,
    'media-unavailable': 500,
    cancelled: 501,
  },
);

/** The vendor's spelling, without a blank. Source: kie, recorded replies. */
const CONTENT_TYPE = 'application/json;charset=UTF-8';

export const success = (data: JsonValue): Envelope => ({ code: 200, msg: 'success', data });

export const failure = (code: number, msg: string): Envelope => ({ code, msg, data: null });

export function sendEnvelope(reply: FastifyReply, envelope: Envelope, httpStatus = 200): FastifyReply {
  return reply.code(httpStatus).header('content-type', CONTENT_TYPE).send(envelope);
}
