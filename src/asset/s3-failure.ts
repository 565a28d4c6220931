import { S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Settings } from './s3-blobs.ts';

/** What each answer of an S3 service means for whoever configured it. Source: Amazon S3 API, "Error responses". */
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

/** One line for the operator: which bucket, where, and what to change. Names no credential. */
export function explainS3Failure(error: unknown, { bucket, prefix, endpoint, region }: Omit<S3Settings, 'credentials'>): string {
  const place = `s3://${bucket}/${prefix} at ${endpoint === undefined ? `Amazon S3 in ${region}` : new URL(endpoint).origin}`;
  return `${place} cannot be used: ${adviceOn(error)}`;
}

function adviceOn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const advice = ADVICE[error.name];
  if (advice !== undefined) return advice;
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode;
    return `it answered ${error.name}${status === undefined ? '' : ` (HTTP ${status})`}; is this the address of an S3 service?`;
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return `it does not answer (${code}); check S3_ENDPOINT and the network`;
}
