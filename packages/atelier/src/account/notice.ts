import type { Account, AccountHold, AccountPause } from '../core/account.ts';
import type { NewDelivery } from '../core/delivery.ts';

/** Where a notice goes: the id of its delivery, and the URL of the operator. */
interface NoticeTarget {
  id: string;
  url: string;
}

/** The notice of a pause: one delivery in the Standard Webhooks manner (`type`, `timestamp`, `data`). */
export const toPauseNotice = (account: Account, pause: AccountPause, target: NoticeTarget): NewDelivery =>
  toNotice(account, target, { type: 'account.paused', atMs: pause.atMs, reason: pause, more: {} });

/** The notice of a hold: as the notice of a pause, plus the time until which the account is held. */
export const toHoldNotice = (account: Account, hold: AccountHold, target: NoticeTarget): NewDelivery =>
  toNotice(account, target, {
    type: 'account.held',
    atMs: hold.sinceMs,
    reason: hold,
    more: { until: new Date(hold.untilMs).toISOString() },
  });

function toNotice(
  account: Account,
  target: NoticeTarget,
  { type, atMs, reason, more }: { type: string; atMs: number; reason: Pick<AccountPause, 'code' | 'title' | 'details'>; more: object },
): NewDelivery {
  const body = {
    type,
    timestamp: new Date(atMs).toISOString(),
    data: {
      account: account.id,
      channel: account.channelId,
      discord: account.maskedToken,
      code: reason.code,
      title: reason.title,
      details: reason.details,
      ...more,
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
    dueAtMs: atMs,
    createdAtMs: atMs,
  };
}
