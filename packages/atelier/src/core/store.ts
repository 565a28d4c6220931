import type { Account, AccountHold, AccountPause } from './account.ts';
import type { ApiKey, KeyLimits } from './key.ts';
import type { Asset } from './asset.ts';
import type { Attempt, Delivery, DeliveryState, NewDelivery } from './delivery.ts';
import type { DialectName, EngineName, Job, JobStatus, LateResult } from './job.ts';

/**
 * The records that the server keeps, in SQLite (embedded, one process) or in PostgreSQL (several processes).
 *
 * Every write is a named command. It is applied whole or not at all, and is durable when its promise resolves: on disk, or
 * replicated as the database is configured. No method opens a transaction for its caller, shares memory with another process, or
 * assumes that it runs alone: records that must change together change in one command. A refused
 * compare-and-set is a result, not an error. Times come from the caller, so that tests can set them.
 */
export interface Store extends JobStore, DeliveryStore, AccountStore, KeyStore, AssetStore {
  /** Brings the schema to the version of this program. Forward only; rejects when the schema is newer. */
  migrate(): Promise<void>;
  close(): Promise<void>;
}

export interface JobStore {
  /**
   * Writes a new job, and checks in the same command:
   * - `idempotency`: the first use of the key wins. A repeat with the same fingerprint gives the first job, another fingerprint is a mismatch.
   * - `dedupeKey`: while a job with this key is unfinished or completed, a second job is a duplicate (U1 pressed twice).
   * - `slots`: the job's account has at most `maxJobs` unfinished jobs that use a slot, this job included.
   * - `caps`: the job's key has at most `runningJobs` unfinished jobs, and `jobsPerDay` jobs accepted in the 24 hours before `createdAtMs`, this
   *   job included.
   * - `siblings`: these jobs are accepted with the job, or none of them is. The caps hold for all of them together; the other conditions are
   *   checked for `job` alone, which stands for its batch.
   */
  acceptJob(command: AcceptJob): Promise<AcceptResult>;
  getJob(id: string): Promise<Job | undefined>;
  /** The job that this API key made with this idempotency key and fingerprint. */
  findRepeated(query: { keyId: string; key: string; fingerprint: string }): Promise<Job | undefined>;
  /** Newest first; `cursor` is the last id of the page before. */
  listJobs(filter: JobFilter): Promise<Job[]>;
  /** Unfinished jobs of an account that use a slot, oldest first. */
  executingJobs(accountId: string): Promise<Job[]>;
  /** The ids of the executing jobs of these accounts, oldest first; with `keyId`, of this key alone. */
  executingJobIds(accountIds: readonly string[], keyId?: string): Promise<string[]>;
  /** How many jobs that use a slot each account has: all `unfinished` ones, or the jobs `at-work` alone (no queued jobs). Accounts without such jobs are left out. */
  countSlotJobs(which: 'unfinished' | 'at-work'): Promise<Map<string, number>>;
  /** How many jobs that use a slot each account has started since this instant, and when the last one started. Accounts without such jobs are left out. */
  countStartedJobs(sinceMs: number): Promise<Map<string, { count: number; lastAtMs: number }>>;
  /** Queued jobs, oldest first: all jobs of an engine, or the jobs of one queue. The jobs of other queues add no cost. */
  queuedJobs(engine: EngineName, limit: number, queue?: JobQueue): Promise<Job[]>;
  /** Accounts that queued jobs are bound to, sorted by id. The cost grows with the number of accounts, not with the number of jobs. */
  awaitedAccounts(engine: EngineName, kind: { usesSlot: boolean }): Promise<string[]>;
  /**
   * Starts a queued job for `owner`: writes the state `starting`, account, operation, `startedAtMs` and the lease. Undefined when the job has changed
   * meanwhile (version), when `slots.maxJobs` jobs are at work on the account (queued jobs take no slot), or when the account is paused or held.
   */
  startJob(command: StartJob): Promise<Job | undefined>;
  /** Takes over the jobs at work with an expired lease; with `everyLease` all jobs at work, for a process that starts as the sole owner. */
  recoverJobs(command: { owner: string; nowMs: number; leaseUntilMs: number; everyLease: boolean; limit: number }): Promise<Job[]>;
  /** Extends the leases of these jobs. Returns the ids of the jobs that `owner` still has leased. */
  renewJobLeases(command: { owner: string; jobIds: string[]; leaseUntilMs: number }): Promise<string[]>;
  /** Ends the leases of `owner`, so that another process can recover its jobs at once. */
  releaseJobLeases(owner: string): Promise<void>;
  /**
   * Puts a `starting` job back to `queued`, by compare-and-set on `version`, because the upstream has taken nothing of it. The job keeps its place
   * in the queue and an account that its caller bound it to; it loses operation, `startedAtMs`, lease, and an account that the scheduler chose.
   * Undefined when the job has changed meanwhile, or is not `starting`; then nothing was written.
   */
  requeueJob(command: { jobId: string; version: number; nowMs: number }): Promise<Job | undefined>;
  /**
   * Changes a job by compare-and-set on `version`; the new status must be one that may follow the stored status. Writes the deliveries and
   * assets in the same command. Undefined when the job has changed meanwhile; then nothing was written.
   */
  transition(command: TransitionJob): Promise<Job | undefined>;
  /**
   * Attaches a late result to a job that has ended without a result and has none yet, with its assets and deliveries. Status, failure and times of
   * the job stay; its version grows. Undefined for any other job; then nothing was written.
   */
  attachLateResult(command: AttachLateResult): Promise<Job | undefined>;
  /**
   * The place of a queued job among the queued jobs that wait for the same slots, 1 for the next one: the job and the jobs before it that are
   * bound to its account or to no account; for a job without an account every job before it. Counts up to `MAX_QUEUE_POSITION` and reads no
   * more than about that many rows of an index. Undefined for a job that is not queued.
   */
  queuePosition(jobId: string): Promise<number | undefined>;
}

