import { randomUUID } from 'node:crypto';
import { after, afterEach, before, describe } from 'node:test';
import type { Account } from '../../core/account.ts';
import { NO_LIMITS, type ApiKey } from '../../core/key.ts';
import type { Asset } from '../../core/asset.ts';
import type { Attempt, NewDelivery } from '../../core/delivery.ts';
import { createJob, type EngineName, type Job } from '../../core/job.ts';
import type { AcceptJob, RecordAttempt, StartJob, Store } from '../../core/store.ts';

export interface OpenStore {
  store: Store;
  /** Closes the store and deletes its data. */
  dispose(): Promise<void>;
}

/** Opens an empty store of the latest schema. */
export type CreateStore = () => Promise<OpenStore>;

export const NOW_MS = 1_700_000_000_000;

/** A suite with one store. After each test all jobs and deliveries are ended, so that tests do not see each other's work. */
export function describeStore(name: string, createStore: CreateStore, tests: (store: () => Store) => void): void {
  void describe(name, () => {
    let open: OpenStore;
    before(async () => {
      open = await createStore();
    });
    afterEach(() => finishAll(open.store));
    after(() => open.dispose());
    tests(() => open.store);
  });
}

async function finishAll(store: Store): Promise<void> {
  const statuses = ['queued', 'starting', 'started', 'progress'] as const;
  const jobs = await store.listJobs({ statuses, limit: 10_000 });
  const set = { status: 'cancelled' } as const;
  await Promise.all(jobs.map(({ id, version }) => store.transition({ jobId: id, version, nowMs: NOW_MS, set })));
  const forever = { nowMs: Number.MAX_SAFE_INTEGER - 1, leaseUntilMs: Number.MAX_SAFE_INTEGER };
  const deliveries = await store.claimDeliveries({ ...forever, limit: 10_000, exceptOrigins: [], exceptJobIds: [] });
  const stopped = { state: 'stopped' } as const;
  await Promise.all(deliveries.map(({ id, attemptCount }) => store.recordAttempt(newRecordAttempt(id, attemptCount + 1, stopped))));
}

export const newJob = (set: Partial<Job> = {}): Job =>
  createJob({
    id: randomUUID(),
    dialect: 'useapi',
    engine: 'midjourney',
    verb: 'imagine',
    keyId: 'key-1',
    input: { verb: 'imagine', prompt: 'a quiet harbour' },
    createdAtMs: NOW_MS,
    updatedAtMs: NOW_MS,
    ...set,
  });

export async function accept(store: Store, set: Partial<Job> = {}, conditions: Omit<AcceptJob, 'job'> = {}): Promise<Job> {
  const job = newJob(set);
  const result = await store.acceptJob({ job, ...conditions });
  if (result.outcome !== 'accepted') throw new Error(`The job was not accepted: ${result.outcome}`);
  return result.job;
}

export const newStart = (job: Job, set: Partial<StartJob> = {}): StartJob => ({
  jobId: job.id,
  version: job.version,
  accountId: job.accountId,
  slots: null,
  operation: { nonce: 'n-1' },
  owner: 'process-1',
  nowMs: NOW_MS + 1,
  leaseUntilMs: NOW_MS + 1_000,
  ...set,
});

/** A job at work. */
export async function start(store: Store, set: Partial<StartJob> = {}, job: Partial<Job> = {}): Promise<Job> {
  return written(await store.startJob(newStart(await accept(store, job), set)));
}

/** The record that a compare-and-set wrote. Throws when it was refused. */
export function written<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('The write was refused');
  return value;
}

export function newDelivery(job: Pick<Job, 'id' | 'keyId'>, set: Partial<NewDelivery> = {}): NewDelivery {
  return {
    id: `msg_${randomUUID()}`,
    jobId: job.id,
    keyId: job.keyId,
    dialect: 'useapi',
    url: 'https://receiver.example/hook',
    origin: 'https://receiver.example:443',
    body: '{"status":"completed"}',
    kieTaskId: null,
    dueAtMs: NOW_MS,
    createdAtMs: NOW_MS,
    ...set,
  };
}

/** Accepts a job and completes it with these deliveries. */
export async function deliver(store: Store, ...sets: Partial<NewDelivery>[]): Promise<{ job: Job; deliveries: NewDelivery[] }> {
  const queued = await accept(store, { keyId: sets[0]?.keyId ?? 'key-1' });
  const deliveries = sets.map((set) => newDelivery(queued, set));
  const done = { jobId: queued.id, version: queued.version, nowMs: NOW_MS, set: { status: 'completed' } } as const;
  return { job: written(await store.transition({ ...done, deliveries })), deliveries };
}

export const newAttempt = (deliveryId: string, number: number, set: Partial<Attempt> = {}): Attempt => ({
  deliveryId,
  number,
  startedAtMs: NOW_MS,
  durationMs: 12,
  outcome: 'refused',
  status: 500,
  responseBody: 'no',
  error: null,
  ...set,
});

export const newRecordAttempt = (deliveryId: string, number: number, next: RecordAttempt['next']): RecordAttempt => ({
  attempt: newAttempt(deliveryId, number),
  nowMs: NOW_MS + 5,
  next,
});

export function newAccount(set: Partial<Account> = {}): Account {
  const id = randomUUID();
  return {
    id,
    channelId: id,
    guildId: 'guild-1',
    sealedToken: 'sealed',
    tokenHash: 'hash',
    maskedToken: 'ABC…secured…xyz',
    maxJobs: 3,
    listed: true,
    upstream: 'simulator',
    pause: null,
    hold: null,
    createdAtMs: NOW_MS,
    updatedAtMs: NOW_MS,
    ...set,
  };
}

export const newKey = (set: Partial<ApiKey> = {}): Omit<ApiKey, 'number'> => ({
  id: randomUUID(),
  name: 'first',
  secretHash: randomUUID(),
  admin: false,
  replyUrl: null,
  createdAtMs: NOW_MS,
  expiresAtMs: null,
  suspendedAtMs: null,
  revokedAtMs: null,
  limits: NO_LIMITS,
  ...set,
});

export const newAsset = (set: Partial<Asset> = {}): Asset => ({
  id: randomUUID(),
  jobId: 'job-1',
  keyId: 'key-1',
  contentType: 'image/png',
  filename: 'grid.png',
  bytes: 5_000_000_000,
  width: 2048,
  height: 1024,
  createdAtMs: NOW_MS,
  expiresAtMs: NOW_MS + 1_000,
  ...set,
});

/** Only the tests that read a queue use this engine, so that they see no jobs of other tests. */
export const QUEUE_UNDER_TEST: EngineName = 'music-video';

export const ids = (records: readonly { id: string }[]): string[] => records.map(({ id }) => id);
