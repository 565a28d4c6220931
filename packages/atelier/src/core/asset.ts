import type { Readable } from 'node:stream';
import type { Media } from './engine.ts';
import type { Job, OutputAsset } from './job.ts';

/** A file that the server keeps and serves, as recorded in the store. */
export interface Asset {
  readonly id: string;
  readonly jobId: string;
  readonly keyId: string;
  readonly contentType: string;
  readonly filename: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
  readonly createdAtMs: number;
  /** From here on the link answers 410 and the file is removed. */
  readonly expiresAtMs: number;
}

/** Keeps the bytes of assets by key: in the file system by default, or in any store that can read a range of a blob. */
export interface BlobStore {
  /** Durable when it resolves: a crash after it leaves the whole file, a crash before it leaves nothing under the key. */
  put(key: string, bytes: Uint8Array | Readable): Promise<{ bytes: number }>;
  /**
   * Bytes `start`–`end` inclusive (all when left out), or undefined when the key is unknown. Rejects when the file does not have all of
   * these bytes. The reader destroys the stream when it wants no more of it.
   */
  get(key: string, range?: { start: number; end: number }): Promise<Readable | undefined>;
  /** Resolves also when the key is unknown. */
  remove(key: string): Promise<void>;
}

export interface AssetLinks {
  /** A signed link to an asset; the same text for the same asset every time. Answers 410 after its expiry. */
  url(asset: Pick<OutputAsset, 'assetId' | 'filename'>, job: Pick<Job, 'finishedAtMs' | 'updatedAtMs'>): string;
}

/** The files of a result, copied into the blob store. */
export interface Collected {
  /** For the job's output, in the order of the media; a grid is followed by its four pictures. */
  outputs: OutputAsset[];
  /** For the store, written in the same transition as the output. */
  records: Asset[];
  /** Deletes the copied files again: called when the job ended meanwhile, so that no record will ever name them. */
  discard(): Promise<void>;
}

/** Copies media into the blob store. Rejects when one of them cannot be copied, and then keeps no file. */
export type CollectMedia = (job: Job, media: readonly Media[], signal: AbortSignal) => Promise<Collected>;

/** A picture that a caller gave: as a file, as base64, or behind a URL. Its type was read from its bytes. */
export interface CallerPicture {
  bytes: Uint8Array;
  contentType: string;
  /** `image.png`: by its type, never the caller's own name. */
  filename: string;
}

/** A checked picture of a request. `source` stands in the job's input. */
export interface Upload {
  readonly source: string;
  readonly picture: CallerPicture;
}

/** Pictures that come with a request. They are kept from before its answer until its jobs have ended. */
export interface Uploads {
  /** Reads base64 text or a base64 data URL, and stores nothing. Throws `JobError('invalid-request')`: no base64, no picture, too large. */
  read(text: string): Promise<Upload>;
  /** Stores the pictures for the jobs of a request: on disk when it resolves. */
  keep(uploads: readonly Upload[], owner: Pick<Job, 'id' | 'keyId'>): Promise<void>;
  /** Deletes pictures of a request that made no job. */
  discard(uploads: readonly Upload[]): Promise<void>;
  /** The picture of a source. Rejects with `UrlFetchError` if it is no longer kept. */
  open(source: string): Promise<CallerPicture>;
  /** Deletes the pictures of a job that has ended, once no job of its batch needs them. */
  release(job: Job): Promise<void>;
}

const UPLOAD = 'upload:';

export const toUploadSource = (assetId: string): string => `${UPLOAD}${assetId}`;

/** The id of the asset that a source names; undefined for a URL. */
export const uploadIdOf = (source: string): string | undefined => (source.startsWith(UPLOAD) ? source.slice(UPLOAD.length) : undefined);
