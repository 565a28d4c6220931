import type { FastifyReply } from 'fastify';
import type { JsonObject, JsonValue } from '@atelier/lib/json';

/** What every reply is. `code` tells success (200) from failure, not the HTTP status. Source: kie, recorded replies. */
export type Envelope = JsonObject & { code: number; msg: string; data: JsonValue };

/** As the vendor writes it, without a blank. Source: kie, recorded replies. */
const CONTENT_TYPE = 'application/json;charset=UTF-8';

export const success = (data: JsonValue): Envelope => ({ code: 200, msg: 'success', data });

export const failure = (code: number, msg: string): Envelope => ({ code, msg, data: null });

export function sendEnvelope(reply: FastifyReply, envelope: Envelope, httpStatus = 200): FastifyReply {
  return reply.code(httpStatus).header('content-type', CONTENT_TYPE).send(envelope);
}
