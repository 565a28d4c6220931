import { activeHold, type Account, type AccountHold, type AccountPause, type AccountTrouble } from '../core/account.ts';
import { ERROR_CODES, type FailureCode, type JobFailure } from '../core/errors.ts';
import type { AccountStore } from '../core/store.ts';
import { NO_HOLDS, updateHoldSeries, type HoldEffect, type HoldEvent, type HoldSeries } from './hold-series.ts';
import type { Cancel, Clock } from '@atelier/lib/clock';
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

/** The series of each account that was not well since the start, and the timers of its holds. Only `dispatch` and `forget` change them. */
interface TroubleParts extends TroubleDeps {
  readonly series: Map<string, HoldSeries>;
  readonly timers: Map<string, Cancel>;
}

export function createAccountTroubles(deps: TroubleDeps): AccountTroubles {
  const parts: TroubleParts = { ...deps, series: new Map(), timers: new Map() };
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
      if (parts.series.has(id)) await inTurn(id, () => dispatch(parts, id, { type: 'well' }));
      else await inTurn(id, () => clearOldHold(parts, id));
    },
    reset: (id) => inTurn(id, () => resetAccount(parts, id)),
    resumeHolds: () => resumeHolds(parts),
    close() {
      for (const accountId of parts.series.keys()) forget(parts, accountId);
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
  else await dispatch(parts, accountId, { type: 'trouble', failure: trouble.failure, forMs: trouble.forMs, nowMs: parts.clock.now() });
}

async function pauseAccount(parts: TroubleParts, account: Account, failure: JobFailure): Promise<void> {
  const { store, clock, log } = parts;
  const pause: AccountPause = { code: failure.code, title: failure.title, details: failure.details, atMs: clock.now() };
  const notices = noticesTo(parts, (target) => toPauseNotice(account, pause, target));
  if (!(await store.setAccountPause(account.id, pause, clock.now(), notices))) return;
  forget(parts, account.id);
  parts.onPaused(failure.code);
  log.error(
    { accountId: account.id, code: failure.code, title: failure.title },
    failure.code === 'account-unauthorized'
      ? 'account paused: Discord does not accept its token; post the account again with a new token'
      : 'account paused: resolve the reason at Discord or Midjourney, then reset the account',
  );
}

/** Changes the series of an account and performs the effects. If the store refuses a hold (the account was removed or paused), the series stays. */
async function dispatch(parts: TroubleParts, accountId: string, event: HoldEvent): Promise<void> {
  const { series, effects } = updateHoldSeries(parts.series.get(accountId) ?? NO_HOLDS, event);
  for (const effect of effects) if (!(await perform(parts, accountId, effect))) return;
  if (series === NO_HOLDS) parts.series.delete(accountId);
  else parts.series.set(accountId, series);
}

/** False when the store refused the effect. */
async function perform(parts: TroubleParts, accountId: string, effect: HoldEffect): Promise<boolean> {
  switch (effect.type) {
    case 'store-hold':
      return await storeHold(parts, accountId, effect);
    case 'set-timer':
      setTimer(parts, accountId, effect.hold);
      return true;
    case 'clear':
      await parts.store.setAccountHold(accountId, null, parts.clock.now());
      forget(parts, accountId);
      parts.onFreed();
      return true;
    case 'release':
      await parts.store.setAccountHold(accountId, null, parts.clock.now());
      forget(parts, accountId);
      parts.log.info({ accountId }, 'hold of the account ended: Discord can be reached again');
      parts.onFreed();
      return true;
  }
}

async function storeHold(
  parts: TroubleParts,
  accountId: string,
  { hold, withNotice }: Extract<HoldEffect, { type: 'store-hold' }>,
): Promise<boolean> {
  const { store, clock, log } = parts;
  const account = withNotice ? await store.getAccount(accountId) : undefined;
  const notices = account ? noticesTo(parts, (target) => toHoldNotice(account, hold, target)) : [];
  if (!(await store.setAccountHold(accountId, hold, clock.now(), notices))) return false;
  setTimer(parts, accountId, hold);
  const { code, title, untilMs } = hold;
  parts.onHeld(code);
  log.warn(
    { accountId, code, title, until: new Date(untilMs).toISOString() },
    'account held: its jobs wait until then and start by themselves',
  );
  return true;
}

/** Calls `onFreed` when the hold is over, so that the waiting jobs start. */
function setTimer(parts: TroubleParts, accountId: string, hold: AccountHold): void {
  const { clock, log, timers } = parts;
  timers.get(accountId)?.();
  const end = (): void => {
    timers.delete(accountId);
    void dispatch(parts, accountId, { type: 'time-is-up' });
    log.info({ accountId, code: hold.code }, 'hold of the account ended');
    parts.onFreed();
  };
  timers.set(accountId, clock.after(Math.max(0, hold.untilMs - clock.now()), end));
}

function forget({ series, timers }: TroubleParts, accountId: string): void {
  timers.get(accountId)?.();
  timers.delete(accountId);
  series.delete(accountId);
}

async function resetAccount(parts: TroubleParts, accountId: string): Promise<boolean> {
  const { store, clock } = parts;
  const isKnown = await store.setAccountPause(accountId, null, clock.now());
  await store.setAccountHold(accountId, null, clock.now());
  forget(parts, accountId);
  return isKnown;
}

/** A hold that ended before a restart: the account was tried with one job, and works. */
async function clearOldHold(parts: TroubleParts, accountId: string): Promise<void> {
  const account = await parts.store.getAccount(accountId);
  if (!account?.hold || activeHold(account, parts.clock.now())) return;
  await parts.store.setAccountHold(accountId, null, parts.clock.now());
  parts.onFreed();
}

async function resumeHolds(parts: TroubleParts): Promise<void> {
  for (const account of await parts.store.listAccounts({ unlisted: true })) {
    const hold = activeHold(account, parts.clock.now());
    if (hold) await dispatch(parts, account.id, { type: 'hold-found', hold });
  }
}

const noticesTo = <Notice>({ operatorUrl, ids }: TroubleDeps, render: (target: { id: string; url: string }) => Notice): Notice[] =>
  operatorUrl === undefined ? [] : [render({ id: `msg_${ids.uuid()}`, url: operatorUrl })];
