import type { IncomingHttpHeaders } from 'node:http';
import { create as contentDisposition } from 'content-disposition';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import parseRange from 'range-parser';
import type { Asset, BlobStore } from '../asset/asset.ts';
import type { SignedLinks } from '../asset/links.ts';
import type { Clock } from '../lib/clock.ts';
import type { AssetStore } from '../store/store.ts';

interface AssetRouteDeps {
  clock: Clock;
  store: Pick<AssetStore, 'getAsset'>;
  blobs: BlobStore;
  links: SignedLinks;
}

interface AssetRequest {
  Params: { assetId: string };
  /** Arrays when a caller gives one twice. */
  Querystring: { expires?: string | string[]; signature?: string | string[] };
}

/** `GET /assets/{id}/{name}`: our files, by signed link alone. 403 for a forged link, 410 after its expiry, ranges as RFC 9110 has them. */
export function createAssetRoutes(deps: AssetRouteDeps): FastifyPluginAsync {
  return async (app) => {
    app.get<AssetRequest>('/assets/:assetId/:filename', async (request, reply) => {
      const { assetId } = request.params;
      const { expires = '', signature = '' } = request.query;
      const verdict = deps.links.verify(assetId, String(expires), String(signature), deps.clock.now());
      if (verdict === 'forged') return refuse(reply, 403, 'This link is not valid');
      if (verdict === 'expired') return refuse(reply, 410, 'This link has expired');
      const asset = await deps.store.getAsset(assetId);
      if (!asset) return refuse(reply, 410, 'This file has been removed');
      return send(deps.blobs, asset, request.headers, reply);
    });
  };
}

async function send(blobs: BlobStore, asset: Asset, headers: IncomingHttpHeaders, reply: FastifyReply): Promise<FastifyReply> {
  const etag = `"${asset.id}"`;
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=86400, immutable',
    'content-disposition': contentDisposition(asset.filename, { type: 'inline' }),
    'x-content-type-options': 'nosniff',
  });
  if (headers['if-none-match'] === etag) return reply.code(304).send();
  const ranges = headers.range === undefined ? undefined : parseRange(asset.bytes, headers.range);
  if (ranges === -1) return refuse(reply.header('content-range', `bytes */${asset.bytes}`), 416, 'The range is outside the file');
  const [range] = Array.isArray(ranges) && ranges.length === 1 && ranges.type === 'bytes' ? ranges : [];
  const body = await blobs.get(asset.id, range);
  if (!body) return refuse(reply, 410, 'This file has been removed');
  reply.type(asset.contentType);
  if (range) {
    reply
      .code(206)
      .headers({ 'content-range': `bytes ${range.start}-${range.end}/${asset.bytes}`, 'content-length': range.end - range.start + 1 });
  } else {
    reply.header('content-length', asset.bytes);
  }
  return reply.send(body);
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .removeHeader('content-disposition')
    .type('application/json')
    .send({ error: message, code: status });
}
