import { activeHold, type Account, type AccountHold, type AccountPause, type AccountTrouble } from '../core/account.ts';
import { ERROR_CODES, type FailureCode, type JobFailure } from '../core/errors.ts';
import type { AccountStore } from '../core/store.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { Log } from '@atelier/lib/log';
import { toHoldNotice, toPauseNotice } from './notice.ts';

/**
 * Pauses and holds of accounts.
 *
 * A pause needs the operator: it lasts until the account is reset, or, for a wrong token, until the token is replaced. A hold passes: it ends at a
 * time that Discord or Midjourney named, or after the back-off of the account. A pause wins over a hold, and a hold never shortens a longer one.
 *
 * The operator receives one notice of each pause, and one of each series of holds with the same code; a series ends when the account is well again.
 * The reports about one account are handled one after the other, in the order of the calls.
 */
export interface AccountTroubles {
  /** Pauses or holds the account. Resolves when it is stored. */
  report(accountId: string, trouble: AccountTrouble): Promise<void>;
  /** Pauses or holds the account if the code of this failure says so. An account that is already held because of this code is not paused. */
  reportFailure(accountId: string, failure: JobFailure): Promise<void>;
  /** Holds the account by its back-off, unless it is held or paused already. */
  ensureHeld(accountId: string, failure: JobFailure): Promise<void>;
  /** The account works: resets its back-off, and ends a hold because Discord could not be reached. */
  reportWell(accountId: string): Promise<void>;
  /** Clears pause and hold. False for an unknown account. */
  reset(accountId: string): Promise<boolean>;
  /** Announces the end of the stored holds, after a start. */
  resumeHolds(): Promise<void>;
  /** Forgets the timers. */
  close(): void;
}

export interface TroubleDeps {
  clock: Clock;
  ids: Ids;
  log: Log;
  store: Pick<AccountStore, 'getAccount' | 'listAccounts' | 'setAccountPause' | 'setAccountHold'>;
  /** Where the operator receives a notice of each pause and hold; undefined: nowhere. */
  operatorUrl: string | undefined;
  /** Called when an account was paused; a notice to the operator may be due. */
  onPaused(code: FailureCode): void;
  /** Called when an account was held; a notice to the operator may be due. */
  onHeld(code: FailureCode): void;
  /** Called when an account may be used again: its hold ended, or it was reset. */
  onFreed(): void;
}

const FIRST_BACKOFF_MS = 15_000;
const LONGEST_BACKOFF_MS = 10 * 60_000;
/** A named length below this is taken for this, so that an account that answers "retry after 0 s" again and again is not asked without a break. */
const SHORTEST_HOLD_MS = 1_000;

/** Length of the next hold for which the upstream named none: 15 s, then twice the last one, at most 10 minutes. */
export const nextBackoffMs = (lastMs: number | undefined): number =>
  lastMs === undefined ? FIRST_BACKOFF_MS : Math.min(2 * lastMs, LONGEST_BACKOFF_MS);

/** What is known of an account since it was last well. A restart begins a new series. */
interface HoldSeries {
  /** Length of the last hold by back-off. */
  backoffMs: number | undefined;
  /** Codes of which the operator has had a notice. */
  noticed: Set<FailureCode>;
  /** The hold that is stored, and the timer of its end. */
  hold: AccountHold | undefined;
  cancelTimer(): void;
}

interface TroubleParts extends TroubleDeps {
  readonly series: Map<string, HoldSeries>;
}

export function createAccountTroubles(deps: TroubleDeps): AccountTroubles {
  const parts: TroubleParts = { ...deps, series: new Map() };
  const turns = new Map<string, Promise<unknown>>();
  const inTurn = <Result>(accountId: string, task: () => Promise<Result>): Promise<Result> => {
    const turn = (turns.get(accountId) ?? Promise.resolve()).then(task);
    const settled = turn.catch(() => {}).finally(() => turns.get(accountId) === settled && turns.delete(accountId));
    turns.set(accountId, settled);
    return turn;
  };
  return {
    report: (id, trouble) => inTurn(id, () => handleTrouble(parts, id, trouble)),
    async reportFailure(id, failure) {
      const kind = ERROR_CODES[failure.code].onAccount;
      if (kind !== null) await inTurn(id, () => handleFailure(parts, id, { kind, failure }));
    },
    ensureHeld: (id, failure) => inTurn(id, () => handleTrouble(parts, id, { kind: 'hold', failure, forMs: null })),
    async reportWell(id) {
      if (parts.series.has(id)) await inTurn(id, () => endSeries(parts, id));
    },
    reset: (id) => inTurn(id, () => resetAccount(parts, id)),
    resumeHolds: () => resumeHolds(parts),
    close() {
      for (const { cancelTimer } of parts.series.values()) cancelTimer();
      parts.series.clear();
    },
  };
}

async function handleFailure(
  parts: TroubleParts,
  accountId: string,
  { kind, failure }: { kind: 'pause' | 'hold'; failure: JobFailure },
): Promise<void> {
  if (kind === 'hold') {
    await handleTrouble(parts, accountId, { kind, failure, forMs: null });
    return;
  }
  const account = await parts.store.getAccount(accountId);
  const isKnownToPass = account && activeHold(account, parts.clock.now())?.code === failure.code;
  if (!isKnownToPass) await handleTrouble(parts, accountId, { kind, failure });
}

