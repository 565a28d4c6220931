import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import type { Asset, BlobStore } from '../../core/asset.ts';
import { createFileBlobs } from '../../asset/blobs/file-blobs.ts';
import { createLinks } from '../../asset/links.ts';
import { createS3Blobs } from '../../asset/blobs/s3-blobs.ts';
import { startS3Server } from '../../asset/blobs/s3-server.fixture.ts';
import { createSweeper } from '../../asset/sweep.ts';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { createTestApp } from '../dialects/testing/test-services.ts';
import { createAssetRoutes } from './asset-routes.ts';

export const DAY_MS = 86_400_000;
const RETENTION_MS = 14 * DAY_MS;

/** The asset routes in an app on a socket, over a real blob store. */
export interface AssetHarness {
  url: string;
  clock: FakeClock;
  blobs: BlobStore;
  sweep(): Promise<number>;
  /** Stores a file of a job that ends `endedAfterMs` from now, and returns the link to it. */
  keep(asset: { id: string; contentType: string; filename: string }, content: string | Buffer, endedAfterMs?: number): Promise<string>;
  /** The streams that the blob store returned to the routes. */
  given: Readable[];
  get(url: string, headers?: Record<string, string>, method?: 'GET' | 'HEAD'): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Dispatcher.ResponseData['headers'];
  text: string;
}

export type OpenStore = () => Promise<{ blobs: BlobStore; close(): Promise<void> }>;

export const STORES: Record<string, OpenStore> = {
  'a folder': async () => {
    const folder = await mkdtemp(join(tmpdir(), 'atelier-assets-'));
    return { blobs: createFileBlobs(folder), close: () => rm(folder, { recursive: true }) };
  },
  'a bucket': async () => {
    const server = await startS3Server();
    const blobs = createS3Blobs(server.settings);
    return {
      blobs,
      close: async () => {
        blobs.close();
        await server.close();
      },
    };
  },
};

export async function createTestAssetHarness(open: OpenStore, options: { stallTimeoutMs?: number } = {}): Promise<AssetHarness> {
  const clock = createFakeClock();
  const { blobs, close } = await open();
  const given: Readable[] = [];
  const links = createLinks({ secret: 's', publicUrl: () => '', retentionMs: RETENTION_MS });
  const records = new Map<string, Asset>();
  const store = {
    getAsset: async (id: string) => records.get(id),
    putAsset: async (asset: Asset) => void records.set(asset.id, asset),
    expiredAssets: async (nowMs: number) => [...records.values()].filter(({ expiresAtMs }) => expiresAtMs <= nowMs),
    deleteAssets: async (ids: readonly string[]) => ids.forEach((id) => records.delete(id)),
  };
  const watched: BlobStore = {
    ...blobs,
    get: async (key, range) => {
      const body = await blobs.get(key, range);
      if (body) given.push(body);
      return body;
    },
  };
  const app = await createTestApp({ plugins: [createAssetRoutes({ clock, log: silentLog, store, blobs: watched, links, ...options })] });
  const base = await app.listen({ host: '127.0.0.1', port: 0 });

  return {
    url: base,
    clock,
    blobs,
    given,
    sweep: () => createSweeper({ clock, log: silentLog, store, blobs }).sweep(),
    async keep({ id, contentType, filename }, content, endedAfterMs = 0) {
      const { bytes } = await blobs.put(id, Buffer.from(content));
      const createdAtMs = clock.now();
      const expiresAtMs = createdAtMs + RETENTION_MS;
      await store.putAsset({ id, jobId: 'job', keyId: 'key', contentType, filename, bytes, width: 1, height: 1, createdAtMs, expiresAtMs });
      const endedAtMs = createdAtMs + endedAfterMs;
      return `${base}${links.url({ assetId: id, filename }, { finishedAtMs: endedAtMs, updatedAtMs: endedAtMs })}`;
    },
    async get(url, headers = {}, method = 'GET') {
      const answer = await request(url, { method, headers });
      return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
    },
    async close() {
      await app.close();
      await close();
    },
  };
}
