import type { Account, AccountPause } from '../core/account.ts';
import type { NewDelivery } from '../core/delivery.ts';
import { ERROR_CODES, type FailureCode, type JobFailure } from '../core/errors.ts';
import type { AccountStore } from '../core/store.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { Log } from '@atelier/lib/log';

export interface PauseDeps {
  clock: Clock;
  ids: Ids;
  log: Log;
  store: Pick<AccountStore, 'getAccount' | 'setAccountPause'>;
  /** Where the operator receives a notice of each pause; undefined: nowhere. */
  operatorUrl: string | undefined;
  /** Called when an account was paused; a notice to the operator may be due. */
  onPaused(code: FailureCode): void;
}

/** Pauses an active account if the code of this failure says so, and writes the notice to the operator in the same command. */
export async function pauseAfterFailure(deps: PauseDeps, accountId: string, failure: JobFailure): Promise<void> {
  const { store, clock, log, operatorUrl } = deps;
  if (!ERROR_CODES[failure.code].pausesAccount) return;
  const account = await store.getAccount(accountId);
  if (!account || account.pause) return;
  const pause = { code: failure.code, title: failure.title, details: failure.details, atMs: clock.now() };
  const notices = operatorUrl === undefined ? [] : [toPauseNotice(account, pause, { id: `msg_${deps.ids.uuid()}`, url: operatorUrl })];
  if (!(await store.setAccountPause(accountId, pause, clock.now(), notices))) return;
  deps.onPaused(failure.code);
  log.error(
    { accountId, code: failure.code, title: failure.title },
    'account paused: resolve the reason at Discord or Midjourney, then reset the account',
  );
}

/** The notice of a pause: one delivery in the Standard Webhooks manner (`type`, `timestamp`, `data`). */
function toPauseNotice(account: Account, pause: AccountPause, target: { id: string; url: string }): NewDelivery {
  const body = {
    type: 'account.paused',
    timestamp: new Date(pause.atMs).toISOString(),
    data: {
      account: account.id,
      channel: account.channelId,
      discord: account.maskedToken,
      code: pause.code,
      title: pause.title,
      details: pause.details,
      reset: `POST /v2/account/midjourney/${account.channelId}/reset`,
    },
  };
  return {
    id: target.id,
    jobId: `account:${account.id}`,
    keyId: '',
    dialect: 'native',
    url: target.url,
    origin: new URL(target.url).origin,
    body: JSON.stringify(body),
    kieTaskId: null,
    dueAtMs: pause.atMs,
    createdAtMs: pause.atMs,
  };
}
