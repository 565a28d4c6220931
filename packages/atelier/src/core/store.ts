import type { Account, AccountPause } from './account.ts';
import type { ApiKey, KeyLimits } from './key.ts';
import type { Asset } from './asset.ts';
import type { Attempt, Delivery, DeliveryState, NewDelivery } from './delivery.ts';
import type { DialectName, EngineName, Job, JobStatus } from './job.ts';

/**
 * The records that the server keeps. Drivers: SQLite (embedded, one process) and PostgreSQL (several processes).
 *
 * Every write is a named command that is applied whole or not at all, and is on disk (or replicated as the database is configured)
 * when its promise resolves. No method opens a transaction for its caller, shares memory with another process, or assumes that it is
 * alone: facts that must be true together are written by one command. A lost compare-and-set is reported in the result, not as an
 * error. Times come from the caller, so that tests can move them.
 */
export interface Store extends JobStore, DeliveryStore, AccountStore, KeyStore, AssetStore {
  /** Migrates the schema to the version of this code. Forward only; a newer schema is refused with a clear message. */
  migrate(): Promise<void>;
  close(): Promise<void>;
}

export interface JobStore {
  /**
   * Writes a new job, and in the same command checks its conditions:
   * - `idempotency`: the first use of the key wins; the same fingerprint again gives the first job, another fingerprint is a mismatch.
   * - `dedupeKey`: while a job with this key is running or completed, a second job is a duplicate (U1 pressed twice).
   * - `slots`: at most `maxJobs` unfinished jobs that use a slot on the job's account, the new job included.
   * - `caps`: upper limits of the API key for its unfinished jobs, and for jobs accepted in the 24 hours before `createdAtMs`, the new job
   *   included.
   */
  acceptJob(command: AcceptJob): Promise<AcceptResult>;
  getJob(id: string): Promise<Job | undefined>;
  /** The job that this API key made with this idempotency key and fingerprint. */
  findRepeated(query: { keyId: string; key: string; fingerprint: string }): Promise<Job | undefined>;
  /** Newest first; `cursor` is the last id of the previous page. */
  listJobs(filter: JobFilter): Promise<Job[]>;
  /** Unfinished jobs of an account that use a slot, oldest first. */
  executingJobs(accountId: string): Promise<Job[]>;
  /** Ids of the executing jobs of these accounts, oldest first; with `keyId`, only jobs of this key. */
  executingJobIds(accountIds: readonly string[], keyId?: string): Promise<string[]>;
  /** How many jobs with a slot each account has: all `unfinished` ones, or only the ones `at-work` (not queued). Accounts without such jobs are left out. */
  countSlotJobs(which: 'unfinished' | 'at-work'): Promise<Map<string, number>>;
  /** Queued jobs, oldest first: all of an engine, or one queue of it. The cost does not grow with the jobs of other queues. */
  queuedJobs(engine: EngineName, limit: number, queue?: JobQueue): Promise<Job[]>;
  /** Ids of the accounts that queued jobs are bound to. The cost grows with the number of accounts, not of jobs. */
  awaitedAccounts(engine: EngineName, kind: { usesSlot: boolean }): Promise<string[]>;
  /**
   * Gives a queued job to the process `owner`: state `starting`, account and operation written, `startedAtMs` set, lease taken. Undefined
   * when another write came first (version), when `slots.maxJobs` jobs are at work on the account (queued jobs take no slot), or when the
   * account is paused.
   */
  startJob(command: StartJob): Promise<Job | undefined>;
  /** Recovers unfinished, started jobs after their lease has ended. With `everyLease` also before: for a process that has the store to itself, at its start. */
  recoverJobs(command: { owner: string; nowMs: number; leaseUntilMs: number; everyLease: boolean; limit: number }): Promise<Job[]>;
  /** Extends the leases of these jobs; returns the ids of the jobs that `owner` still has. */
  renewJobLeases(command: { owner: string; jobIds: string[]; leaseUntilMs: number }): Promise<string[]>;
  /** Ends the leases of `owner`, so that another process can recover its jobs at once. */
  releaseJobLeases(owner: string): Promise<void>;
  /**
   * Writes a transition: compare-and-set on `version`, and the new status must be allowed to follow the stored one. Deliveries and assets
   * are written in the same command. Undefined when another write came first; then nothing was written.
   */
  transition(command: TransitionJob): Promise<Job | undefined>;
}