async function handleTrouble(parts: TroubleParts, accountId: string, trouble: AccountTrouble): Promise<void> {
  const account = await parts.store.getAccount(accountId);
  if (!account || account.pause) return;
  if (trouble.kind === 'pause') await pauseAccount(parts, account, trouble.failure);
  else await holdAccount(parts, account, trouble);
}

async function pauseAccount(parts: TroubleParts, account: Account, failure: JobFailure): Promise<void> {
  const { store, clock, log } = parts;
  const pause: AccountPause = { code: failure.code, title: failure.title, details: failure.details, atMs: clock.now() };
  const notices = noticesTo(parts, (target) => toPauseNotice(account, pause, target));
  if (!(await store.setAccountPause(account.id, pause, clock.now(), notices))) return;
  parts.series.get(account.id)?.cancelTimer();
  parts.series.delete(account.id);
  parts.onPaused(failure.code);
  log.error(
    { accountId: account.id, code: failure.code, title: failure.title },
    failure.code === 'account-unauthorized'
      ? 'account paused: Discord does not accept its token; post the account again with a new token'
      : 'account paused: resolve the reason at Discord or Midjourney, then reset the account',
  );
}

async function holdAccount(
  parts: TroubleParts,
  account: Account,
  { failure, forMs }: Extract<AccountTrouble, { kind: 'hold' }>,
): Promise<void> {
  const { store, clock, log } = parts;
  const nowMs = clock.now();
  // Several jobs of an account meet one trouble at once: without a named length, the hold that they find is long enough.
  if (forMs === null && activeHold(account, nowMs)) return;
  const series = seriesOf(parts, account.id);
  const backoffMs = forMs === null ? nextBackoffMs(series.backoffMs) : series.backoffMs;
  const lengthMs = forMs === null ? nextBackoffMs(series.backoffMs) : Math.max(forMs, SHORTEST_HOLD_MS);
  const { code, title, details } = failure;
  const hold: AccountHold = { code, title, details, sinceMs: nowMs, untilMs: nowMs + lengthMs };
  const notices = series.noticed.has(code) ? [] : noticesTo(parts, (target) => toHoldNotice(account, hold, target));
  if (!(await store.setAccountHold(account.id, hold, nowMs, notices))) return;
  series.backoffMs = backoffMs;
  series.noticed.add(code);
  announceEnd(parts, account.id, hold);
  parts.onHeld(code);
  log.warn(
    { accountId: account.id, code, title, until: new Date(hold.untilMs).toISOString() },
    'account held: its jobs wait until then, nothing needs to be done',
  );
}

function seriesOf({ series }: TroubleParts, accountId: string): HoldSeries {
  const known = series.get(accountId) ?? { backoffMs: undefined, noticed: new Set(), hold: undefined, cancelTimer: () => {} };
  series.set(accountId, known);
  return known;
}

/** Calls `onFreed` when the hold is over, so that the waiting jobs start. */
function announceEnd(parts: TroubleParts, accountId: string, hold: AccountHold): void {
  const series = seriesOf(parts, accountId);
  series.cancelTimer();
  series.hold = hold;
  series.cancelTimer = parts.clock.after(Math.max(0, hold.untilMs - parts.clock.now()), () => {
    series.hold = undefined;
    parts.log.info({ accountId, code: hold.code }, 'hold of the account ended');
    parts.onFreed();
  });
}

async function endSeries(parts: TroubleParts, accountId: string): Promise<void> {
  const series = parts.series.get(accountId);
  if (!series) return;
  if (series.hold && series.hold.code !== 'upstream-unreachable') {
    series.backoffMs = undefined;
    return;
  }
  series.cancelTimer();
  parts.series.delete(accountId);
  if (!series.hold) return;
  await parts.store.setAccountHold(accountId, null, parts.clock.now());
  parts.log.info({ accountId }, 'hold of the account ended: Discord can be reached again');
  parts.onFreed();
}

async function resetAccount(parts: TroubleParts, accountId: string): Promise<boolean> {
  const { store, clock } = parts;
  const isKnown = await store.setAccountPause(accountId, null, clock.now());
  await store.setAccountHold(accountId, null, clock.now());
  parts.series.get(accountId)?.cancelTimer();
  parts.series.delete(accountId);
  return isKnown;
}

async function resumeHolds(parts: TroubleParts): Promise<void> {
  for (const account of await parts.store.listAccounts({ unlisted: true })) {
    const hold = activeHold(account, parts.clock.now());
    if (!hold) continue;
    announceEnd(parts, account.id, hold);
    seriesOf(parts, account.id).noticed.add(hold.code);
  }
}

const noticesTo = <Notice>({ operatorUrl, ids }: TroubleDeps, render: (target: { id: string; url: string }) => Notice): Notice[] =>
  operatorUrl === undefined ? [] : [render({ id: `msg_${ids.uuid()}`, url: operatorUrl })];
