import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { Media } from '../engine/engine.ts';
import type { Job, OutputAsset } from '../job/job.ts';
import { type Clock, sleep } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { UrlGuard } from '../net/url-policy.ts';
import type { Asset, BlobStore } from './asset.ts';
import { measurePicture, splitGrid } from './grid.ts';
import { createUndoablePuts } from './undoable-puts.ts';

export interface Collected {
  /** For the job's output, in the order of the media; a grid is followed by its four pictures. */
  outputs: OutputAsset[];
  /** For the store, written with the job's last transition. */
  records: Asset[];
}

interface CollectDeps {
  clock: Clock;
  ids: Ids;
  blobs: BlobStore;
  /** Admits the upstream's own hosts. */
  guard: Pick<UrlGuard, 'fetch'>;
  retentionMs: number;
}

export type CollectMedia = (job: Job, media: readonly Media[], signal: AbortSignal) => Promise<Collected>;

const MAX_BYTES = 200 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 60_000;
/** Waits between tries at an upstream that stumbles. */
const RETRY_DELAYS_MS = [500, 2_000, 5_000];

/** By the ending of a file's name, where it says more than the role. */
const CONTENT_TYPES: Readonly<Record<string, string>> = { mp3: 'audio/mpeg', wav: 'audio/wav', mp4: 'video/mp4', webm: 'video/webm' };

function contentTypeOf(filename: string, role: 'video' | 'audio'): string {
  const type = CONTENT_TYPES[/\.([a-z0-9]+)$/i.exec(filename)?.[1]?.toLowerCase() ?? ''];
  return type?.startsWith(role) ? type : role === 'video' ? 'video/mp4' : 'audio/mpeg';
}

/**
 * Copies a job's media into our own store at once, for the upstream's links expire. Rejects when that cannot be done for all of them, and
 * keeps none then: no record would ever remove it.
 */
export function createCollector(deps: CollectDeps): CollectMedia {
  return async (job, media, signal) => {
    const puts = createUndoablePuts(deps.blobs);
    try {
      return await createCopier({ ...deps, blobs: puts })(job, media, signal);
    } catch (error) {
      await puts.undo();
      throw error;
    }
  };
}

function createCopier(deps: Omit<CollectDeps, 'blobs'> & { blobs: Pick<BlobStore, 'put'> }): CollectMedia {
  const { clock, ids, blobs } = deps;

  async function read(media: Media, signal: AbortSignal): Promise<Uint8Array> {
    if ('path' in media.source) return buffer(createReadStream(media.source.path));
    const { url } = media.source;
    for (const delayMs of RETRY_DELAYS_MS) {
      try {
        return await download(url, signal);
      } catch {
        await sleep(clock, delayMs, signal);
      }
    }
    return download(url, signal);
  }

  async function download(url: string, signal: AbortSignal): Promise<Uint8Array> {
    const file = await deps.guard.fetch(url, { maxBytes: MAX_BYTES, timeoutMs: FETCH_TIMEOUT_MS, signal });
    return buffer(file.body);
  }

  async function keep(job: Job, file: Omit<OutputAsset, 'assetId' | 'bytes'>, bytes: Uint8Array): Promise<[OutputAsset, Asset]> {
    const assetId = ids.uuid();
    await blobs.put(assetId, bytes);
    const { role: _role, index: _index, ...stored } = file;
    const createdAtMs = clock.now();
    return [
      { ...file, assetId, bytes: bytes.length },
      {
        ...stored,
        id: assetId,
        jobId: job.id,
        keyId: job.keyId,
        bytes: bytes.length,
        createdAtMs,
        expiresAtMs: createdAtMs + deps.retentionMs,
      },
    ];
  }

  async function collectOne(job: Job, media: Media, index: number, signal: AbortSignal): Promise<[OutputAsset, Asset][]> {
    const bytes = await read(media, signal);
    const { filename, role } = media;
    if (role === 'video' || role === 'audio') {
      const contentType = contentTypeOf(filename, role);
      const { width = 0, height = 0 } = media;
      return [await keep(job, { role, index, filename, contentType, width, height }, bytes)];
    }
    const { width, height, format } = await measurePicture(bytes);
    const whole = await keep(job, { role, index, filename, contentType: `image/${format}`, width, height }, bytes);
    if (role !== 'grid') return [whole];
    const stem = filename.replace(/\.[a-z0-9]+$/i, '');
    const tiles = await splitGrid(bytes);
    const parts = tiles.map((tile) =>
      keep(
        job,
        {
          role: 'image',
          index: tile.index,
          filename: `${stem}_${tile.index}.png`,
          contentType: 'image/png',
          width: tile.width,
          height: tile.height,
        },
        tile.bytes,
      ),
    );
    return [whole, ...(await Promise.all(parts))];
  }

  return async (job, media, signal) => {
    const kept = await Promise.all(media.map((item, index) => collectOne(job, item, index + 1, signal)));
    const pairs = kept.flat();
    return { outputs: pairs.map(([output]) => output), records: pairs.map(([, record]) => record) };
  };
}
