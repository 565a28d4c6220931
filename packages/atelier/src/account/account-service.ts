import { accountStatus, createAccountPicker, type Account, type AccountService } from '../core/account.ts';
import { JobError } from '../core/errors.ts';
import type { ApiKey } from '../core/key.ts';
import type { AccountStore, JobStore } from '../core/store.ts';
import { createAccountTroubles, type AccountTroubles, type TroubleDeps } from './trouble.ts';
import { hashSecret, maskToken, type SecretBox } from './secret-box.ts';

interface AccountServiceDeps extends TroubleDeps {
  store: AccountStore & Pick<JobStore, 'executingJobIds' | 'countSlotJobs'>;
  secretBox: SecretBox;
  /** The present upstream. Accounts of another one are not seen. */
  upstream: string;
  /** Called when an account was added, changed or removed (its session must end), or was reset (a session may be opened ahead of time). */
  onChanged(accountId: string): void;
}

export interface Accounts extends Omit<AccountService, 'findPrivateChannel'>, Omit<AccountTroubles, 'reset' | 'close'> {
  /** The account as a Discord session needs it, with the decrypted token; undefined when the account was removed. */
  open(accountId: string): Promise<{ accountId: string; channelId: string; guildId: string; token: string } | undefined>;
  /** Stores the token with which Discord replaced the account's token. An account that was removed meanwhile stays removed. */
  replaceToken(accountId: string, token: string): Promise<void>;
  /** Forgets the timers of holds. */
  close(): Promise<void>;
}

/** The accounts in the store: adds them, picks a free one, pauses, holds and resets them. */
export function createAccounts(deps: AccountServiceDeps): Accounts {
  const { store, clock, log } = deps;
  const pickAccount = createAccountPicker();
  const { reset, close, ...troubles } = createAccountTroubles(deps);

  return {
    ...troubles,
    close: async () => close(),
    configure: (request) => configureAccount(deps, request),
    bring: (request) => bringAccount(deps, request),
    get: (accountId) => getOwn(deps, accountId),
    list: () => listOwn(deps),

    async remove(accountId) {
      const removed = (await getOwn(deps, accountId)) !== undefined && (await store.deleteAccount(accountId));
      if (removed) deps.onChanged(accountId);
      return removed;
    },

    async reset(accountId) {
      const found = (await getOwn(deps, accountId)) !== undefined && (await reset(accountId));
      if (found) {
        log.info({ accountId }, 'account reset by the operator');
        deps.onChanged(accountId);
        deps.onFreed();
      }
      return found;
    },

    pickFree: (viewer) => pickFreeAccount(deps, pickAccount, viewer),

    async open(accountId) {
      const account = await getOwn(deps, accountId);
      if (!account) return undefined;
      return { accountId, channelId: account.channelId, guildId: account.guildId, token: deps.secretBox.open(account.sealedToken) };
    },

    async replaceToken(accountId, token) {
      const isKnown = await store.setAccountToken(accountId, sealToken(deps, token), clock.now());
      if (isKnown) log.info({ accountId }, 'Discord replaced the token of the account: the new one is stored');
    },
  };
}

type OwnDeps = Pick<AccountServiceDeps, 'store' | 'upstream'>;

async function getOwn({ store, upstream }: OwnDeps, accountId: string): Promise<Account | undefined> {
  const account = await store.getAccount(accountId);
  return account?.upstream === upstream ? account : undefined;
}

const listOwn = async ({ store, upstream }: OwnDeps): Promise<Account[]> =>
  (await store.listAccounts()).filter((account) => account.upstream === upstream);

type AccountRequest = Parameters<AccountService['configure']>[0];

