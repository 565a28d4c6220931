import type { BlobStore } from '../../core/asset.ts';

/** One kind of blob store. `Settings` are the settings that it reads. */
export interface BlobDriver<Settings> {
  /** How `ASSET_STORE` names a store of this kind, for the error text; null when it cannot be named. */
  readonly form: string | null;
  /** The store that a value of `ASSET_STORE` names; undefined when the value names another kind of store. */
  recognise(assetStore: string): OpenBlobStore<Settings> | undefined;
}

/**
 * Opens the store, and rejects with `BlobStoreError` when it cannot be used. A remote store is tried first, for `probeTimeoutMs` at most.
 */
export type OpenBlobStore<Settings> = (settings: Settings, probeTimeoutMs: number) => Promise<OpenBlobs>;

export interface OpenBlobs {
  blobs: BlobStore;
  close(): Promise<void>;
}

/** The blob store that the settings name cannot be used. The message tells the operator the setting to change. */
export class BlobStoreError extends Error {
  override readonly name = 'BlobStoreError';
}

const KEY = /^[A-Za-z0-9_-]{4,128}$/;

/** Returns the key. Throws when a part of it could be a path or a URL. */
export function checkBlobKey(key: string): string {
  if (!KEY.test(key)) throw new Error(`not a blob key: ${JSON.stringify(key)}`);
  return key;
}
