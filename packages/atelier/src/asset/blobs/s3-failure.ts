import { S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Settings } from './s3-settings.ts';

/**
 * What a bucket refused, or that it was not reached. Made from the SDK's errors, which carry whatever the service sent: the access key,
 * and with a wrong signature the whole signed request, session token and all.
 */
export class S3Failure extends Error {
  override readonly name = 'S3Failure';
  /** The service's own word (`NoSuchBucket`), or the system's (`ECONNREFUSED`). */
  readonly reason: string;
  /** Null when there was no answer. */
  readonly status: number | null;

  constructor(reason: string, status: number | null, message: string) {
    super(`${reason}${status === null ? '' : ` (HTTP ${status})`}: ${message}`);
    this.reason = reason;
    this.status = status;
  }
}

/** The failure behind an error of the SDK, without the credentials. */
export function toS3Failure(error: unknown, credentials: S3Settings['credentials']): S3Failure {
  if (!(error instanceof Error)) return new S3Failure('Unknown', null, String(error));
  const message = Object.values(credentials ?? {}).reduce((text, secret) => text.replaceAll(secret, '…'), error.message);
  if (error instanceof S3ServiceException) return new S3Failure(error.name, error.$metadata.httpStatusCode ?? null, message);
  return new S3Failure('code' in error && typeof error.code === 'string' ? error.code : error.name, null, message);
}

/** What each answer means for whoever configured the bucket. Source: Amazon S3 API, "Error responses". */
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

/** One line for the operator: which bucket, where, and what to change. */
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
