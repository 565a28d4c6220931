import type { Account, AccountPause } from './account.ts';
import type { ApiKey, KeyLimits } from './key.ts';
import type { Asset } from './asset.ts';
import type { Attempt, Delivery, DeliveryState, NewDelivery } from './delivery.ts';
import type { DialectName, EngineName, Job, JobStatus } from './job.ts';

/**
 * The records that the server keeps. Two engines stand behind it: SQLite, embedded, one process; PostgreSQL, several.
 *
 * Every write is a named command that is applied whole or not at all, and is on disk (or replicated as the database was told)
 * when its promise resolves. No method opens a transaction for its caller, shares memory with another process, or assumes
 * that it is alone: what must be true together is one command. A compare-and-set that loses says so in its result; losing is
 * not an error. Times come from the caller, so that tests can move them.
 */
export interface Store extends JobStore, DeliveryStore, AccountStore, KeyStore, AssetStore {
  /** Brings the schema to this version's. Forward only; a newer schema is refused with a clear message. */
  migrate(): Promise<void>;
  close(): Promise<void>;
}

export interface JobStore {
  /**
   * Writes a new job, and in the same command checks what must hold for it:
   * - `idempotency`: the key's first use wins; the same fingerprint again gives the first job, another one is a mismatch.
   * - `dedupeKey`: while a job with this key is running or completed, a second one is a duplicate (U1 pressed twice).
   * - `slots`: at most `maxJobs` unfinished jobs that use a slot on the job's account, this one included.
   * - `caps`: at most so many unfinished jobs of the job's key, and so many accepted in the 24 hours before its `createdAtMs`, this one included.
   */
  acceptJob(command: AcceptJob): Promise<AcceptResult>;
  getJob(id: string): Promise<Job | undefined>;
  /** The job that this API key made with this idempotency key and fingerprint. */
  findRepeated(query: { keyId: string; key: string; fingerprint: string }): Promise<Job | undefined>;
  /** Newest first; `cursor` is the last id of the page before. */
  listJobs(filter: JobFilter): Promise<Job[]>;
  /** Unfinished jobs of an account that use a slot, oldest first. */
  executingJobs(accountId: string): Promise<Job[]>;
  /** The ids of the executing jobs of these accounts, oldest first; of one key alone where it is given. */
  executingJobIds(accountIds: readonly string[], keyId?: string): Promise<string[]>;
  /** How many jobs that use a slot each account has, `unfinished` or `at-work` (those that only wait left out); accounts with none are not in it. */
  countSlotJobs(which: 'unfinished' | 'at-work'): Promise<Map<string, number>>;
  /** Queued jobs, oldest first: all of an engine, or those of one queue. None costs more for the jobs of other queues. */
  queuedJobs(engine: EngineName, limit: number, queue?: JobQueue): Promise<Job[]>;
  /** Accounts that queued jobs are bound to, by id. What it costs follows the number of accounts, not that of jobs. */
  awaitedAccounts(engine: EngineName, kind: { usesSlot: boolean }): Promise<string[]>;
  /**
   * Gives a queued job to `owner`: state `starting`, its account and operation written, `startedAtMs` set, lease taken. Undefined when the job has
   * moved on (version), when `slots.maxJobs` jobs are at work on the account (those that only wait take no slot), or the account is paused.
   */
  startJob(command: StartJob): Promise<Job | undefined>;
  /** Takes over unfinished, started jobs whose lease has ended (or, with `everyLease`, all of them: the sole owner at its start). */
  recoverJobs(command: { owner: string; nowMs: number; leaseUntilMs: number; everyLease: boolean; limit: number }): Promise<Job[]>;
  /** Extends the leases of these jobs; returns the ids still held by `owner`. */
  renewJobLeases(command: { owner: string; jobIds: string[]; leaseUntilMs: number }): Promise<string[]>;
  /** Lets go of the leases of `owner`, so that another process may take its jobs up at once. */
  releaseJobLeases(owner: string): Promise<void>;
  /**
   * Moves a job on: compare-and-set on `version`, and the new status must be allowed to follow the stored one. Deliveries are
   * written in the same command. Undefined when the job has moved on meanwhile; then nothing was written.
   */
  transition(command: TransitionJob): Promise<Job | undefined>;
}

/** Some of an engine's queued jobs: those bound to an account (null: to none), or those that came with a limit of their own (`Job.maxJobs`). */
export type JobQueue = { accountId: string | null; usesSlot: boolean } | { hasOwnLimit: true };

export interface AcceptJob {
  job: Job;
  slots?: { maxJobs: number };
  caps?: JobCaps;
  dedupeKey?: string;
  idempotency?: { key: string; fingerprint: string };
}

/** Null where there is no limit. */
export type JobCaps = Pick<KeyLimits, 'jobsPerDay' | 'runningJobs'>;

