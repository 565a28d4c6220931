import { BlobStoreError, type BlobDriver, type OpenBlobs } from './driver.ts';
import type { S3Settings } from './s3-blobs.ts';

export interface S3BlobSettings {
  s3Endpoint: string | undefined;
  s3Region: string;
  s3PathStyle: 'auto' | 'on' | 'off';
  s3AccessKeyId: string | undefined;
  s3SecretAccessKey: string | undefined;
  s3SessionToken: string | undefined;
}

/** A bucket of an S3-compatible service. */
export const s3Driver: BlobDriver<S3BlobSettings> = {
  form: 's3://bucket or s3://bucket/prefix, without keys in it',
  recognise(assetStore) {
    const location = parseS3Url(assetStore);
    return location && ((settings, probeTimeoutMs) => openBucket(toS3Settings(location, settings), probeTimeoutMs));
  },
};

type S3Location = Pick<S3Settings, 'bucket' | 'prefix'>;

/** Reads `s3://bucket/prefix`. The prefix ends in a slash or is empty. Undefined for any other text. */
export function parseS3Url(text: string): S3Location | undefined {
  const match = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])(?:\/([\w!.*'()/-]*))?$/i.exec(text);
  const [, bucket, path = ''] = match ?? [];
  if (bucket === undefined) return undefined;
  const prefix = path.replace(/^\/+|\/+$/g, '');
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}

function toS3Settings(location: S3Location, settings: S3BlobSettings): S3Settings {
  const { s3Endpoint, s3AccessKeyId, s3SecretAccessKey, s3SessionToken } = settings;
  if ((s3AccessKeyId === undefined) !== (s3SecretAccessKey === undefined)) {
    throw new BlobStoreError('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: set both or neither');
  }
  return {
    ...location,
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

async function openBucket(settings: S3Settings, probeTimeoutMs: number): Promise<OpenBlobs> {
  // Imported only when a bucket is opened: the SDK takes longer to load than the rest of the server.
  const { createS3Blobs, explainS3Failure } = await import('./s3-blobs.ts');
  const blobs = createS3Blobs(settings);
  try {
    await blobs.probe(probeTimeoutMs);
  } catch (error) {
    blobs.close();
    throw new BlobStoreError(`ASSET_STORE: ${explainS3Failure(error, settings)}`, { cause: error });
  }
  return { blobs, close: async () => blobs.close() };
}
