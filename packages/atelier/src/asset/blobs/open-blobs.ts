import { join } from 'node:path';
import type { BlobStore } from '../../core/asset.ts';
import { createFileBlobs } from './file-blobs.ts';
import type { S3Settings } from './s3-settings.ts';

/** Where files are kept, as the operator set it. */
export interface BlobSettings {
  dataFolder: string;
  /** Undefined: a folder below `dataFolder`. */
  assetStore: { bucket: string; prefix: string } | undefined;
  s3Endpoint: string | undefined;
  s3Region: string;
  s3PathStyle: 'auto' | 'on' | 'off';
  s3AccessKeyId: string | undefined;
  s3SecretAccessKey: string | undefined;
  s3SessionToken: string | undefined;
}

/** The settings name a blob store that cannot be used. The message says what the operator has to change. */
export class BlobStoreError extends Error {
  override readonly name = 'BlobStoreError';
}

export interface OpenBlobs {
  blobs: BlobStore;
  close(): Promise<void>;
}

const PROBE_TIMEOUT_MS = 10_000;

/**
 * The blob store of the settings: a folder below the data folder, or a bucket, which is tried first. Throws `BlobStoreError` with what
 * the operator has to change when the bucket cannot be used.
 */
export async function openBlobs(settings: BlobSettings, probeTimeoutMs = PROBE_TIMEOUT_MS): Promise<OpenBlobs> {
  const s3 = toS3Settings(settings);
  if (!s3) return { blobs: createFileBlobs(join(settings.dataFolder, 'assets')), close: async () => {} };
  // Imported here alone: the SDK takes longer to load than the rest of the server.
  const [{ createS3Blobs }, { explainS3Failure }] = await Promise.all([import('./s3-blobs.ts'), import('./s3-failure.ts')]);
  const blobs = createS3Blobs(s3);
  try {
    await blobs.probe(probeTimeoutMs);
  } catch (error) {
    blobs.close();
    throw new BlobStoreError(`ASSET_STORE: ${explainS3Failure(error, s3)}`, { cause: error });
  }
  return { blobs, close: async () => blobs.close() };
}

function toS3Settings(settings: BlobSettings): S3Settings | undefined {
  const { assetStore, s3Endpoint, s3AccessKeyId, s3SecretAccessKey, s3SessionToken } = settings;
  if (!assetStore) return undefined;
  if ((s3AccessKeyId === undefined) !== (s3SecretAccessKey === undefined)) {
    throw new BlobStoreError('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: set both or neither');
  }
  return {
    ...assetStore,
    endpoint: s3Endpoint,
    region: settings.s3Region,
    pathStyle: settings.s3PathStyle === 'auto' ? s3Endpoint !== undefined : settings.s3PathStyle === 'on',
    credentials:
      s3AccessKeyId === undefined || s3SecretAccessKey === undefined
        ? undefined
        : {
            accessKeyId: s3AccessKeyId,
            secretAccessKey: s3SecretAccessKey,
            ...(s3SessionToken === undefined ? {} : { sessionToken: s3SessionToken }),
          },
  };
}
