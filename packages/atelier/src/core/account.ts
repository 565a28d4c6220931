import type { FailureCode, JobFailure } from './errors.ts';
import type { ApiKey } from './key.ts';

/**
 * One Discord user and channel with a Midjourney subscription. An account is *listed* when an operator configured it. An account that a
 * useapi caller sent in its request (token, server and channel) is kept unlisted: its own jobs use it, other jobs never run on it.
 */
export interface Account {
  /** The channel id for a listed account; `<channel>:<8 hex of the token's hash>` for an unlisted one. */
  readonly id: string;
  readonly channelId: string;
  readonly guildId: string;
  /** The Discord token, encrypted with the server's secret. Only `SecretBox` opens it. */
  readonly sealedToken: string;
  /** SHA-256 of the token, hex: finds duplicates without decrypting a token. */
  readonly tokenHash: string;
  /** First 3 and last 3 characters: `ABC…secured…xyz`. */
  readonly maskedToken: string;
  /** How many Midjourney jobs may run at once, 1–15. */
  readonly maxJobs: number;
  readonly listed: boolean;
  /** The upstream that the token belongs to: `simulator`, or the REST base of Discord. Empty for an account of an older version, until the next start. */
  readonly upstream: string;
  readonly pause: AccountPause | null;
  /** The last hold. It is over once `untilMs` has passed; then the account is tried with one job, and the hold is cleared when Midjourney takes it. */
  readonly hold: AccountHold | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Why an account is paused: no job runs on it until the operator resets it. */
export interface AccountPause {
  readonly code: FailureCode;
  readonly title: string;
  readonly details: string | null;
  readonly atMs: number;
}

/**
 * Why an account is held: the state passes by itself, so the account gets no new job until `untilMs`, and its jobs wait. Discord limits it, its
 * credits are used up, Midjourney's queue is full, or Discord cannot be reached.
 */
export interface AccountHold {
  readonly code: FailureCode;
  readonly title: string;
  readonly details: string | null;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** The hold of an account while it lasts; null for an account that is not held now. */
export const activeHold = ({ hold }: Pick<Account, 'hold'>, nowMs: number): AccountHold | null =>
  hold !== null && hold.untilMs > nowMs ? hold : null;

export type AccountStatus = 'active' | 'held' | 'paused';

/** `active` takes jobs, `held` lets them wait until its hold ends, `paused` takes none until the operator resets it. A pause wins over a hold. */
export const accountStatus = (account: Pick<Account, 'hold' | 'pause'>, nowMs: number): AccountStatus =>
  account.pause !== null ? 'paused' : activeHold(account, nowMs) ? 'held' : 'active';

/**
 * A trouble of an account that an engine has seen. `pause` lasts until the operator resets the account. `hold` ends by itself after `forMs`;
 * null: the upstream named no length, so the accounts use their own back-off, 15 s doubling to 10 minutes. The back-off starts again once a job
 * was answered (`onAccountWell`).
 */
export type AccountTrouble = { kind: 'pause'; failure: JobFailure } | { kind: 'hold'; failure: JobFailure; forMs: number | null };

/** Limits that the operator sets for every account. The jobs that they stop wait. */
export interface AccountLimits {
  /** Jobs that start within any 24 hours; null: no limit. */
  readonly jobsPerDay: number | null;
  /** Least time between the starts of two jobs, at most 24 hours; 0: none. */
  readonly jobIntervalMs: number;
}

/** How many of these accounts have each status. */
export function countAccounts(accounts: readonly Account[], nowMs: number): Record<AccountStatus, number> {
  const counts = { active: 0, held: 0, paused: 0 };
  for (const account of accounts) counts[accountStatus(account, nowMs)] += 1;
  return counts;
}

/**
 * The hold to blame while no account can reach Discord: every account that is not paused is held because Discord cannot be reached. Null while one may
 * reach it, and without such an account.
 */
export function unreachableHold(accounts: readonly Account[], nowMs: number): AccountHold | null {
  const holds = accounts.filter(({ pause }) => pause === null).map((account) => activeHold(account, nowMs));
  return holds.every((hold) => hold?.code === 'upstream-unreachable') ? (holds[0] ?? null) : null;
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
  /** Id of the private channel between this token's user and Midjourney's bot, to be configured with an empty `guildId`. Throws `JobError`. */
  findPrivateChannel(token: string): Promise<string>;
  /** The account for a token that a caller sent with its request: the listed account of the channel if it has the same token, else an unlisted one. */
  bring(request: { channelId: string; guildId: string; token: string; maxJobs: number }): Promise<Account>;
  get(accountId: string): Promise<Account | undefined>;
  list(): Promise<Account[]>;
  remove(accountId: string): Promise<boolean>;
  /** Clears pause and hold; the account is used again. */
  reset(accountId: string): Promise<boolean>;
  /**
   * The listed, active account with most free slots; accounts with the same number take turns. While every account that is not paused is held, a held
   * account. Throws `JobError`: `account-missing` when no account is listed, `account-paused` when all are paused (fact `code`), `account-busy` when
   * all are full (facts `maxJobs` and `executingJobIds`; with a `viewer`, only the ids of jobs that this key may see).
   */
  pickFree(viewer?: Pick<ApiKey, 'id' | 'admin'>): Promise<Account>;
}

/** An account and how many more jobs it may run. */
export interface AccountWithSlots {
  account: Account;
  freeSlots: number;
}

/** Picks the account with most free slots, undefined when all are full; accounts with the same number take turns, sorted by id. */
export function createAccountPicker(): (candidates: readonly AccountWithSlots[]) => Account | undefined {
  let lastPickedId = '';
  return (candidates) => {
    let best: AccountWithSlots | undefined;
    for (const candidate of candidates) {
      if (candidate.freeSlots > 0 && (!best || isBefore(candidate, best, lastPickedId))) best = candidate;
    }
    if (best) lastPickedId = best.account.id;
    return best?.account;
  };
}

/** Of accounts with the same number of free slots, the ids after the last picked one come first. */
function isBefore(a: AccountWithSlots, b: AccountWithSlots, lastPickedId: string): boolean {
  if (a.freeSlots !== b.freeSlots) return a.freeSlots > b.freeSlots;
  const [aIsNext, bIsNext] = [a.account.id > lastPickedId, b.account.id > lastPickedId];
  return aIsNext === bIsNext ? a.account.id < b.account.id : aIsNext;
}
