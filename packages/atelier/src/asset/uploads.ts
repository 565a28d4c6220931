import { buffer } from 'node:stream/consumers';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import { asObjects, asTexts, type JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import { toUploadSource, uploadIdOf, type BlobStore, type Uploads } from '../core/asset.ts';
import { JobError } from '../core/errors.ts';
import { isFinal, UNFINISHED_STATUSES } from '../core/job.ts';
import type { AssetStore, JobStore } from '../core/store.ts';
import type { JobWatch } from '../core/watch.ts';
import { UrlFetchError } from '../core/url-guard.ts';
import { identifyPicture } from './fetch-image.ts';

interface UploadDeps {
  clock: Clock;
  ids: Ids;
  store: Pick<AssetStore, 'putAsset' | 'getAsset' | 'deleteAssets'> & Pick<JobStore, 'listJobs'>;
  blobs: BlobStore;
  /** Longer than a job can wait and run. The sweeper deletes files that a crash kept from being released. */
  keepMs: number;
}

/** Accounts without a subscription may upload so much today, as known from use; Discord refuses larger files. Source: discord-api-docs, upload limits. */
export const MAX_UPLOAD_BYTES = 10 * 1024 * 1024;

const DATA_URL = /^data:[^,]{0,200};base64,/i;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** Opens the pictures that callers send with their requests: deleted when their jobs have ended, by the sweeper after a crash. */
export function openUploads({ log, watch, ...deps }: UploadDeps & { log: Log; watch: JobWatch }): Uploads {
  const uploads = createUploads(deps);
  watch.subscribe((job) => {
    uploads
      .release(job)
      .catch((error: unknown) => log.warn({ err: error, jobId: job.id }, 'pictures of a request could not be deleted: the sweeper will'));
  });
  return uploads;
}

export function createUploads(deps: UploadDeps): Uploads {
  const { clock, ids, store, blobs, keepMs } = deps;
  const remove = async (assetIds: readonly string[]): Promise<void> => {
    // The bytes first, as the sweeper does: a crash in between leaves a record that the sweeper finds.
    await Promise.all(assetIds.map((id) => blobs.remove(id)));
    await store.deleteAssets(assetIds);
  };
  return {
    async read(text) {
      const picture = await identifyPicture(decode(text));
      if ('refusedType' in picture) throw refused('This is not a picture that Discord takes: send a JPEG, PNG, WebP or GIF');
      return { source: toUploadSource(ids.uuid()), picture };
    },
    async keep(uploads, owner) {
      const createdAtMs = clock.now();
      const times = { createdAtMs, expiresAtMs: createdAtMs + keepMs };
      await Promise.all(
        uploads.map(async ({ source, picture: { bytes, contentType, filename } }) => {
          const id = idOf(source);
          const record = { id, jobId: owner.id, keyId: owner.keyId, contentType, filename, width: 0, height: 0, ...times };
          // The record first: bytes without a record would never be deleted.
          await store.putAsset({ ...record, bytes: bytes.byteLength });
          await blobs.put(id, bytes);
        }),
      );
    },
    discard: (uploads) => remove(uploads.map(({ source }) => idOf(source))),
    async open(source) {
      const id = idOf(source);
      const [asset, stream] = await Promise.all([store.getAsset(id), blobs.get(id)]);
      if (!asset || !stream) throw new UrlFetchError('status', 'A picture of the request is no longer kept');
      return { bytes: await buffer(stream), contentType: asset.contentType, filename: asset.filename };
    },
    async release(job) {
      const sources = sourcesOf(job.input);
      if (sources.length === 0 || !isFinal(job.status)) return;
      const { batchId } = job;
      const others = batchId === null ? [] : await store.listJobs({ batchId, statuses: UNFINISHED_STATUSES, limit: 1 });
      if (others.length === 0) await remove(sources.map(idOf));
    },
  };
}

const refused = (message: string): JobError => new JobError('invalid-request', message);

function decode(text: string): Uint8Array {
  const base64 = text.replace(DATA_URL, '').replaceAll(/\s+/g, '');
  if (!BASE64.test(base64)) throw refused('The text is neither base64 nor a base64 data URL');
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.byteLength <= MAX_UPLOAD_BYTES) return bytes;
  throw refused(`The picture has ${bytes.byteLength} bytes, and it may have ${MAX_UPLOAD_BYTES}`);
}

function idOf(source: string): string {
  const id = uploadIdOf(source);
  if (id === undefined) throw new Error(`${source.slice(0, 50)} is not the source of an upload`);
  return id;
}

/** The uploads that an input names, in the fields that callers cannot write themselves. */
function sourcesOf(input: JsonObject): string[] {
  const images = asObjects(input['images']).flatMap(({ source }) => asTexts([source ?? '']));
  return [...images, ...asTexts(input['imageUrls']), ...asTexts([input['imageUrl'] ?? ''])].filter(
    (source) => uploadIdOf(source) !== undefined,
  );
}
