import type { Account } from '../core/account.ts';
import type { AccountStore } from '../core/store.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { hashSecret } from './secret-box.ts';

/** The name of the simulator as an upstream; the name of every other upstream is the REST base of its Discord. */
export const SIMULATOR = 'simulator';

interface AssignDeps {
  store: Pick<AccountStore, 'listAccounts' | 'putAccount' | 'deleteAccount'>;
  clock: Clock;
  log: Log;
  /** The present upstream. */
  upstream: string;
  /** The account that the simulator brings along. */
  embedded: { channelId: string; token: string };
}

/**
 * At the start, before any account is used: accounts of an older version get their upstream, and the embedded account of the simulator is removed when
 * another upstream is used. A token is never sent to an upstream other than the one that it was added for.
 */
export async function assignUpstreams(deps: AssignDeps): Promise<void> {
  const { store, clock, log, upstream, embedded } = deps;
  let others = 0;
  for (const account of await store.listAccounts({ unlisted: true })) {
    const known = account.upstream === '' ? upstreamOfOld(account, deps) : account.upstream;
    if (known === upstream) {
      if (account.upstream === '') await store.putAccount({ ...account, upstream, updatedAtMs: clock.now() });
    } else if (known === SIMULATOR && account.id === embedded.channelId) {
      await store.deleteAccount(account.id);
      log.info({ accountId: account.id }, 'the account of the simulator was removed: another upstream is used now');
    } else {
      others += 1;
    }
  }
  if (others > 0)
    log.warn({ accounts: others, upstream }, 'accounts of another upstream are not used: add them again for this one, or go back');
}

/** The upstream of an account that an older version has added: the simulator's own account, else an account of the present upstream. */
const upstreamOfOld = ({ tokenHash }: Account, { upstream, embedded }: AssignDeps): string =>
  tokenHash === hashSecret(embedded.token) ? SIMULATOR : upstream;