/** Some of an engine's queued jobs: the jobs bound to an account (null: to no account), or the jobs with a limit from their caller (`Job.maxJobs`). */
export type JobQueue = { accountId: string | null; usesSlot: boolean } | { hasOwnLimit: true };

export interface AcceptJob {
  job: Job;
  slots?: { maxJobs: number };
  caps?: JobCaps;
  dedupeKey?: string;
  idempotency?: { key: string; fingerprint: string };
}

/** Null: unlimited. */
export type JobCaps = Pick<KeyLimits, 'jobsPerDay' | 'runningJobs'>;

export type AcceptResult =
  | { outcome: 'accepted'; job: Job }
  /** The job that was accepted with this idempotency key before. */
  | { outcome: 'repeated'; job: Job }
  | { outcome: 'idempotency-mismatch' }
  /** The job that has the dedupe key. */
  | { outcome: 'duplicate'; job: Job }
  /** The API key has reached a limit. `freeAtMs`: when the 24 hours have room again; null when only the end of a job makes room. */
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
   * Claims up to `limit` pending deliveries that are due and not leased, the longest due first, except deliveries to `exceptOrigins` and of
   * `exceptJobIds`.
   */
  claimDeliveries(command: ClaimDeliveries): Promise<Delivery[]>;
  /**
   * Records an attempt and the delivery's next state, if the delivery still waits for exactly this attempt (`attempt.number` =
   * attemptCount + 1): false when a later attempt was recorded meanwhile.
   */
  recordAttempt(command: RecordAttempt): Promise<boolean>;
  /** Ends the leases of claimed deliveries at once, without an attempt: at shutdown. */
  releaseDeliveries(deliveryIds: readonly string[]): Promise<void>;
  /** Ends every lease: for a process that has the store to itself, at its start. */
  releaseAllDeliveries(): Promise<void>;
  getDelivery(id: string): Promise<Delivery | undefined>;
  /** Newest first; `cursor` is the last id of the previous page. */
  listDeliveries(filter: DeliveryFilter): Promise<Delivery[]>;
  listAttempts(deliveryId: string): Promise<Attempt[]>;
  /** Makes delivered, exhausted or stopped deliveries pending again, due now, with a fresh set of attempts. Returns their number. */
  replayDeliveries(command: { deliveryIds: readonly string[]; nowMs: number }): Promise<number>;
  /** When the next pending, unleased delivery falls due; undefined when no delivery is pending. */
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
  /** Listed accounts, with `unlisted` all accounts; sorted by id. */
  listAccounts(options?: { unlisted?: boolean }): Promise<Account[]>;
  /** False when the account does not exist. Jobs that ran on it stay. */
  deleteAccount(id: string): Promise<boolean>;
  /**
   * Pauses an active account, or (null) clears its pause, and writes the notices to the operator in the same command. False when the account
   * does not exist or was paused already; then nothing was written.
   */
  setAccountPause(id: string, pause: AccountPause | null, nowMs: number, deliveries?: readonly NewDelivery[]): Promise<boolean>;
}

export interface KeyStore {
  /** The store assigns the number: 1, 2, 3, … */
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
  /** For uploads. The assets of a result are written by the transition that names them. */
  putAsset(asset: Asset): Promise<void>;
  getAsset(id: string): Promise<Asset | undefined>;
  /** Records that have expired, at most `limit`. */
  expiredAssets(nowMs: number, limit: number): Promise<Asset[]>;
  deleteAssets(ids: readonly string[]): Promise<void>;
}
