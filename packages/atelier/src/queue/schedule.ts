import { accountStatus, createAccountPicker, type Account, type AccountLimits, type AccountService } from '../core/account.ts';
import type { JobFailure } from '../core/errors.ts';
import type { EngineName, Job } from '../core/job.ts';
import type { JobStore } from '../core/store.ts';
import type { Clock } from '@atelier/lib/clock';

/**
 * Decides which queued jobs start now, and on which account.
 *
 * Each account has a queue for the jobs that are bound to it; jobs bound to no account share one more queue. A scheduling pass reads only the
 * head of a queue, and only where a slot is free: its cost does not grow with the number of queued jobs, and jobs that wait for a busy, held or
 * paused account do not delay the jobs of another. A held account, or one that has reached its limits (`AccountLimits`), has no free slot: the jobs
 * that are bound to it wait, the others go to another account. A free slot goes to the oldest job that can use it. Jobs with a limit from their caller
 * (`Job.maxJobs`) go first: they were accepted because a slot was free, and their callers wait for the reply.
 *
 * An engine without accounts has its own slots, and one queue.
 */
export interface SchedulingPass {
  starts: ScheduledJob[];
  /** Jobs that can never start: their account was removed or is paused. */
  ends: { job: Job; failure: JobFailure }[];
  full: FullSlots;
  /** One pass reads at most `PAGE` jobs of a queue; more of them can start or end now. */
  isPartial: boolean;
}

/** A job that may start; `account` is null for an engine without accounts. */
export interface ScheduledJob {
  job: Job;
  account: { id: string; maxJobs: number } | null;
}

/** Slots that are taken once the jobs of a pass have started. */
export interface FullSlots {
  accountIds: Set<string>;
  /** All slots are taken: a job that is bound to no account cannot start. */
  isEverySlotTaken: boolean;
}

export interface ScheduleDeps {
  clock: Clock;
  store: Pick<JobStore, 'queuedJobs' | 'awaitedAccounts' | 'countSlotJobs' | 'countStartedJobs'>;
  accounts: Pick<AccountService, 'get' | 'list'>;
  accountLimits: AccountLimits;
}

/** `freeSlots`: how many more jobs the engine may run; undefined for an engine that runs on accounts. */
export type Schedule = (engine: EngineName, freeSlots: number | undefined) => Promise<SchedulingPass>;

/** Jobs that one pass reads from a queue that no slots limit. */
const PAGE = 200;
const DAY_MS = 86_400_000;

/** Returns the function that makes one scheduling pass. Accounts with the same number of free slots take turns over all passes. */
export function createSchedule(deps: ScheduleDeps): Schedule {
  const pickAccount = createAccountPicker();
  return async (engine, freeSlots) => {
    if (freeSlots !== undefined) return scheduleWithoutAccounts(deps.store, engine, freeSlots);
    const pass: SchedulingPass = { starts: [], ends: [], full: { accountIds: new Set(), isEverySlotTaken: false }, isPartial: false };
    const draft: PassDraft = { store: deps.store, engine, usage: await readAccountUsage(deps), pickAccount, pass };
    await scheduleCommands(draft);
    await scheduleSlots(draft);
    return pass;
  };
}

async function scheduleWithoutAccounts(store: ScheduleDeps['store'], engine: EngineName, freeSlots: number): Promise<SchedulingPass> {
  const limit = Math.max(0, Math.min(freeSlots, PAGE));
  const jobs = limit === 0 ? [] : await store.queuedJobs(engine, limit);
  const isEverySlotTaken = jobs.length >= freeSlots;
  return {
    starts: jobs.map((job) => ({ job, account: null })),
    ends: [],
    full: { accountIds: new Set(), isEverySlotTaken },
    isPartial: jobs.length === PAGE && !isEverySlotTaken,
  };
}

/** A pass while it is made. */
interface PassDraft {
  store: ScheduleDeps['store'];
  engine: EngineName;
  usage: AccountUsage;
  pickAccount: ReturnType<typeof createAccountPicker>;
  pass: SchedulingPass;
}

/** The accounts and their jobs at work when a scheduling pass began, plus the slots that the pass has given away. */
interface AccountUsage {
  /** The listed accounts that may get jobs now: neither paused nor held. */
  readonly active: readonly Account[];
  find(accountId: string): Promise<Account | undefined>;
  /** False for an account whose jobs wait: it is held. */
  isOpen(account: Account): boolean;
  /**
   * How many more jobs may start on the account: at most `maxJobs` (left out: the account's own) at work, one after a hold, and no more than its
   * limits allow.
   */
  freeSlots(account: Account, maxJobs?: number): number;
  takeSlot(accountId: string): void;
}

async function readAccountUsage({ clock, store, accounts, accountLimits }: ScheduleDeps): Promise<AccountUsage> {
  const nowMs = clock.now();
  const isLimited = accountLimits.jobsPerDay !== null || accountLimits.jobIntervalMs > 0;
  const [listed, atWork, started] = await Promise.all([
    accounts.list(),
    store.countSlotJobs('at-work'),
    isLimited ? store.countStartedJobs(nowMs - DAY_MS) : NOTHING_STARTED,
  ]);
  const known = new Map<string, Account | undefined>(listed.map((account) => [account.id, account]));
  const taken = new Map<string, number>();
  const takenOf = (accountId: string): number => taken.get(accountId) ?? 0;
  return {
    active: listed.filter((account) => accountStatus(account, nowMs) === 'active'),
    async find(accountId) {
      if (!known.has(accountId)) known.set(accountId, await accounts.get(accountId));
      return known.get(accountId);
    },
    isOpen: (account) => accountStatus(account, nowMs) !== 'held',
    freeSlots(account, maxJobs = account.maxJobs) {
      // After a hold the account is tried with one job, until Midjourney takes one.
      const slots = (account.hold === null ? maxJobs : Math.min(maxJobs, 1)) - (atWork.get(account.id) ?? 0);
      const allowed = isLimited ? allowedStarts(accountLimits, started.get(account.id), nowMs) : Number.POSITIVE_INFINITY;
      return Math.min(slots, allowed) - takenOf(account.id);
    },
    takeSlot: (accountId) => void taken.set(accountId, takenOf(accountId) + 1),
  };
}

