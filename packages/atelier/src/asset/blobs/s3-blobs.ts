import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { randomId } from '@atelier/lib/ids';
import type { BlobStore } from '../../core/asset.ts';
import { checkBlobKey } from './blob-key.ts';
import { toS3Failure } from './s3-failure.ts';
import type { S3Settings } from './s3-settings.ts';

export interface S3Blobs extends BlobStore {
  /** Writes, reads and removes a small object. Rejects with what the service said when one of these is not possible within `timeoutMs`. */
  probe(timeoutMs: number): Promise<void>;
  /** Cuts every connection. */
  close(): void;
}

interface S3Object {
  Bucket: string;
  Key: string;
}

/** A step that stumbles is tried this often in all, with growing waits of the SDK's own. */
const ATTEMPTS = 4;
const CONNECT_TIMEOUT_MS = 5_000;
/** From a request's first byte, of an upload's part too, to the answer's headers. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Every download that is under way holds a connection; the SDK's 50 would let slow readers stop the rest. */
const MAX_CONNECTIONS = 512;
/** Larger files are uploaded in parts; of a stream, two of them are in memory at a time. */
const PART_BYTES = 8 * 1024 * 1024;

/** Blobs as objects of an S3-compatible bucket, below a prefix. An object appears under its key only when it is whole. */
export function createS3Blobs(settings: S3Settings): S3Blobs {
  const client = createClient(settings);
  const objectOf = (key: string): S3Object => ({ Bucket: settings.bucket, Key: `${settings.prefix}${checkBlobKey(key)}` });
  /** No error of the SDK leaves here as it is. */
  const guarded = <Result>(work: Promise<Result>): Promise<Result> =>
    work.catch((error: unknown) => {
      throw toS3Failure(error, settings.credentials);
    });

  return {
    async put(key, bytes) {
      const object = objectOf(key);
      if (!(bytes instanceof Uint8Array)) return putStream(bytes, (body) => guarded(sendParts(client, object, body)));
      await guarded(sendParts(client, object, bytes));
      return { bytes: bytes.length };
    },

    async get(key, range) {
      const command = new GetObjectCommand({ ...objectOf(key), ...(range ? { Range: `bytes=${range.start}-${range.end}` } : {}) });
      const found = await guarded(client.send(command).catch(unlessMissing));
      if (found === undefined) return undefined;
      const { Body: body, ContentLength: bytes } = found;
      if (!(body instanceof Readable)) throw new Error('the bucket answered without a body');
      if (range && bytes !== range.end - range.start + 1) {
        body.destroy();
        throw new Error(`the bucket has other bytes under ${key} than were asked for`);
      }
      return body;
    },

    async remove(key) {
      await guarded(client.send(new DeleteObjectCommand(objectOf(key))).catch(unlessMissing));
    },

    probe: (timeoutMs) => guarded(probe(client, objectOf(`start-check-${randomId()}`), AbortSignal.timeout(timeoutMs))),

    close: () => client.destroy(),
  };
}

function createClient({ endpoint, region, pathStyle, credentials }: S3Settings): S3Client {
  const agent = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
  return new S3Client({
    region,
    forcePathStyle: pathStyle,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: ATTEMPTS,
    // The SDK's own checksums are trailers and headers that R2, B2 and older MinIO refuse.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
}

/** What is larger than a part goes as several, each with its own time limit and tries. */
async function sendParts(client: S3Client, object: S3Object, body: Uint8Array | Readable): Promise<void> {
  await new Upload({ client, params: { ...object, Body: body }, partSize: PART_BYTES, queueSize: 2 }).done();
}

/** The number of bytes that a stream had. Rejects with the stream's own error when it breaks, and destroys it when `send` does not take it. */
async function putStream(source: Readable, send: (body: Readable) => Promise<void>): Promise<{ bytes: number }> {
  let bytes = 0;
  let broken: { error: unknown } | undefined;
  async function* counted(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        const part = Buffer.from(chunk as Uint8Array | string);
        bytes += part.length;
        yield part;
      }
    } catch (error) {
      broken = { error };
      throw error;
    }
  }
  try {
    await send(Readable.from(counted()));
    return { bytes };
  } catch (error) {
    source.destroy();
    throw broken ? broken.error : error;
  }
}

async function probe(client: S3Client, object: S3Object, abortSignal: AbortSignal): Promise<void> {
  await client.send(new PutObjectCommand({ ...object, Body: Buffer.from('ok') }), { abortSignal });
  const { Body: body } = await client.send(new GetObjectCommand(object), { abortSignal });
  await body?.transformToByteArray();
  await client.send(new DeleteObjectCommand(object), { abortSignal });
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof NoSuchKey) return undefined;
  if (error instanceof S3ServiceException && error.name === 'NotFound') return undefined;
  throw error;
}
