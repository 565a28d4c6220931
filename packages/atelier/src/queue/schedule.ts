import { createAccountPicker, type Account } from '../core/account.ts';
import type { JobFailure } from '../core/errors.ts';
import type { EngineName, Job } from '../core/job.ts';
import type { JobStore } from '../core/store.ts';
import { readAccountUsage, type AccountUsage, type UsageDeps } from './account-usage.ts';

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

export interface ScheduleDeps extends UsageDeps {
  store: Pick<JobStore, 'queuedJobs' | 'awaitedAccounts'> & UsageDeps['store'];
}

/** `freeSlots`: how many more jobs the engine may run; undefined for an engine that runs on accounts. */
export type Schedule = (engine: EngineName, freeSlots: number | undefined) => Promise<SchedulingPass>;

/** Jobs that one pass reads from a queue that no slots limit. */
const PAGE = 200;

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
