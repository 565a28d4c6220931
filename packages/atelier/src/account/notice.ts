import type { NewDelivery } from '../core/delivery.ts';
import type { Account, AccountPause } from '../core/account.ts';

/** What the operator is told when an account was paused, as one callback in the Standard Webhooks manner (`type`, `timestamp`, `data`). */
export function toPauseNotice(account: Account, pause: AccountPause, target: { id: string; url: string }): NewDelivery {
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
