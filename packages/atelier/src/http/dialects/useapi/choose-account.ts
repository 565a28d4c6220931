import type { Account } from '../../../core/account.ts';
import type { ApiKey } from '../../../core/key.ts';
import { JobError } from '../../../core/errors.ts';
import type { Job } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { AccountService } from '../../../core/account.ts';
import { accountStatus, activeHold } from '../../../core/account.ts';
import type { Clock } from '@atelier/lib/clock';
import { heldError, pausedError } from './errors.ts';
import { readSnowflake, readText } from './fields.ts';

/** Source: useapi, jobs/button, `maxJobs`, 3 by default. */
export const DEFAULT_MAX_JOBS = 3;

/** The Discord account that a request names. */
export interface RequestedAccount {
  discord?: string;
  server?: string;
  channel?: string;
}

export function readRequestedAccount(body: JsonObject): RequestedAccount {
  const discord = readText(body, 'discord')?.trim();
  const server = readSnowflake(body, 'server');
  const channel = readSnowflake(body, 'channel');
  return {
    ...(discord === undefined ? {} : { discord }),
    ...(server === undefined ? {} : { server }),
    ...(channel === undefined ? {} : { channel }),
  };
}

/**
 * Chooses the Discord account of a job. Each method throws `JobError`: `account-missing` if the request names no usable account,
 * `account-paused` if the named account is paused, the code of its hold while it is held.
 * Source: useapi, jobs/info; useapi, jobs/button, `discord`, `server`, `channel`.
 */
export interface AccountChooser {
  /** Accounts for a new job, best first: the named account, or else every active account that may have a free slot. */
  forNewJob(requested: RequestedAccount, maxJobs: number | undefined, key: ApiKey): Promise<Account[]>;
  /** The account for a small command: the named account, or the only configured one. */
  forCommand(requested: RequestedAccount): Promise<Account>;
  /** The account for work on a finished job: the channel of that job, with the token of the request, of its configuration, or of the finished job. */
  forParent(parent: Job, discord: string | undefined): Promise<Account>;
}

const missing = (): JobError => new JobError('account-missing', 'discord, server or channel value is missing');

export function createAccountChooser({ accounts, clock }: { accounts: AccountService; clock: Clock }): AccountChooser {
  /** The account itself; throws while no job may be submitted for it. */
  function usable(account: Account): Account {
    if (account.pause !== null) throw pausedError(account.pause, account.channelId);
    const hold = activeHold(account, clock.now());
    if (hold) throw heldError(hold, clock.now());
    return account;
  }

  const isNamed = (requested: RequestedAccount): boolean =>
    requested.discord !== undefined || requested.server !== undefined || requested.channel !== undefined;

  const bring = (channelId: string, guildId: string, token: string, maxJobs: number | undefined): Promise<Account> =>
    accounts.bring({ channelId, guildId, token, maxJobs: maxJobs ?? DEFAULT_MAX_JOBS });

  async function configured(channelId: string): Promise<Account | undefined> {
    const account = await accounts.get(channelId);
    return account?.listed ? account : undefined;
  }

  async function named({ discord, server, channel }: RequestedAccount, maxJobs: number | undefined): Promise<Account> {
    if (channel === undefined) throw missing();
    if (discord !== undefined && server !== undefined) return usable(await bring(channel, server, discord, maxJobs));
    const account = await configured(channel);
    if (!account) throw missing();
    return usable(discord === undefined ? account : await bring(channel, account.guildId, discord, maxJobs));
  }

  /** `pickFree` applies the limits of the accounts; a request with a higher `maxJobs` may still find a slot. */
  async function anyAccount(maxJobs: number | undefined, key: ApiKey): Promise<Account[]> {
    const listed = await accounts.list();
    const active = listed.filter((account) => accountStatus(account, clock.now()) === 'active');
    const held = active.length > 0 ? undefined : listed.find((account) => account.pause === null);
    if (held) usable(held);
    try {
      const first = await accounts.pickFree(key);
      return [first, ...active.filter((account) => account.id !== first.id)];
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      if (error.code === 'account-busy' && maxJobs !== undefined && active.length > 0) return active;
      const paused = listed.find((account) => account.pause !== null);
      if (error.code === 'account-paused' && paused) usable(paused);
      throw error;
    }
  }

  return {
    forNewJob: async (requested, maxJobs, key) => (isNamed(requested) ? [await named(requested, maxJobs)] : await anyAccount(maxJobs, key)),

    async forCommand(requested) {
      if (isNamed(requested)) return await named(requested, undefined);
      const [only, ...others] = await accounts.list();
      if (!only || others.length > 0) throw missing();
      return usable(only);
    },

    async forParent(parent, discord) {
      const then = parent.accountId === null ? undefined : await accounts.get(parent.accountId);
      // Only jobs of this dialect store channel and server in their echo.
      const { channel, server } = parent.dialect === 'useapi' ? parent.echo : {};
      const channelId = textOf(channel) ?? then?.channelId;
      if (channelId === undefined) throw missing();
      const now = await configured(channelId);
      const guildId = textOf(server) ?? (now ?? then)?.guildId;
      if (discord !== undefined && guildId !== undefined) return usable(await bring(channelId, guildId, discord, undefined));
      const account = now ?? then;
      if (!account) throw missing();
      return usable(account);
    },
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
