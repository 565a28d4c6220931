import type { FailureCode } from './errors.ts';
import type { ApiKey } from './key.ts';

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

/** The accounts as dialects and the queue see them. */
export interface AccountService {
  /** Adds or replaces the account of a channel and opens its Discord session. Throws `JobError('invalid-request')` for a token that another channel has. */
  configure(request: {
    channelId: string;
    guildId: string;
    token: string;
    maxJobs: number;
  }): Promise<{ account: Account; created: boolean }>;
  /** The private channel that this token's user has with Midjourney's bot, to be configured with an empty `guildId`. Throws `JobError`. */
  findPrivateChannel(token: string): Promise<string>;
  /** An account for the token that a caller brought along; the configured one when it is the same token. */
  bring(request: { channelId: string; guildId: string; token: string; maxJobs: number }): Promise<Account>;
  get(accountId: string): Promise<Account | undefined>;
  list(): Promise<Account[]>;
  remove(accountId: string): Promise<boolean>;
  /** Clears the pause; the account is used again. */
  reset(accountId: string): Promise<boolean>;
  /**
   * The listed, unpaused account with most free slots, round robin among equals. Throws `JobError`: `account-missing` when none is listed,
   * `account-paused` when all are paused (facts `code`), `account-busy` when all are full (facts `executingJobIds`, `maxJobs`; with a
   * `viewer`, the ids of those jobs alone that this key may see).
   */
  pickFree(viewer?: Pick<ApiKey, 'id' | 'admin'>): Promise<Account>;
}