/** A position of this number means: this place or a later one. */
export const MAX_QUEUE_POSITION = 1_000;

/** Some of an engine's queued jobs: the jobs bound to an account (null: to no account), or the jobs with their own limit (`Job.maxJobs`). */
export type JobQueue = { accountId: string | null; usesSlot: boolean } | { hasOwnLimit: true };

export interface AcceptJob {
  job: Job;
  siblings?: readonly Job[];
  slots?: { maxJobs: number };
  caps?: JobCaps;
  dedupeKey?: string;
  idempotency?: { key: string; fingerprint: string };
}

/** Null: no limit. */
export type JobCaps = Pick<KeyLimits, 'jobsPerDay' | 'runningJobs'>;

export type AcceptResult =
  | { outcome: 'accepted'; job: Job }
  /** The job that an earlier request with the idempotency key made. */
  | { outcome: 'repeated'; job: Job }
  | { outcome: 'idempotency-mismatch' }
  /** The job that has reserved the dedupe key. */
  | { outcome: 'duplicate'; job: Job }
  /** The key has reached its limit. `freeAtMs`: when the day has room again; null when only the end of a job makes room, or nothing does (a batch above the limit). */
  | { outcome: 'over-limit'; limit: keyof JobCaps; max: number; freeAtMs: number | null }
  | { outcome: 'busy'; executing: Job[] };

export interface JobFilter {
  keyId?: string;
  parentId?: string;
  batchId?: string;
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
  set: Partial<Pick<Job, 'progressPercent' | 'operation' | 'output' | 'failure'>> & { status?: Exclude<JobStatus, 'queued'> };
  deliveries?: readonly NewDelivery[];
  assets?: readonly Asset[];
}

export interface AttachLateResult {
  jobId: string;
  lateResult: LateResult;
  assets: readonly Asset[];
  deliveries: readonly NewDelivery[];
}

export interface DeliveryStore {
  /**
   * Leases up to `limit` pending deliveries that are due and not leased, the longest due first. Skips the deliveries of `exceptOrigins` and
   * `exceptJobIds`.
   */
  claimDeliveries(command: ClaimDeliveries): Promise<Delivery[]>;
  /**
   * Records an attempt and the next state of its delivery, if the delivery waits for exactly this attempt (`attempt.number` =
   * `attemptCount` + 1). False when another process has recorded the attempt meanwhile; then nothing was written.
   */
  recordAttempt(command: RecordAttempt): Promise<boolean>;
  /** Ends the leases of these deliveries without an attempt, so that they are due again at once (shutdown). */
  releaseDeliveries(deliveryIds: readonly string[]): Promise<void>;
  /** Ends every lease, for a process that starts as the sole owner. */
  releaseAllDeliveries(): Promise<void>;
  getDelivery(id: string): Promise<Delivery | undefined>;
  /** Newest first; `cursor` is the last id of the page before. */
  listDeliveries(filter: DeliveryFilter): Promise<Delivery[]>;
  listAttempts(deliveryId: string): Promise<Attempt[]>;
  /** Makes delivered, exhausted or stopped deliveries pending again, due now, with a fresh set of attempts. Returns their number. */
  replayDeliveries(command: { deliveryIds: readonly string[]; nowMs: number }): Promise<number>;
  /** When the next pending delivery that is not leased falls due; undefined without such a delivery. */
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
  /** Inserts or replaces an account; pause and hold of an existing account stay. */
  putAccount(account: Account): Promise<void>;
  getAccount(id: string): Promise<Account | undefined>;
  /** Listed accounts, with `unlisted` the others too; sorted by id. */
  listAccounts(options?: { unlisted?: boolean }): Promise<Account[]>;
  /** False for an unknown account. The account's jobs stay. */
  deleteAccount(id: string): Promise<boolean>;
  /**
   * Pauses an account that is not paused, or (null) clears its pause, and writes the notices about it in the same command. A pause ends the hold of
   * the account. False for an unknown account, and for a pause when the account is already paused; then nothing was written.
   */
  setAccountPause(id: string, pause: AccountPause | null, nowMs: number, deliveries?: readonly NewDelivery[]): Promise<boolean>;
  /**
   * Holds an account, or (null) ends its hold, and writes the notices about it in the same command. False for an unknown account, and for a hold when
   * the account is paused or held at least as long already; then nothing was written.
   */
  setAccountHold(id: string, hold: AccountHold | null, nowMs: number, deliveries?: readonly NewDelivery[]): Promise<boolean>;
  /** Replaces the token of an account. False for an unknown account. */
  setAccountToken(id: string, token: Pick<Account, 'sealedToken' | 'tokenHash' | 'maskedToken'>, nowMs: number): Promise<boolean>;
}

export interface KeyStore {
  /** The store numbers the keys, from 1 without a gap. */
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
  /** For uploads: a transition writes the assets of its job itself. */
  putAsset(asset: Asset): Promise<void>;
  getAsset(id: string): Promise<Asset | undefined>;
  /** At most `limit` expired records, the longest expired first. */
  expiredAssets(nowMs: number, limit: number): Promise<Asset[]>;
  deleteAssets(ids: readonly string[]): Promise<void>;
}
