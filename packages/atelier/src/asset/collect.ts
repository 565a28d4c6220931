import sharp from 'sharp';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileTypeFromBuffer } from 'file-type';
import { type Clock, sleep } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { Asset, BlobStore, CollectMedia } from '../core/asset.ts';
import type { Media } from '../core/engine.ts';
import type { Job, OutputAsset } from '../core/job.ts';
import type { UrlGuard } from '../core/url-guard.ts';

interface CollectDeps {
  clock: Clock;
  ids: Ids;
  blobs: BlobStore;
  /** The guard for the files of a job: it admits the hosts of the job's upstream, and knows the way there. */
  guardOf: (job: Job) => Pick<UrlGuard, 'fetch'>;
  retentionMs: number;
}

const MAX_BYTES = 200 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 60_000;
/** Waits between the attempts to download a file. */
const RETRY_DELAYS_MS = [500, 2_000, 5_000];

/**
 * Copies a job's media into the blob store at once, because the upstream's links expire. Rejects when one of them cannot be copied, and deletes
 * the others again: no record would ever name them.
 */
export function createCollector(deps: CollectDeps): CollectMedia {
  return async (job, media, signal) => {
    const puts = createUndoablePuts(deps.blobs);
    try {
      const copied = await Promise.all(media.map((file, index) => copyMedia({ deps, puts, job, signal }, file, index + 1)));
      const assets = copied.flat();
      return {
        outputs: assets.map(({ output }) => output),
        records: assets.map(({ record }) => record),
        discard: () => puts.undo(),
      };
    } catch (error) {
      await puts.undo();
      throw error;
    }
  };
}

/** One call of the collector. */
interface Copy {
  deps: CollectDeps;
  puts: UndoablePuts;
  job: Job;
  signal: AbortSignal;
}

/** A copied file: as part of the job's output, and as a record for the store. */
interface CopiedAsset {
  output: OutputAsset;
  record: Asset;
}

/** `place`: the number of the file in the list, from 1. */
async function copyMedia(copy: Copy, media: Media, place: number): Promise<CopiedAsset[]> {
  const { role, filename, index = place } = media;
  if (role === 'video' || role === 'audio') return [await readMedia(copy, media, (body) => keepStream(copy, media, index, body))];
  const bytes = await readMedia(copy, media, buffer);
  const { width, height, format } = await measurePicture(bytes);
  const whole = await keep(copy, { role, index, filename, contentType: `image/${format}`, width, height }, bytes);
  return role === 'grid' ? [whole, ...(await keepTiles(copy, filename, bytes))] : [whole];
}

/** Opens the file and passes it to `take`. A failed download is repeated, and `take` is called again. */
async function readMedia<Result>(
  { deps, job, signal }: Copy,
  { source }: Media,
  take: (body: Readable) => Promise<Result>,
): Promise<Result> {
  if ('path' in source) return take(createReadStream(source.path));
  const download = async (): Promise<Result> => {
    const file = await deps.guardOf(job).fetch(source.url, { maxBytes: MAX_BYTES, timeoutMs: FETCH_TIMEOUT_MS, signal });
    return take(file.body);
  };
  for (const delayMs of RETRY_DELAYS_MS) {
    try {
      return await download();
    } catch {
      await sleep(deps.clock, delayMs, signal);
    }
  }
  return download();
}

/** Sound and video are large: they are streamed into the blob store. */
async function keepStream(copy: Copy, media: Media, index: number, body: Readable): Promise<CopiedAsset> {
  const { role, filename, width = 0, height = 0 } = media;
  if (role === 'video') return keep(copy, { role, index, filename, contentType: media.contentType ?? 'video/mp4', width, height }, body);
  const { head, whole } = await peek(body);
  const contentType = (await soundTypeOf(head)) ?? media.contentType ?? 'audio/mpeg';
  return keep(copy, { role, index, filename, contentType, width, height }, whole);
}

async function keepTiles(copy: Copy, filename: string, grid: Uint8Array): Promise<CopiedAsset[]> {
  const stem = filename.replace(/\.[a-z0-9]+$/i, '');
  const tiles = await splitGrid(grid);
  const keepTile = ({ index, width, height, bytes }: (typeof tiles)[number]): Promise<CopiedAsset> =>
    keep(copy, { role: 'image', index, filename: `${stem}_${index}.png`, contentType: 'image/png', width, height }, bytes);
  return Promise.all(tiles.map(keepTile));
}

