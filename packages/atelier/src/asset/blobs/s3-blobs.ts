import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { randomId } from '@atelier/lib/ids';
import type { BlobStore } from '../../core/asset.ts';
import { checkBlobKey } from './driver.ts';

export interface S3Settings {
  bucket: string;
  /** Put before every key; ends in a slash, or is empty. */
  prefix: string;
  /** Base URL of the service; undefined: Amazon S3 in `region`. */
  endpoint: string | undefined;
  region: string;
  /** True: the bucket is in the path of URLs. False: in the host name. */
  pathStyle: boolean;
  /** Undefined: the SDK uses the role or profile of this machine. */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
}

export interface S3Blobs extends BlobStore {
  /** Writes, reads and removes a small object. Rejects with the service's error when one of these fails or takes longer than `timeoutMs`. */
  probe(timeoutMs: number): Promise<void>;
  /** Cuts every connection. */
  close(): void;
}

interface S3Object {
  Bucket: string;
  Key: string;
}

/** A failed request is made this often in all; the SDK waits between two attempts, each time longer. */
const ATTEMPTS = 4;
const CONNECT_TIMEOUT_MS = 5_000;
/** From the first byte of a request (or of a part of an upload) to the headers of the answer. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Every running download occupies a connection; with the SDK's default of 50, slow readers would block all others. */
const MAX_CONNECTIONS = 512;
/** Larger files are uploaded in parts of this size; two parts of a stream are in memory at a time. */
const PART_BYTES = 8 * 1024 * 1024;

/** Keeps blobs as objects of an S3-compatible bucket, below a prefix. An object appears under its key only when it is whole. */
export function createS3Blobs(settings: S3Settings): S3Blobs {
  const client = createClient(settings);
  const objectOf = (key: string): S3Object => ({ Bucket: settings.bucket, Key: `${settings.prefix}${checkBlobKey(key)}` });
  /** Replaces every error of the SDK, because it may carry credentials. */
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

/** Uploads a body larger than `PART_BYTES` in parts, each with its own time limit and attempts. */
async function sendParts(client: S3Client, object: S3Object, body: Uint8Array | Readable): Promise<void> {
  await new Upload({ client, params: { ...object, Body: body }, partSize: PART_BYTES, queueSize: 2 }).done();
}

/** Returns the number of bytes of the stream. Rejects with the stream's error when the stream breaks; destroys the stream when `send` fails. */
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

/**
 * A request that the bucket refused or did not answer. It replaces errors of the SDK, which carry the answer of the service: the access key, and
 * after a wrong signature the whole signed request with the session token.
 */
class S3Failure extends Error {
  override readonly name = 'S3Failure';
  /** The error code of the service (`NoSuchBucket`) or of the system (`ECONNREFUSED`). */
  readonly reason: string;
  /** HTTP status; null when the service did not answer. */
  readonly status: number | null;

  constructor(reason: string, status: number | null, message: string) {
    super(`${reason}${status === null ? '' : ` (HTTP ${status})`}: ${message}`);
    this.reason = reason;
    this.status = status;
  }
}

/** The failure behind an error of the SDK, without the credentials. */
function toS3Failure(error: unknown, credentials: S3Settings['credentials']): S3Failure {
  if (!(error instanceof Error)) return new S3Failure('Unknown', null, String(error));
  const message = Object.values(credentials ?? {}).reduce((text, secret) => text.replaceAll(secret, '…'), error.message);
  if (error instanceof S3ServiceException) return new S3Failure(error.name, error.$metadata.httpStatusCode ?? null, message);
  return new S3Failure('code' in error && typeof error.code === 'string' ? error.code : error.name, null, message);
}

/** The advice to the operator for each error code. Source: amazon-s3, error responses. */
const ADVICE: Readonly<Record<string, string>> = {
  NoSuchBucket: 'the bucket does not exist there; create it, or correct its name',
  AccessDenied: 'the credentials are known but may not write, read and delete below this prefix',
  InvalidAccessKeyId: 'AWS_ACCESS_KEY_ID is not known there',
  SignatureDoesNotMatch: 'AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID',
  InvalidToken: 'AWS_SESSION_TOKEN is not valid',
  ExpiredToken: 'AWS_SESSION_TOKEN has expired',
  PermanentRedirect: 'the bucket lies in another region; set S3_REGION',
  AuthorizationHeaderMalformed: 'the bucket lies in another region; set S3_REGION',
  IllegalLocationConstraintException: 'the bucket lies in another region; set S3_REGION',
  RequestTimeTooSkewed: 'the clock of this machine is wrong',
  CredentialsProviderError: 'there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
};

/** One line for the operator: the bucket, its service, and the setting to change. */
export function explainS3Failure(error: unknown, settings: S3Settings): string {
  const { bucket, prefix, endpoint, region, credentials } = settings;
  const place = `s3://${bucket}/${prefix} at ${endpoint === undefined ? `Amazon S3 in ${region}` : new URL(endpoint).origin}`;
  const { reason, status } = error instanceof S3Failure ? error : toS3Failure(error, credentials);
  const advice =
    ADVICE[reason] ??
    (status === null
      ? `it does not answer (${reason}); check S3_ENDPOINT and the network`
      : `it answered ${reason} (HTTP ${status}); is this the address of an S3 service?`);
  return `${place} cannot be used: ${advice}`;
}