export type AcceptResult =
  | { outcome: 'accepted'; job: Job }
  /** The job that the idempotency key made before. */
  | { outcome: 'repeated'; job: Job }
  | { outcome: 'idempotency-mismatch' }
  /** The job that holds the dedupe key. */
  | { outcome: 'duplicate'; job: Job }
  /** The key may have no more; `freeAtMs` is when the day has room again, null where only the end of a job makes room. */
  | { outcome: 'over-limit'; limit: keyof JobCaps; max: number; freeAtMs: number | null }
  | { outcome: 'busy'; executing: Job[] };

export interface JobFilter {
  keyId?: string;
  parentId?: string;
  accountId?: string;
  dialect?: DialectName;
  engine?: EngineName;
  verb?: string;
  statuses?: readonly JobStatus[];
  cursor?: string;
  limit: number;
}

export interface StartJob {
  jobId: string;
  version: number;
  accountId: string | null;
  slots: { maxJobs: number } | null;
  operation: Job['operation'];
  owner: string;
  nowMs: number;
  leaseUntilMs: number;
}

export interface TransitionJob {
  jobId: string;
  version: number;
  nowMs: number;
  /** A final status also ends the lease and sets `finishedAtMs`. */
  set: Partial<Pick<Job, 'status' | 'progressPercent' | 'operation' | 'output' | 'failure'>>;
  deliveries?: readonly NewDelivery[];
  assets?: readonly Asset[];
}

export interface DeliveryStore {
  /**
   * Takes up to `limit` pending deliveries that are due and not leased, the longest due first, leaving out those of
   * `exceptOrigins` and `exceptJobIds`.
   */
  claimDeliveries(command: ClaimDeliveries): Promise<Delivery[]>;
  /**
   * Records an attempt and what follows from it, if the delivery still waits for exactly this attempt
   * (`attempt.number` = attemptCount + 1): false when a later attempt was recorded meanwhile.
   */
  recordAttempt(command: RecordAttempt): Promise<boolean>;
  /** Gives unfinished claims back at once (shutdown), without an attempt. */
  releaseDeliveries(deliveryIds: readonly string[]): Promise<void>;
  /** The sole owner at its start: every lease ends. */
  releaseAllDeliveries(): Promise<void>;
  getDelivery(id: string): Promise<Delivery | undefined>;
  /** Newest first; `cursor` is the last id of the page before. */
  listDeliveries(filter: DeliveryFilter): Promise<Delivery[]>;
  listAttempts(deliveryId: string): Promise<Attempt[]>;
  /** Makes delivered, exhausted or stopped deliveries pending again, due now, with a fresh set of attempts. Returns their number. */
  replayDeliveries(command: { deliveryIds: readonly string[]; nowMs: number }): Promise<number>;
  /** When the next pending, unleased delivery falls due; undefined when there is none. */
  nextDeliveryDueAtMs(): Promise<number | undefined>;
}

export interface DeliveryFilter {
  jobId?: string;
  keyId?: string;
  state?: DeliveryState;
  sinceMs?: number;
  cursor?: string;
  limit: number;
}

export interface ClaimDeliveries {
  nowMs: number;
  leaseUntilMs: number;
  limit: number;
  exceptOrigins: readonly string[];
  exceptJobIds: readonly string[];
}

export interface RecordAttempt {
  attempt: Attempt;
  nowMs: number;
  /** `pending` needs `dueAtMs`, the time of the next attempt. */
  next: { state: 'pending'; dueAtMs: number } | { state: 'delivered' | 'exhausted' | 'stopped' };
}

export interface AccountStore {
  /** Inserts or replaces; the pause of an existing account stays. */
  putAccount(account: Account): Promise<void>;
  getAccount(id: string): Promise<Account | undefined>;
  /** Listed ones alone unless told; by id. */
  listAccounts(options?: { unlisted?: boolean }): Promise<Account[]>;
  /** False when there was none. Jobs that ran on it stay. */
  deleteAccount(id: string): Promise<boolean>;
  /**
   * Pauses an account that is not paused, or (null) clears its pause, and writes the notices of it in the same command. False when there is no such
   * account, or when it was paused already; then nothing was written.
   */
  setAccountPause(id: string, pause: AccountPause | null, nowMs: number, deliveries?: readonly NewDelivery[]): Promise<boolean>;
}

export interface KeyStore {
  /** The number is given by the store, one after the other from 1. */
  createKey(key: Omit<ApiKey, 'number'>): Promise<ApiKey>;
  findKey(secretHash: string): Promise<ApiKey | undefined>;
  getKey(id: string): Promise<ApiKey | undefined>;
  listKeys(): Promise<ApiKey[]>;
  updateKey(
    id: string,
    set: Partial<Pick<ApiKey, 'name' | 'replyUrl' | 'expiresAtMs' | 'suspendedAtMs' | 'revokedAtMs' | 'limits'>>,
  ): Promise<ApiKey | undefined>;
}

export interface AssetStore {
  /** Records of assets are written with the transition that names them; this is for uploads. */
  putAsset(asset: Asset): Promise<void>;
  getAsset(id: string): Promise<Asset | undefined>;
  /** Records that have expired, at most `limit`. */
  expiredAssets(nowMs: number, limit: number): Promise<Asset[]>;
  deleteAssets(ids: readonly string[]): Promise<void>;
}
