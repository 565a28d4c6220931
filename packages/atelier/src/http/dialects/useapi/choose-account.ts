import type { Account } from '../../../core/account.ts';
import type { ApiKey } from '../../../core/key.ts';
import { JobError } from '../../../core/errors.ts';
import type { Job } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { AccountService } from '../../../core/account.ts';
import { pausedError } from './errors.ts';
import { readSnowflake, readText } from './fields.ts';

/** Source: useapi v2, jobs/button, `maxJobs`: "if not provided defaulted to 3". */
export const DEFAULT_MAX_JOBS = 3;

/** Which Discord account a request asks for. */
export interface AccountWish {
  discord?: string;
  server?: string;
  channel?: string;
}

export function readAccountWish(body: JsonObject): AccountWish {
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
 * Which Discord account a job runs on. All of these throw `JobError`: `account-missing` when the request names no usable
 * account, `account-paused` when the one it means awaits its reset.
 * Source: useapi v2, jobs/info and jobs/button, `discord`, `server`, `channel`.
 */
export interface AccountChooser {
  /** Accounts for a new job, best first: the one that is named, or else every one that may have room. */
  forNewJob(wish: AccountWish, maxJobs: number | undefined, caller: ApiKey): Promise<Account[]>;
  /** The account for a small command: the one that is named, or the only one there is. */
  forCommand(wish: AccountWish): Promise<Account>;
  /** The account for work on a finished job: that job's channel, with the token that is given, configured now, or was used then. */
  forParent(parent: Job, discord: string | undefined): Promise<Account>;
}

const missing = (): JobError => new JobError('account-missing', 'discord, server or channel value is missing');

export function createAccountChooser(accounts: AccountService): AccountChooser {
  const isNamed = (wish: AccountWish): boolean => wish.discord !== undefined || wish.server !== undefined || wish.channel !== undefined;

  const bring = (channelId: string, guildId: string, token: string, maxJobs: number | undefined): Promise<Account> =>
    accounts.bring({ channelId, guildId, token, maxJobs: maxJobs ?? DEFAULT_MAX_JOBS });

  async function configured(channelId: string): Promise<Account | undefined> {
    const account = await accounts.get(channelId);
    return account?.listed ? account : undefined;
  }

  async function named({ discord, server, channel }: AccountWish, maxJobs: number | undefined): Promise<Account> {
    if (channel === undefined) throw missing();
    if (discord !== undefined && server !== undefined) return usable(await bring(channel, server, discord, maxJobs));
    const account = await configured(channel);
    if (!account) throw missing();
    return usable(discord === undefined ? account : await bring(channel, account.guildId, discord, maxJobs));
  }

  /** `pickFree` knows the accounts' own limits; a request with a limit of its own may still find room beyond them. */
  async function anyAccount(maxJobs: number | undefined, caller: ApiKey): Promise<Account[]> {
    const listed = await accounts.list();
    const unpaused = listed.filter((account) => account.pause === null);
    try {
      const first = await accounts.pickFree(caller);
      return [first, ...unpaused.filter((account) => account.id !== first.id)];
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      if (error.code === 'account-busy' && maxJobs !== undefined && unpaused.length > 0) return unpaused;
      const paused = listed.find((account) => account.pause !== null);
      if (error.code === 'account-paused' && paused) usable(paused);
      throw error;
    }
  }

  return {
    forNewJob: async (wish, maxJobs, caller) => (isNamed(wish) ? [await named(wish, maxJobs)] : await anyAccount(maxJobs, caller)),

    async forCommand(wish) {
      if (isNamed(wish)) return await named(wish, undefined);
      const [only, ...others] = await accounts.list();
      if (!only || others.length > 0) throw missing();
      return usable(only);
    },

    async forParent(parent, discord) {
      const then = parent.accountId === null ? undefined : await accounts.get(parent.accountId);
      // Only jobs of this dialect say in these words where they ran.
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

/** The account itself, unless no job may run on it now. */
function usable(account: Account): Account {
  if (account.pause !== null) throw pausedError(account.pause, account.channelId);
  return account;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
