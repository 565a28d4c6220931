import { Socket } from 'node:net';
import { create as contentDisposition } from 'content-disposition';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Asset, BlobStore } from '../../core/asset.ts';
import type { SignedLinks } from '../../asset/links.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { AssetStore } from '../../core/store.ts';
import { createErrorHandler } from '../error-handler.ts';
import { parseByteRange } from './byte-range.ts';
import { checkPreconditions, mayRange } from './preconditions.ts';

interface AssetRouteDeps {
  clock: Clock;
  log: Log;
  store: Pick<AssetStore, 'getAsset'>;
  blobs: BlobStore;
  links: SignedLinks;
  /** A connection is closed after this time without progress; a player that was paused asks again for the rest of the file. */
  stallTimeoutMs?: number;
}

interface AssetRequest {
  Params: { assetId: string };
  /** Arrays when a name is repeated. The signature does not cover `download`: it only tells a browser to save the file. */
  Querystring: { expires?: string | string[]; signature?: string | string[]; download?: string | string[] };
}

const STALL_TIMEOUT_MS = 60_000;
const MAX_CACHE_S = 86_400;
const RETRY_AFTER_S = 10;

/**
 * `GET` and `HEAD /assets/{id}/{name}`: assets, by signed link alone. 403 for a forged link, 410 after its expiry, 503 while the blob store does not
 * answer; ranges and preconditions as in RFC 9110. With `?download=1` a browser saves the file in place of showing it.
 */
export function createAssetRoutes(deps: AssetRouteDeps): FastifyPluginAsync {
  const { clock, log, store, links, stallTimeoutMs = STALL_TIMEOUT_MS } = deps;
  return async (app) => {
    app.setErrorHandler(
      createErrorHandler({
        log,
        event: 'asset could not be read: check the blob store',
        send: (_error, reply) => refuse(reply.header('retry-after', RETRY_AFTER_S), 503, 'This file cannot be read at the moment'),
      }),
    );
    app.route<AssetRequest>({
      method: ['GET', 'HEAD'],
      url: '/assets/:assetId/:filename',
      handler: async (request, reply) => {
        const { assetId } = request.params;
        const { expires = '', signature = '' } = request.query;
        const verdict = links.verify(assetId, String(expires), String(signature), clock.now());
        if (verdict === 'forged') return refuse(reply, 403, 'This link is not valid');
        if (verdict === 'expired') return refuse(reply, 410, 'This link has expired');
        const asset = await store.getAsset(assetId);
        if (!asset || asset.expiresAtMs <= clock.now()) return refuse(reply, 410, 'This file has been removed');
        // Node's server destroys the socket at this time-out, and sets its own time-out again for the next request.
        if (request.raw.socket instanceof Socket) request.raw.socket.setTimeout(stallTimeoutMs);
        return send(deps, asset, request, reply);
      },
    });
  };
}

async function send(
  { blobs, clock }: AssetRouteDeps,
  asset: Asset,
  { headers, method, query }: FastifyRequest<AssetRequest>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const validators = { etag: `"${asset.id}"`, lastModified: new Date(asset.createdAtMs).toUTCString() };
  const fate = checkPreconditions(headers, validators);
  if (fate === 412) return refuse(reply, 412, 'This file does not meet the preconditions of the request');
  reply.headers({
    etag: validators.etag,
    'last-modified': validators.lastModified,
    'accept-ranges': 'bytes',
    'cache-control': `private, max-age=${Math.min(MAX_CACHE_S, Math.floor((asset.expiresAtMs - clock.now()) / 1_000))}, immutable`,
    'x-content-type-options': 'nosniff',
  });
  if (fate === 304) return reply.code(304).send();

  const range = method === 'GET' && mayRange(headers, validators) ? parseByteRange(headers.range, asset.bytes) : undefined;
  if (range === 'outside') return refuse(reply.header('content-range', `bytes */${asset.bytes}`), 416, 'The range is outside the file');
  const { start, end } = range ?? { start: 0, end: asset.bytes - 1 };
  reply
    .code(range ? 206 : 200)
    .type(asset.contentType)
    .headers({
      'content-disposition': contentDisposition(asset.filename, { type: query.download === '1' ? 'attachment' : 'inline' }),
      'content-length': end - start + 1,
      ...(range ? { 'content-range': `bytes ${start}-${end}/${asset.bytes}` } : {}),
    });
  if (method === 'HEAD') return reply.send();
  // The whole file is asked for as a range too: a file shorter than its record is then refused before `content-length` is sent.
  const body = await blobs.get(asset.id, asset.bytes > 0 ? { start, end } : undefined);
  return body ? reply.send(body) : refuse(reply, 410, 'This file has been removed');
}

/** Headers that describe the file; an error must not carry them. */
const FILE_HEADERS = ['etag', 'last-modified', 'accept-ranges', 'content-disposition', 'content-length'];

function refuse(reply: FastifyReply, status: 403 | 410 | 412 | 416 | 503, message: string): FastifyReply {
  for (const name of status === 416 ? FILE_HEADERS : [...FILE_HEADERS, 'content-range']) reply.removeHeader(name);
  return reply.code(status).header('cache-control', 'no-store').type('application/json').send({ error: message, code: status });
}
