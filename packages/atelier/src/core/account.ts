import type { FailureCode } from './errors.ts';

/**
 * One Discord user and channel with a Midjourney subscription. An account is *listed* when an operator configured it; one
 * that a useapi caller brought along in its request (token, server and channel) is kept unlisted: usable by its jobs, never
 * chosen for others.
 */
export interface Account {
  /** The channel id for a listed account; `<channel>:<8 hex of the token's hash>` for one brought along. */
  readonly id: string;
  readonly channelId: string;
  readonly guildId: string;
  /** The Discord token, encrypted with the server's secret. Only `SecretBox` opens it. */
  readonly sealedToken: string;
  /** SHA-256 of the token, hex: finds duplicates without opening anything. */
  readonly tokenHash: string;
  /** First 3 and last 3 characters: `ABC…secured…xyz`. */
  readonly maskedToken: string;
  /** How many Midjourney jobs may run at once, 1–15. */
  readonly maxJobs: number;
  readonly listed: boolean;
  readonly pause: AccountPause | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Why no job may run on an account until the operator resets it. */
export interface AccountPause {
  readonly code: FailureCode;
  readonly title: string;
  readonly details: string | null;
  readonly atMs: number;
}

/** An API key as stored: the secret itself is never kept. */
export interface ApiKey {
  readonly id: string;
  /** Small, stable, human: the `user:<number>` of useapi's job ids. */
  readonly number: number;
  readonly name: string;
  /** SHA-256 of the secret, hex. */
  readonly secretHash: string;
  readonly admin: boolean;
  /** Default callback for useapi jobs (`POST account`). */
  readonly replyUrl: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly suspendedAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly limits: KeyLimits;
}

/** What a key may do at most; null where it has no limit. */
export interface KeyLimits {
  readonly requestsPerMinute: number | null;
  /** Jobs accepted within any 24 hours. */
  readonly jobsPerDay: number | null;
  /** Jobs that are queued or at work. */
  readonly runningJobs: number | null;
}

/** Of a key that may do whatever it likes. */
export const NO_LIMITS: KeyLimits = { requestsPerMinute: null, jobsPerDay: null, runningJobs: null };
