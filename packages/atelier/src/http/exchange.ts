import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKey } from '../core/key.ts';
import { JobError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { isJsonObject, toCanonicalJson } from '@atelier/lib/json';
import type { JobStore } from '../core/store.ts';

/** `/api/v1/imagine` and `/v1/imagine`, `/v1/jobs` and `/v2/jobs` are one page each. */
const ALIAS = /^(\/api)?\/v\d+/;

/**
 * The request's `Idempotency-Key` and what it was used for. No vendor knows the header; this server honours it everywhere, by
 * draft-ietf-httpapi-idempotency-key-header. Another page or another body is another request.
 */
export function readIdempotency(request: FastifyRequest, key: ApiKey): { key: string; fingerprint: string } | undefined {
  const header = request.headers['idempotency-key'];
  if (typeof header !== 'string' || header === '') return undefined;
  const page = request.routeOptions.url?.replace(ALIAS, '') ?? '';
  const body = isJsonObject(request.body) ? request.body : {};
  const fingerprint = createHash('sha256')
    .update(`${page}\n${toCanonicalJson(body)}`)
    .digest('hex');
  return { key: `${key.id}:${header}`, fingerprint };
}

/**
 * The job that this very request made when it was sent before, or undefined. To be asked before anything that may have changed since: a paused
 * account, a URL that is refused now, the content policy or a full queue keep nobody from what they have been given already.
 */
export async function findRepeated(store: Pick<JobStore, 'findRepeated'>, request: FastifyRequest, key: ApiKey): Promise<Job | undefined> {
  const idempotency = request.method === 'POST' ? readIdempotency(request, key) : undefined;
  return idempotency && (await store.findRepeated({ keyId: key.id, ...idempotency }));
}

/** Runs `task` once the reply is with the system, or can no longer reach anyone. */
export function onceGone({ raw }: FastifyReply, task: () => void): void {
  if (raw.writableEnded || raw.destroyed) task();
  else raw.once('close', task);
}

/** What was thrown, as a refusal: Fastify's own carry a status below 500; all else that is not ours is a bug (`internal`). */
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
