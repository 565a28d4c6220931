import { join } from 'node:path';
import { ConfigError, type Config } from '../../config/config.ts';
import type { BlobStore } from '../../core/asset.ts';
import { createFileBlobs } from './file-blobs.ts';
import type { S3Settings } from './s3-settings.ts';

type Settings = Pick<
  Config,
  'dataFolder' | 'assetStore' | 's3Endpoint' | 's3Region' | 's3PathStyle' | 's3AccessKeyId' | 's3SecretAccessKey' | 's3SessionToken'
>;

export interface OpenBlobs {
  blobs: BlobStore;
  close(): Promise<void>;
}

const PROBE_TIMEOUT_MS = 10_000;

/**
 * The blob store of the settings: a folder below the data folder, or a bucket, which is tried first. Throws `ConfigError` with what
 * the operator has to change when the bucket cannot be used.
 */
export async function openBlobs(config: Settings, probeTimeoutMs = PROBE_TIMEOUT_MS): Promise<OpenBlobs> {
  const settings = toS3Settings(config);
  if (!settings) return { blobs: createFileBlobs(join(config.dataFolder, 'assets')), close: async () => {} };
  // Imported here alone: the SDK takes longer to load than the rest of the server.
  const [{ createS3Blobs }, { explainS3Failure }] = await Promise.all([import('./s3-blobs.ts'), import('./s3-failure.ts')]);
  const blobs = createS3Blobs(settings);
  try {
    await blobs.probe(probeTimeoutMs);
  } catch (error) {
    blobs.close();
    throw new ConfigError(`ASSET_STORE: ${explainS3Failure(error, settings)}`, { cause: error });
  }
  return { blobs, close: async () => blobs.close() };
}

function toS3Settings(config: Settings): S3Settings | undefined {
  const { assetStore, s3Endpoint, s3AccessKeyId, s3SecretAccessKey, s3SessionToken } = config;
  if (!assetStore) return undefined;
  if ((s3AccessKeyId === undefined) !== (s3SecretAccessKey === undefined)) {
    throw new ConfigError('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: set both or neither');
  }
  return {
    ...assetStore,
    endpoint: s3Endpoint,
    region: config.s3Region,
    pathStyle: config.s3PathStyle === 'auto' ? s3Endpoint !== undefined : config.s3PathStyle === 'on',
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
