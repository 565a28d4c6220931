import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '@atelier/lib/log';
import { ERROR_CODES, type ErrorCode, type ErrorKind, type JobError } from '../core/errors.ts';
import { toJobError } from './exchange.ts';

interface ErrorHandlerDeps {
  log: Log;
  /** The log line of unexpected errors. */
  event?: string;
  /** Sends the error in the shape of its dialect. `retry-after` is set already where the error says when to ask again. */
  send(error: JobError, reply: FastifyReply): FastifyReply;
}

/** An error handler for Fastify: every thrown value becomes a `JobError` and is sent by `send`; unexpected ones are logged with their stack. */
export function createErrorHandler({ log, event = 'unhandled error in request', send }: ErrorHandlerDeps) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const refusal = toJobError(error);
    if (refusal.code === 'internal') log.error({ err: error, requestId: request.id, path: request.routeOptions.url }, event);
    const { retryAfterSeconds } = refusal.facts;
    if (typeof retryAfterSeconds === 'number') void reply.header('retry-after', Math.ceil(retryAfterSeconds));
    void send(refusal, reply);
  };
}

/**
 * The status of every error code: that of its kind, unless `overrides` names the code. A new code is answered like its kind; a new kind does not
 * compile until each dialect has a status for it.
 */
export function createStatusTable(
  byKind: Readonly<Record<ErrorKind, number>>,
  overrides: Readonly<Partial<Record<ErrorCode, number>>>,
): Readonly<Record<ErrorCode, number>> {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];
  return Object.fromEntries(codes.map((code) => [code, overrides[code] ?? byKind[ERROR_CODES[code].kind]])) as Record<ErrorCode, number>;
}
