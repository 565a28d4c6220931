import type { Readable } from 'node:stream';
import type { Job, OutputAsset } from './job.ts';

/** A file that we keep and serve, as recorded in the store. */
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

/** Where the bytes lie. The file system by default; anything that can keep and range-read a blob by key. */
export interface BlobStore {
  /** Durable when it resolves: a crash after it leaves the whole file, one before it leaves nothing under the key. */
  put(key: string, bytes: Uint8Array | Readable): Promise<{ bytes: number }>;
  /**
   * Bytes `start`–`end` inclusive (all when left out), or undefined when there is no such file. Rejects when the file has not all of
   * these bytes. The reader destroys the stream when it wants no more of it.
   */
  get(key: string, range?: { start: number; end: number }): Promise<Readable | undefined>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
}

export interface AssetLinks {
  /** A signed link to a file of ours; the same text for the same asset every time. Answers 410 after its expiry. */
  url(asset: Pick<OutputAsset, 'assetId' | 'filename'>, job: Pick<Job, 'finishedAtMs' | 'updatedAtMs'>): string;
}