async function configureAccount(deps: AccountServiceDeps, request: AccountRequest): Promise<{ account: Account; created: boolean }> {
  const { store } = deps;
  const tokenHash = hashSecret(request.token);
  const others = await listOwn(deps);
  if (others.some((other) => other.tokenHash === tokenHash && other.channelId !== request.channelId)) {
    throw new JobError('invalid-request', `Channel ${request.channelId} configuration has same discord value`, {
      facts: { field: 'discord' },
    });
  }
  const known = await getOwn(deps, request.channelId);
  // An account of another upstream leaves nothing behind, no pause either.
  if (!known) await store.deleteAccount(request.channelId);
  const account = toAccount(deps, request, { id: request.channelId, listed: true, known });
  await store.putAccount(account);
  // Other pauses stay until the operator resets the account.
  const isCured = known?.pause?.code === 'account-unauthorized' && known.tokenHash !== tokenHash;
  if (isCured) await store.setAccountPause(account.id, null, deps.clock.now());
  deps.onChanged(account.id);
  deps.onFreed();
  return { account: isCured ? { ...account, pause: null } : account, created: known === undefined };
}

async function bringAccount(deps: AccountServiceDeps, request: AccountRequest): Promise<Account> {
  const { store } = deps;
  const tokenHash = hashSecret(request.token);
  const configured = await getOwn(deps, request.channelId);
  if (configured?.tokenHash === tokenHash) return configured;
  const id = `${request.channelId}:${tokenHash.slice(0, 8)}`;
  const known = await getOwn(deps, id);
  if (!known) await store.deleteAccount(id);
  if (known && known.guildId === request.guildId) return known;
  const account = toAccount(deps, request, { id, listed: false, known });
  await store.putAccount(account);
  return account;
}

function toAccount(
  deps: AccountServiceDeps,
  { channelId, guildId, token, maxJobs }: AccountRequest,
  { id, listed, known }: { id: string; listed: boolean; known: Account | undefined },
): Account {
  return {
    id,
    channelId,
    guildId,
    ...sealToken(deps, token),
    maxJobs,
    listed,
    upstream: deps.upstream,
    pause: known?.pause ?? null,
    hold: known?.hold ?? null,
    createdAtMs: known?.createdAtMs ?? deps.clock.now(),
    updatedAtMs: deps.clock.now(),
  };
}

const sealToken = ({ secretBox }: AccountServiceDeps, token: string): Pick<Account, 'sealedToken' | 'tokenHash' | 'maskedToken'> => ({
  sealedToken: secretBox.seal(token),
  tokenHash: hashSecret(token),
  maskedToken: maskToken(token),
});

async function pickFreeAccount(
  deps: Pick<AccountServiceDeps, 'store' | 'clock' | 'upstream'>,
  pickAccount: ReturnType<typeof createAccountPicker>,
  viewer: Pick<ApiKey, 'id' | 'admin'> | undefined,
): Promise<Account> {
  const { store, clock } = deps;
  const accounts = await listOwn(deps);
  const [first] = accounts;
  if (!first) throw new JobError('account-missing', 'discord, server or channel value is missing');
  const unpaused = accounts.filter((account) => account.pause === null);
  const open = unpaused.filter((account) => accountStatus(account, clock.now()) === 'active');
  const active = open.length > 0 ? open : unpaused;
  if (active.length === 0) {
    throw new JobError('account-paused', first.pause?.title ?? 'Every account is paused', {
      facts: { code: first.pause?.code ?? 'account-paused' },
    });
  }
  const executing = await store.countSlotJobs('unfinished');
  const picked = pickAccount(active.map((account) => ({ account, freeSlots: account.maxJobs - (executing.get(account.id) ?? 0) })));
  if (picked) return picked;
  const executingJobIds = await store.executingJobIds(
    active.map(({ id }) => id),
    viewer?.admin === false ? viewer.id : undefined,
  );
  const maxJobs = Math.max(...active.map((account) => account.maxJobs));
  throw new JobError('account-busy', `Maximum of ${maxJobs} jobs executing in parallel supported`, { facts: { maxJobs, executingJobIds } });
}
