import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKey } from '../core/key.ts';
import { JobError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { isJsonObject, toCanonicalJson } from '@atelier/lib/json';
import type { JobStore } from '../core/store.ts';

/** `/api/v1/imagine` and `/v1/imagine`, `/v1/jobs` and `/v2/jobs`, and both with a slash at the end, are one page each. */
const ALIAS = /^(\/api)?\/v\d+|\/$/g;

/**
 * The request's `Idempotency-Key` and the fingerprint of its page and body; undefined without the header. No vendor knows the header; every dialect
 * honours it, by draft-ietf-httpapi-idempotency-key-header.
 */
export function readIdempotency(request: FastifyRequest, key: ApiKey): { key: string; fingerprint: string } | undefined {
  const header = request.headers['idempotency-key'];
  if (typeof header !== 'string' || header === '') return undefined;
  const page = request.routeOptions.url?.replaceAll(ALIAS, '') ?? '';
  const body = isJsonObject(request.body) ? request.body : {};
  const fingerprint = createHash('sha256')
    .update(`${page}\n${toCanonicalJson(body)}`)
    .digest('hex');
  return { key: `${key.id}:${header}`, fingerprint };
}

/**
 * The job that the same request made earlier, or undefined. Call it before any other check: an account that is paused by now, a URL that is refused
 * by now, the content policy or a full queue must not change the answer to a repeated request.
 */
export async function findRepeated(store: Pick<JobStore, 'findRepeated'>, request: FastifyRequest, key: ApiKey): Promise<Job | undefined> {
  const idempotency = request.method === 'POST' ? readIdempotency(request, key) : undefined;
  return idempotency && (await store.findRepeated({ keyId: key.id, ...idempotency }));
}

/** Runs `action` once the reply was handed to the operating system, or its connection is closed. */
export function onceGone({ raw }: FastifyReply, action: () => void): void {
  if (raw.writableEnded || raw.destroyed) action();
  else raw.once('close', action);
}

/** A thrown value as a `JobError`. Fastify's own errors have a status below 500; any other unknown error is a bug (`internal`). */
export function toJobError(error: unknown): JobError {
  if (error instanceof JobError) return error;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) return new JobError('body-too-large', 'The request body is too large', { cause: error });
  if (status === 415)
    return new JobError('unsupported-media-type', 'Content-Type is not supported, use application/json', { cause: error });
  if (typeof status === 'number' && status < 500)
    return new JobError('malformed-body', 'The request body is not valid JSON', { cause: error });
  return new JobError('internal', 'Internal error', { cause: error });
}

/**
 * Lets routes of this plugin carry `schema: { summary, tags?, body?, querystring?, params?, response }` for the document alone:
 * Fastify neither validates requests nor serialises replies by it. Vendors' wire formats need this: their requests are read more leniently, and
 * refused in other words, than a schema can say. Call it before the routes.
 */
export function documentOnly(app: FastifyInstance): void {
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
}
