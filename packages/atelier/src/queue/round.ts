import { createAccountPicker, type Account, type AccountService } from '../core/account.ts';
import type { JobFailure } from '../core/errors.ts';
import type { EngineName, Job } from '../core/job.ts';
import type { JobStore } from '../core/store.ts';

/**
 * Which of the waiting jobs may start now, and where.
 *
 * Each account has a queue of its own for the jobs that are bound to it, and the jobs bound to none have one. A round reads only the head of a
 * queue, and only where there is a free slot: so a round costs the same whatever waits, and no number of jobs that wait for a busy
 * or paused account delays those of another. Among the jobs that could have a slot the oldest gets it, after those that came
 * with a limit of their own: they were accepted because there was room at once, and their callers wait at the connection.
 *
 * An engine without accounts has slots of its own, and one queue for them.
 */
export interface Round {
  starts: { job: Job; account: { id: string; maxJobs: number } | null }[];
  /** Jobs that can never start: their account is gone or paused. */
  ends: { job: Job; failure: JobFailure }[];
  /** After this round's starts these accounts have no slot left. */
  full: Set<string>;
  /** After this round's starts there is no slot for a job that is bound to no account. */
  allFull: boolean;
  /** More jobs than one round takes can start or end now. */
  isPartial: boolean;
}

export interface RoundDeps {
  store: Pick<JobStore, 'queuedJobs' | 'awaitedAccounts' | 'countSlotJobs'>;
  accounts: Pick<AccountService, 'get' | 'list'>;
}

/** What one round takes from a queue where no slots limit it. */
const PAGE = 200;

/** Plans rounds; the equals among accounts take turns from one to the next. `free`: the slots that the engine itself has left, where it has any. */
export function createRounds(deps: RoundDeps): (engine: EngineName, free: number | undefined) => Promise<Round> {
  const pickMostFree = createAccountPicker();
  return async (engine, free) => {
    const round: Round = { starts: [], ends: [], full: new Set(), allFull: false, isPartial: false };
    if (free !== undefined) {
      const limit = Math.max(0, Math.min(free, PAGE));
      const jobs = limit === 0 ? [] : await deps.store.queuedJobs(engine, limit);
      round.starts.push(...jobs.map((job) => ({ job, account: null })));
      round.allFull = jobs.length >= free;
      round.isPartial = jobs.length === PAGE && !round.allFull;
      return round;
    }
    const view = await look(deps);
    await planCommands(deps, engine, view, round);
    await planSlots(deps, engine, view, round, pickMostFree);
    return round;
  };
}

/** The accounts as a round finds them; slots that it gives away are taken from here. */
interface View {
  listed: Account[];
  find(accountId: string): Promise<Account | undefined>;
  atWork(accountId: string): number;
  take(accountId: string): void;
}

async function look({ store, accounts }: RoundDeps): Promise<View> {
  const [listed, atWork] = await Promise.all([accounts.list(), store.countSlotJobs('at-work')]);
  const known = new Map<string, Account | undefined>(listed.map((account) => [account.id, account]));
  return {
    listed,
    async find(accountId) {
      if (!known.has(accountId)) known.set(accountId, await accounts.get(accountId));
      return known.get(accountId);
    },
    atWork: (accountId) => atWork.get(accountId) ?? 0,
    take: (accountId) => void atWork.set(accountId, (atWork.get(accountId) ?? 0) + 1),
  };
}

/** Small commands need an account and no slot: all of them start. */
async function planCommands({ store }: RoundDeps, engine: EngineName, view: View, round: Round): Promise<void> {
  const kind = { usesSlot: false };
  for (const accountId of await store.awaitedAccounts(engine, kind)) {
    const account = await view.find(accountId);
    const jobs = await store.queuedJobs(engine, PAGE, { accountId, ...kind });
    round.isPartial ||= jobs.length === PAGE;
    const failure = whyUnusable(account);
    if (failure) round.ends.push(...jobs.map((job) => ({ job, failure })));
    else if (account) round.starts.push(...jobs.map((job) => ({ job, account })));
  }
  const any = view.listed.find((account) => account.pause === null);
  if (!any) return;
  const jobs = await store.queuedJobs(engine, PAGE, { accountId: null, ...kind });
  round.isPartial ||= jobs.length === PAGE;
  round.starts.push(...jobs.map((job) => ({ job, account: any })));
}

async function planSlots(
  deps: RoundDeps,
  engine: EngineName,
  view: View,
  round: Round,
  pickMostFree: ReturnType<typeof createAccountPicker>,
): Promise<void> {
  const free = (account: Account): number => account.maxJobs - view.atWork(account.id);
  const usable = view.listed.filter((account) => account.pause === null);
  const jobs = await candidates(deps, engine, view, round);
  const anyFree = usable.reduce((sum, account) => sum + Math.max(0, free(account)), 0);
  if (anyFree > 0) jobs.push(...(await deps.store.queuedJobs(engine, anyFree, { accountId: null, usesSlot: true })));

  for (const job of jobs.toSorted(byTurn)) {
    const account =
      job.accountId === null ? pickMostFree(usable.map((one) => ({ account: one, freeSlots: free(one) }))) : await view.find(job.accountId);
    if (!account || account.pause !== null) continue;
    const maxJobs = job.maxJobs ?? account.maxJobs;
    if (view.atWork(account.id) >= maxJobs) {
      if (job.maxJobs === null) round.full.add(account.id);
      continue;
    }
    view.take(account.id);
    if (free(account) <= 0) round.full.add(account.id);
    round.starts.push({ job, account: { id: account.id, maxJobs } });
  }
  round.allFull = usable.every((account) => free(account) <= 0);
}

/** Jobs bound to accounts that may have a slot for them. Those bound to an account that is gone or paused go to the round's ends. */
async function candidates({ store }: RoundDeps, engine: EngineName, view: View, round: Round): Promise<Job[]> {
  const own = (await store.queuedJobs(engine, PAGE, { hasOwnLimit: true })).filter((job) => job.usesSlot && job.accountId !== null);
  const found = new Map(own.map((job) => [job.id, job]));
  for (const accountId of await store.awaitedAccounts(engine, { usesSlot: true })) {
    const account = await view.find(accountId);
    const failure = whyUnusable(account);
    if (failure) {
      const jobs = await store.queuedJobs(engine, PAGE, { accountId, usesSlot: true });
      round.isPartial ||= jobs.length === PAGE;
      round.ends.push(...jobs.map((job) => ({ job, failure })));
      continue;
    }
    const free = account ? account.maxJobs - view.atWork(accountId) : 0;
    if (free <= 0) {
      round.full.add(accountId);
      continue;
    }
    // Those with a limit of their own may have to wait at the head; one for each of them keeps the others from waiting with them.
    const limit = free + own.filter((job) => job.accountId === accountId).length;
    for (const job of await store.queuedJobs(engine, limit, { accountId, usesSlot: true })) found.set(job.id, job);
  }
  return [...found.values()];
}

const byTurn = (a: Job, b: Job): number => Number(a.maxJobs === null) - Number(b.maxJobs === null) || a.createdAtMs - b.createdAtMs;

function whyUnusable(account: Account | undefined): JobFailure | undefined {
  if (!account) return { code: 'account-paused', title: 'The account of this job was removed', details: null };
  if (!account.pause) return undefined;
  const { code, title, details } = account.pause;
  return { code, title, details };
}
