import type { Account, AccountPause } from '../../core/account.ts';
import type { ApiKey } from '../../core/key.ts';
import type { Asset } from '../../core/asset.ts';
import type { Attempt, Delivery } from '../../core/delivery.ts';
import type { AccountTable, ApiKeyTable, AssetTable, AttemptTable, DeliveryTable, RowOf } from './schema.ts';

/** Rows to records and back, table by table; jobs have their own file. */

/** JSON that we wrote, read back. Throws when it does not parse: the file is damaged. */
export function fromJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`The database holds damaged JSON in ${where}`, { cause: error });
  }
}

export const DELIVERY_COLUMNS = [
  'seq',
  'id',
  'job_id',
  'key_id',
  'dialect',
  'url',
  'origin',
  'body',
  'kie_task_id',
  'state',
  'attempt_count',
  'due_at_ms',
  'created_at_ms',
  'updated_at_ms',
] as const satisfies readonly (keyof DeliveryTable)[];
export type DeliveryRow = RowOf<DeliveryTable, typeof DELIVERY_COLUMNS>;

export function toDelivery(row: DeliveryRow): Delivery {
  const [, id, jobId, keyId, dialect, url, origin, body, kieTaskId, state, attemptCount, dueAtMs, createdAtMs, updatedAtMs] = row;
  return { id, jobId, keyId, dialect, url, origin, body, kieTaskId, state, attemptCount, dueAtMs, createdAtMs, updatedAtMs };
}

export const ATTEMPT_COLUMNS = [
  'delivery_id',
  'number',
  'started_at_ms',
  'duration_ms',
  'outcome',
  'status',
  'response_body',
  'error',
] as const satisfies readonly (keyof AttemptTable)[];
export type AttemptRow = RowOf<AttemptTable, typeof ATTEMPT_COLUMNS>;

export function toAttempt(row: AttemptRow): Attempt {
  const [deliveryId, number, startedAtMs, durationMs, outcome, status, responseBody, error] = row;
  const where = `attempt ${number} of ${deliveryId}`;
  return {
    deliveryId,
    number,
    startedAtMs,
    durationMs,
    outcome,
    status,
    responseBody: fromJson(responseBody, where) as string,
    error: error === null ? null : (fromJson(error, where) as string),
  };
}

export const ACCOUNT_COLUMNS = [
  'id',
  'channel_id',
  'guild_id',
  'sealed_token',
  'token_hash',
  'masked_token',
  'max_jobs',
  'listed',
  'pause',
  'created_at_ms',
  'updated_at_ms',
] as const satisfies readonly (keyof AccountTable)[];
export type AccountRow = RowOf<AccountTable, typeof ACCOUNT_COLUMNS>;

export function toAccount(row: AccountRow): Account {
  const [id, channelId, guildId, sealedToken, tokenHash, maskedToken, maxJobs, listed, pause, createdAtMs, updatedAtMs] = row;
  return {
    id,
    channelId,
    guildId,
    sealedToken,
    tokenHash,
    maskedToken,
    maxJobs,
    listed: listed === 1,
    pause: pause === null ? null : (fromJson(pause, `account ${id}`) as AccountPause),
    createdAtMs,
    updatedAtMs,
  };
}

export const KEY_COLUMNS = [
  'id',
  'number',
  'name',
  'secret_hash',
  'admin',
  'reply_url',
  'created_at_ms',
  'expires_at_ms',
  'suspended_at_ms',
  'revoked_at_ms',
  'requests_per_minute',
  'jobs_per_day',
  'running_jobs',
] as const satisfies readonly (keyof ApiKeyTable)[];
export type KeyRow = RowOf<ApiKeyTable, typeof KEY_COLUMNS>;

export function toKey(row: KeyRow): ApiKey {
  const [id, number, name, secretHash, admin, replyUrl, createdAtMs, expiresAtMs, suspendedAtMs, revokedAtMs, ...limits] = row;
  const [requestsPerMinute, jobsPerDay, runningJobs] = limits;
  return {
    id,
    number,
    name: fromJson(name, `key ${id}`) as string,
    secretHash,
    admin: admin === 1,
    replyUrl,
    createdAtMs,
    expiresAtMs,
    suspendedAtMs,
    revokedAtMs,
    limits: { requestsPerMinute, jobsPerDay, runningJobs },
  };
}

export const ASSET_COLUMNS = [
  'id',
  'job_id',
  'key_id',
  'content_type',
  'filename',
  'bytes',
  'width',
  'height',
  'created_at_ms',
  'expires_at_ms',
] as const satisfies readonly (keyof AssetTable)[];
export type AssetRow = RowOf<AssetTable, typeof ASSET_COLUMNS>;

export function toAsset(row: AssetRow): Asset {
  const [id, jobId, keyId, contentType, filename, bytes, width, height, createdAtMs, expiresAtMs] = row;
  const name = fromJson(filename, `asset ${id}`) as string;
  return { id, jobId, keyId, contentType, filename: name, bytes, width, height, createdAtMs, expiresAtMs };
}