const NOTHING_STARTED: Awaited<ReturnType<JobStore['countStartedJobs']>> = new Map();

/** How many jobs the limits of an account allow to start now, after the jobs that it has `started` in the last 24 hours. */
export function allowedStarts(
  { jobsPerDay, jobIntervalMs }: AccountLimits,
  started: { count: number; lastAtMs: number } | undefined,
  nowMs: number,
): number {
  const ofDay = jobsPerDay === null ? Number.POSITIVE_INFINITY : jobsPerDay - (started?.count ?? 0);
  if (jobIntervalMs === 0) return ofDay;
  const isTooSoon = started !== undefined && started.lastAtMs + jobIntervalMs > nowMs;
  return isTooSoon ? 0 : Math.min(ofDay, 1);
}

/** Small commands (info, settings) need an account and no slot: all of them start, unless their account is held. */
async function scheduleCommands({ store, engine, usage, pass }: PassDraft): Promise<void> {
  const kind = { usesSlot: false };
  for (const accountId of await store.awaitedAccounts(engine, kind)) {
    const account = await usage.find(accountId);
    if (account && !usage.isOpen(account)) continue;
    const jobs = await store.queuedJobs(engine, PAGE, { accountId, ...kind });
    pass.isPartial ||= jobs.length === PAGE;
    const failure = whyUnusable(account);
    if (failure) pass.ends.push(...jobs.map((job) => ({ job, failure })));
    else if (account) pass.starts.push(...jobs.map((job) => ({ job, account })));
  }
  const [anyActive] = usage.active;
  if (!anyActive) return;
  const jobs = await store.queuedJobs(engine, PAGE, { accountId: null, ...kind });
  pass.isPartial ||= jobs.length === PAGE;
  pass.starts.push(...jobs.map((job) => ({ job, account: anyActive })));
}

async function scheduleSlots(draft: PassDraft): Promise<void> {
  const { store, engine, usage, pass, pickAccount } = draft;
  const { active } = usage;
  const jobs = await readBoundJobs(draft);
  const freeSlots = active.reduce((sum, account) => sum + Math.max(0, usage.freeSlots(account)), 0);
  if (freeSlots > 0) jobs.push(...(await store.queuedJobs(engine, freeSlots, { accountId: null, usesSlot: true })));

  for (const job of jobs.toSorted(byPrecedence)) {
    const account =
      job.accountId === null
        ? pickAccount(active.map((candidate) => ({ account: candidate, freeSlots: usage.freeSlots(candidate) })))
        : await usage.find(job.accountId);
    if (!account || account.pause !== null || !usage.isOpen(account)) continue;
    const maxJobs = job.maxJobs ?? account.maxJobs;
    if (usage.freeSlots(account, maxJobs) <= 0) {
      if (job.maxJobs === null) pass.full.accountIds.add(account.id);
      continue;
    }
    usage.takeSlot(account.id);
    if (usage.freeSlots(account) <= 0) pass.full.accountIds.add(account.id);
    pass.starts.push({ job, account: { id: account.id, maxJobs } });
  }
  pass.full.isEverySlotTaken = active.every((account) => usage.freeSlots(account) <= 0);
}

/** Jobs bound to accounts that may have a slot for them. Jobs of a removed or paused account are added to the ends of the pass. */
async function readBoundJobs({ store, engine, usage, pass }: PassDraft): Promise<Job[]> {
  const limited = (await store.queuedJobs(engine, PAGE, { hasOwnLimit: true })).filter((job) => job.usesSlot && job.accountId !== null);
  const found = new Map(limited.map((job) => [job.id, job]));
  for (const accountId of await store.awaitedAccounts(engine, { usesSlot: true })) {
    const account = await usage.find(accountId);
    const failure = whyUnusable(account);
    if (failure) {
      const jobs = await store.queuedJobs(engine, PAGE, { accountId, usesSlot: true });
      pass.isPartial ||= jobs.length === PAGE;
      pass.ends.push(...jobs.map((job) => ({ job, failure })));
      continue;
    }
    const freeSlots = account && usage.isOpen(account) ? usage.freeSlots(account) : 0;
    if (freeSlots <= 0) {
      pass.full.accountIds.add(accountId);
      continue;
    }
    // A job with a limit from its caller may have to wait at the head of the queue. Reading one more job for each of them lets the jobs
    // behind them start.
    const limit = freeSlots + limited.filter((job) => job.accountId === accountId).length;
    for (const job of await store.queuedJobs(engine, limit, { accountId, usesSlot: true })) found.set(job.id, job);
  }
  return [...found.values()];
}

/** Jobs with a limit from their caller first, then the oldest. */
const byPrecedence = (a: Job, b: Job): number => Number(a.maxJobs === null) - Number(b.maxJobs === null) || a.createdAtMs - b.createdAtMs;

function whyUnusable(account: Account | undefined): JobFailure | undefined {
  if (!account) return { code: 'account-paused', title: 'The account of this job was removed', details: null };
  if (!account.pause) return undefined;
  const { code, title, details } = account.pause;
  return { code, title, details };
}
