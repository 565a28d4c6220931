import { accountStatus, type Account, type AccountLimits, type AccountService } from '../core/account.ts';
import type { JobStore } from '../core/store.ts';
import type { Clock } from '@atelier/lib/clock';

const DAY_MS = 86_400_000;

/** The accounts and their jobs at work when a scheduling pass began, plus the slots that the pass has given away. */
export interface AccountUsage {
  /** The listed accounts that may get jobs now: neither paused nor held. */
  readonly active: readonly Account[];
  find(accountId: string): Promise<Account | undefined>;
  /** False for an account whose jobs wait: it is held. */
  isOpen(account: Account): boolean;
  /** How many more jobs may start on the account: at most `maxJobs` (left out: the account's own) at work, and no more than its limits allow. */
  freeSlots(account: Account, maxJobs?: number): number;
  takeSlot(accountId: string): void;
}

export interface UsageDeps {
  clock: Clock;
  store: Pick<JobStore, 'countSlotJobs' | 'countStartedJobs'>;
  accounts: Pick<AccountService, 'get' | 'list'>;
  accountLimits: AccountLimits;
}

export async function readAccountUsage({ clock, store, accounts, accountLimits }: UsageDeps): Promise<AccountUsage> {
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
      const slots = maxJobs - (atWork.get(account.id) ?? 0);
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
