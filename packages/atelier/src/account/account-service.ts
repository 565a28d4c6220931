import { createAccountPicker, type Account, type AccountService } from '../core/account.ts';
import { ERROR_CODES, JobError, type JobFailure } from '../core/errors.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { Log } from '@atelier/lib/log';
import type { AccountStore, JobStore } from '../core/store.ts';
import { toPauseNotice } from './notice.ts';
import { hashSecret, maskToken, type SecretBox } from './secret-box.ts';

interface AccountServiceDeps {
  clock: Clock;
  ids: Ids;
  log: Log;
  store: AccountStore & Pick<JobStore, 'executingJobIds' | 'countSlotJobs'>;
  secretBox: SecretBox;
  /** Where the operator wants to be told of a paused account. */
  operatorUrl: string | undefined;
  /** The private channel that a token's user has with Midjourney's bot. Throws `JobError`. */
  findPrivateChannel(token: string): Promise<string>;
  /** Told when an account was added, changed (close its session) or is ready for use (open one ahead of time). */
  onChanged(accountId: string): void;
  /** Told when a slot or an account may have come free. */
  onFreed(): void;
  /** Told when a signal from Discord or Midjourney has paused an account; a notice to the operator may be due. */
  onPaused(code: string): void;
}

export interface Accounts extends AccountService {
  /** What a Discord session needs, with the token in the clear; undefined when the account is gone. */
  open(accountId: string): Promise<{ accountId: string; channelId: string; guildId: string; token: string } | undefined>;
  /** Stops the use of an account after a failure that says so; loud, and only once per pause. */
  pauseAfter(accountId: string, failure: JobFailure): Promise<void>;
}

/** The accounts: who they are, which is free, which is paused and why. */
export function createAccounts(deps: AccountServiceDeps): Accounts {
  const { store, clock, log, secretBox } = deps;
  const pickMostFree = createAccountPicker();

  const build = (
    id: string,
    request: { channelId: string; guildId: string; token: string; maxJobs: number },
    listed: boolean,
    known: Account | undefined,
  ): Account => ({
    id,
    channelId: request.channelId,
    guildId: request.guildId,
    sealedToken: secretBox.seal(request.token),
    tokenHash: hashSecret(request.token),
    maskedToken: maskToken(request.token),
    maxJobs: request.maxJobs,
    listed,
    pause: known?.pause ?? null,
    createdAtMs: known?.createdAtMs ?? clock.now(),
    updatedAtMs: clock.now(),
  });

  return {
    findPrivateChannel: (token) => deps.findPrivateChannel(token),

    async configure(request) {
      const tokenHash = hashSecret(request.token);
      const others = await store.listAccounts();
      if (others.some((other) => other.tokenHash === tokenHash && other.channelId !== request.channelId)) {
        throw new JobError('invalid-request', `Channel ${request.channelId} configuration has same discord value`, {
          facts: { field: 'discord' },
        });
      }
      const known = await store.getAccount(request.channelId);
      const account = build(request.channelId, request, true, known);
      await store.putAccount(account);
      deps.onChanged(account.id);
      deps.onFreed();
      return { account, created: known === undefined };
    },

    async bring(request) {
      const tokenHash = hashSecret(request.token);
      const configured = await store.getAccount(request.channelId);
      if (configured?.tokenHash === tokenHash) return configured;
      const id = `${request.channelId}:${tokenHash.slice(0, 8)}`;
      const known = await store.getAccount(id);
      if (known && known.guildId === request.guildId) return known;
      const account = build(id, request, false, known);
      await store.putAccount(account);
      return account;
    },

    get: (accountId) => store.getAccount(accountId),
    list: () => store.listAccounts(),

    async remove(accountId) {
      const removed = await store.deleteAccount(accountId);
      if (removed) deps.onChanged(accountId);
      return removed;
    },

    async reset(accountId) {
      const found = await store.setAccountPause(accountId, null, clock.now());
      if (found) {
        log.info({ accountId }, 'account reset by the operator');
        deps.onChanged(accountId);
        deps.onFreed();
      }
      return found;
    },

    async pickFree(viewer) {
      const accounts = await store.listAccounts();
      if (accounts.length === 0) throw new JobError('account-missing', 'discord, server or channel value is missing');
      const usable = accounts.filter((account) => account.pause === null);
      const [paused] = accounts;
      if (usable.length === 0) {
        throw new JobError('account-paused', paused?.pause?.title ?? 'Every account is paused', {
          facts: { code: paused?.pause?.code ?? 'account-paused' },
        });
      }
      const executing = await store.countSlotJobs('unfinished');
      const next = pickMostFree(usable.map((account) => ({ account, freeSlots: account.maxJobs - (executing.get(account.id) ?? 0) })));
      if (next) return next;
      throw allBusy(
        usable,
        await store.executingJobIds(
          usable.map(({ id }) => id),
          viewer?.admin === false ? viewer.id : undefined,
        ),
      );
    },

    async open(accountId) {
      const account = await store.getAccount(accountId);
      if (!account) return undefined;
      return { accountId, channelId: account.channelId, guildId: account.guildId, token: secretBox.open(account.sealedToken) };
    },

    async pauseAfter(accountId, failure) {
      if (!ERROR_CODES[failure.code].pausesAccount) return;
      const account = await store.getAccount(accountId);
      if (!account || account.pause) return;
      const pause = { code: failure.code, title: failure.title, details: failure.details, atMs: clock.now() };
      const { operatorUrl } = deps;
      const notices = operatorUrl === undefined ? [] : [toPauseNotice(account, pause, { id: `msg_${deps.ids.uuid()}`, url: operatorUrl })];
      if (!(await store.setAccountPause(accountId, pause, clock.now(), notices))) return;
      deps.onPaused(failure.code);
      log.error({ accountId, code: failure.code, title: failure.title }, 'account paused: it needs its owner, then a reset');
    },
  };
}

function allBusy(accounts: readonly Account[], executingJobIds: string[]): JobError {
  const maxJobs = Math.max(...accounts.map((account) => account.maxJobs));
  return new JobError('account-busy', `Maximum of ${maxJobs} jobs executing in parallel supported`, {
    facts: { maxJobs, executingJobIds },
  });
}
