import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Media } from '../core/engine.ts';
import type { Job, OutputAsset } from '../core/job.ts';
import { type Clock, sleep } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { UrlGuard } from '../core/url-guard.ts';
import type { Asset, BlobStore, Collected, CollectMedia } from '../core/asset.ts';
import { measurePicture, splitGrid } from './grid.ts';
import { peek, soundTypeOf } from './sound-type.ts';
import { createUndoablePuts } from './undoable-puts.ts';

interface CollectDeps {
  clock: Clock;
  ids: Ids;
  blobs: BlobStore;
  /** Admits the upstream's own hosts. */
  guard: Pick<UrlGuard, 'fetch'>;
  retentionMs: number;
}

const MAX_BYTES = 200 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 60_000;
/** Waits between tries at an upstream that stumbles. */
const RETRY_DELAYS_MS = [500, 2_000, 5_000];

/**
 * Copies a job's media into our own store at once, for the upstream's links expire. Rejects when that cannot be done for all of them, and
 * keeps none then: no record would ever remove it.
 */
export function createCollector(deps: CollectDeps): CollectMedia {
  return async (job, media, signal) => {
    const puts = createUndoablePuts(deps.blobs);
    try {
      const kept = await createCopier({ ...deps, blobs: puts })(job, media, signal);
      return { ...kept, discard: () => puts.undo() };
    } catch (error) {
      await puts.undo();
      throw error;
    }
  };
}

function createCopier(
  deps: Omit<CollectDeps, 'blobs'> & { blobs: Pick<BlobStore, 'put'> },
): (...args: Parameters<CollectMedia>) => Promise<Omit<Collected, 'discard'>> {
  const { clock, ids, blobs } = deps;

  /** Opens the file and hands it to `take`; an upstream that stumbles is asked again, and `take` with it. */
  async function read<Result>({ source }: Media, signal: AbortSignal, take: (body: Readable) => Promise<Result>): Promise<Result> {
    if ('path' in source) return take(createReadStream(source.path));
    const download = async (): Promise<Result> => {
      const file = await deps.guard.fetch(source.url, { maxBytes: MAX_BYTES, timeoutMs: FETCH_TIMEOUT_MS, signal });
      return take(file.body);
    };
    for (const delayMs of RETRY_DELAYS_MS) {
      try {
        return await download();
      } catch {
        await sleep(clock, delayMs, signal);
      }
    }
    return download();
  }

  async function keep(
    job: Job,
    file: Omit<OutputAsset, 'assetId' | 'bytes'>,
    content: Uint8Array | Readable,
  ): Promise<[OutputAsset, Asset]> {
    const assetId = ids.uuid();
    const { bytes } = await blobs.put(assetId, content);
    const { role: _role, index: _index, ...stored } = file;
    const createdAtMs = clock.now();
    return [
      { ...file, assetId, bytes },
      {
        ...stored,
        id: assetId,
        jobId: job.id,
        keyId: job.keyId,
        bytes,
        createdAtMs,
        expiresAtMs: createdAtMs + deps.retentionMs,
      },
    ];
  }

  /** Sound and video, which are large, go through in one stream. */
  async function keepStream(job: Job, media: Media, index: number, body: Readable): Promise<[OutputAsset, Asset]> {
    const { role, filename, width = 0, height = 0 } = media;
    if (role === 'video') return keep(job, { role, index, filename, contentType: media.contentType ?? 'video/mp4', width, height }, body);
    const { head, whole } = await peek(body);
    const contentType = soundTypeOf(head) ?? media.contentType ?? 'audio/mpeg';
    return keep(job, { role, index, filename, contentType, width, height }, whole);
  }

  async function collectOne(job: Job, media: Media, place: number, signal: AbortSignal): Promise<[OutputAsset, Asset][]> {
    const { filename, role, index = place } = media;
    if (role === 'video' || role === 'audio') return [await read(media, signal, (body) => keepStream(job, media, index, body))];
    const bytes = await read(media, signal, buffer);
    const { width, height, format } = await measurePicture(bytes);
    const whole = await keep(job, { role, index, filename, contentType: `image/${format}`, width, height }, bytes);
    if (role !== 'grid') return [whole];
    return [whole, ...(await keepTiles(job, filename, bytes))];
  }

  async function keepTiles(job: Job, filename: string, grid: Uint8Array): Promise<[OutputAsset, Asset][]> {
    const stem = filename.replace(/\.[a-z0-9]+$/i, '');
    const tiles = await splitGrid(grid);
    const keepTile = ({ index, width, height, bytes }: (typeof tiles)[number]): Promise<[OutputAsset, Asset]> =>
      keep(job, { role: 'image', index, filename: `${stem}_${index}.png`, contentType: 'image/png', width, height }, bytes);
    return Promise.all(tiles.map(keepTile));
  }

  return async (job, media, signal) => {
    const kept = await Promise.all(media.map((item, index) => collectOne(job, item, index + 1, signal)));
    const pairs = kept.flat();
    return { outputs: pairs.map(([output]) => output), records: pairs.map(([, record]) => record) };
  };
}