async function keep(
  { deps, puts, job }: Copy,
  file: Omit<OutputAsset, 'assetId' | 'bytes'>,
  content: Uint8Array | Readable,
): Promise<CopiedAsset> {
  const assetId = deps.ids.uuid();
  const { bytes } = await puts.put(assetId, content);
  const { role: _role, index: _index, ...stored } = file;
  const createdAtMs = deps.clock.now();
  const expiresAtMs = createdAtMs + deps.retentionMs;
  return {
    output: { ...file, assetId, bytes },
    record: { ...stored, id: assetId, jobId: job.id, keyId: job.keyId, bytes, createdAtMs, expiresAtMs },
  };
}

interface UndoablePuts extends Pick<BlobStore, 'put'> {
  /** Waits for the running puts, removes every file that was put, and refuses further puts. */
  undo(): Promise<void>;
}

function createUndoablePuts(blobs: BlobStore): UndoablePuts {
  const puts = new Map<string, Promise<unknown>>();
  let isUndone = false;
  return {
    async put(key, bytes) {
      if (isUndone) throw new Error('another file of the same job could not be copied');
      const done = blobs.put(key, bytes);
      puts.set(key, done);
      return done;
    },
    async undo() {
      isUndone = true;
      await Promise.allSettled(puts.values());
      await Promise.allSettled([...puts.keys()].map((key) => blobs.remove(key)));
    },
  };
}

export interface Tile {
  /** 1 top left, 2 top right, 3 bottom left, 4 bottom right. Source: linkr, action. */
  index: 1 | 2 | 3 | 4;
  bytes: Uint8Array;
  width: number;
  height: number;
}

/** Pictures larger than this are not decoded: a 100 kB file can hold a gigapixel. */
const MAX_PIXELS = 80_000_000;

/** Size and format of a picture, without decoding it. Throws when the bytes are not a picture, or the picture is too large. */
export async function measurePicture(bytes: Uint8Array): Promise<{ width: number; height: number; format: string }> {
  const { width, height, format } = await sharp(bytes, { limitInputPixels: MAX_PIXELS }).metadata();
  return { width, height, format };
}

/** The four pictures of a 2×2 grid as PNG, in order. An odd pixel goes to the right and bottom pictures. */
export async function splitGrid(bytes: Uint8Array): Promise<Tile[]> {
  const decoded = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' }).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = decoded.info;
  const halfWidth = Math.floor(width / 2);
  const halfHeight = Math.floor(height / 2);
  const areas = [
    { index: 1, left: 0, top: 0, width: halfWidth, height: halfHeight },
    { index: 2, left: halfWidth, top: 0, width: width - halfWidth, height: halfHeight },
    { index: 3, left: 0, top: halfHeight, width: halfWidth, height: height - halfHeight },
    { index: 4, left: halfWidth, top: halfHeight, width: width - halfWidth, height: height - halfHeight },
  ] as const;
  return Promise.all(
    areas.map(async ({ index, ...area }) => ({
      index,
      width: area.width,
      height: area.height,
      bytes: await sharp(decoded.data, { raw: { width, height, channels } }).extract(area).png({ compressionLevel: 4 }).toBuffer(),
    })),
  );
}

/** Media types as this server serves them, by the types that the library names. */
const SOUND_TYPES: Readonly<Record<string, string>> = {
  'audio/mpeg': 'audio/mpeg',
  'audio/wav': 'audio/wav',
  'audio/flac': 'audio/flac',
  'audio/aac': 'audio/aac',
  'audio/ogg': 'audio/ogg',
  'application/ogg': 'audio/ogg',
  'audio/x-m4a': 'audio/mp4',
  'audio/mp4': 'audio/mp4',
  'video/mp4': 'audio/mp4',
};

/** The library recommends this many bytes for a sample. */
const HEAD_BYTES = 4_100;

/** The media type of a sound file that begins with these bytes; undefined when they match no known type. */
export async function soundTypeOf(head: Uint8Array): Promise<string | undefined> {
  const found = await fileTypeFromBuffer(head);
  // A type may carry parameters: `audio/ogg; codecs=opus`.
  return SOUND_TYPES[found?.mime.split(';')[0] ?? ''];
}

/** Reads the first bytes of a stream; `whole` is the complete stream, these bytes included. Destroying `whole` destroys `body`. */
export async function peek(body: Readable): Promise<{ head: Buffer; whole: Readable }> {
  const chunks = body[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < HEAD_BYTES) {
    const { value, done } = (await chunks.next()) as IteratorResult<Uint8Array>;
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  async function* again(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value as Uint8Array;
  }
  const whole = Readable.from(again(), { objectMode: false });
  whole.once('close', () => body.destroy());
  return { head, whole };
}
