import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fastify, { type FastifyInstance } from 'fastify';
import type { Asset, BlobStore } from '../asset/asset.ts';
import { createFileBlobs } from '../asset/file-blobs.ts';
import { createLinks } from '../asset/links.ts';
import { createSweeper } from '../asset/sweep.ts';
import { createFakeClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createAssetRoutes } from './asset-routes.ts';

const DAY_MS = 86_400_000;

describe('links to files', () => {
  const clock = createFakeClock();
  const links = createLinks({ secret: 's', publicUrl: () => '', retentionMs: 14 * DAY_MS });
  const records = new Map<string, Asset>();
  const store = {
    getAsset: async (id: string) => records.get(id),
    putAsset: async (asset: Asset) => void records.set(asset.id, asset),
    expiredAssets: async (nowMs: number) => [...records.values()].filter(({ expiresAtMs }) => expiresAtMs <= nowMs),
    deleteAssets: async (ids: readonly string[]) => ids.forEach((id) => records.delete(id)),
  };
  let folder: string;
  let blobs: BlobStore;
  let app: FastifyInstance;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-assets-'));
    blobs = createFileBlobs(folder);
    app = fastify();
    await app.register(createAssetRoutes({ clock, store, blobs, links }));
  });
  after(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  const keep = async (id: string, text: string): Promise<string> => {
    await blobs.put(id, Buffer.from(text));
    const createdAtMs = clock.now();
    await store.putAsset({
      id,
      jobId: 'job',
      keyId: 'key',
      contentType: 'image/png',
      filename: 'füchsin "1".png',
      bytes: text.length,
      width: 1,
      height: 1,
      createdAtMs,
      expiresAtMs: createdAtMs + 14 * DAY_MS,
    });
    return links.url({ assetId: id, filename: 'füchsin "1".png' }, { finishedAtMs: createdAtMs, updatedAtMs: createdAtMs });
  };

  test('are served with type, length, name, and not again when unchanged', async () => {
    const url = await keep('asset-whole', '0123456789');
    const reply = await app.inject(url);
    assert.equal(reply.statusCode, 200);
    assert.equal(reply.body, '0123456789');
    assert.equal(reply.headers['content-type'], 'image/png');
    assert.equal(reply.headers['content-length'], '10');
    assert.match(String(reply.headers['content-disposition']), /^inline; filename="f\?chsin/);
    const again = await app.inject({ url, headers: { 'if-none-match': String(reply.headers['etag']) } });
    assert.equal(again.statusCode, 304);
  });

  test('serve ranges, and say when one is outside the file', async () => {
    const url = await keep('asset-range', '0123456789');
    const part = await app.inject({ url, headers: { range: 'bytes=2-4' } });
    assert.deepEqual([part.statusCode, part.body, part.headers['content-range']], [206, '234', 'bytes 2-4/10']);
    const tail = await app.inject({ url, headers: { range: 'bytes=-3' } });
    assert.deepEqual([tail.statusCode, tail.body], [206, '789']);
    const beyond = await app.inject({ url, headers: { range: 'bytes=20-30' } });
    assert.deepEqual([beyond.statusCode, beyond.headers['content-range']], [416, 'bytes */10']);
    assert.equal((await app.inject({ url, headers: { range: 'nonsense' } })).statusCode, 200);
  });

  test('answer 403 when forged, and 410 after 14 days, when the file is gone', async () => {
    const url = await keep('asset-old', 'old');
    assert.equal((await app.inject(url.replace('asset-old', 'asset-new'))).statusCode, 403);
    assert.equal((await app.inject('/assets/asset-old/x.png')).statusCode, 403);
    assert.equal((await app.inject(`${url}&signature=again`)).statusCode, 403);
    await clock.advance(14 * DAY_MS + 1_000);
    assert.equal((await app.inject(url)).statusCode, 410);
    assert.ok((await createSweeper({ clock, log: silentLog, store, blobs }).sweep()) >= 1);
    assert.equal(await blobs.get('asset-old'), undefined);
    assert.equal((await app.inject(url)).statusCode, 410);
  });
});
