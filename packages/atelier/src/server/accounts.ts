import { createAccounts, type Accounts } from '../account/account-service.ts';
import { createSecretBox } from '../account/secret-box.ts';
import { assignUpstreams } from '../account/upstream.ts';
import { countAccounts, unreachableHold, type AccountLimits, type AccountStatus } from '../core/account.ts';
import type { Config } from '../config/config.ts';
import type { JsonObject } from '@atelier/lib/json';
import { SIMULATOR_ACCOUNT } from '@atelier/simulator';
import type { ServerParts } from './parts.ts';

/** The accounts of the present upstream. Accounts of another upstream stay in the store and are not used; the embedded account of the simulator goes. */
export async function openAccounts(parts: ServerParts): Promise<Accounts> {
  const { config, clock, log, ids, store, events, hooks, secrets, upstreams } = parts;
  await assignUpstreams({ store, clock, log, upstream: upstreams.discord.name, embedded: SIMULATOR_ACCOUNT });
  const accounts = createAccounts({
    clock,
    log,
    store,
    ids,
    upstream: upstreams.discord.name,
    secretBox: createSecretBox(secrets.secret),
    operatorUrl: config.operatorUrl,
    onChanged: (accountId) => events.emit('account-changed', accountId),
    onFreed: () => events.emit('slot-freed'),
    onPaused: (code) => events.emit('account-paused', code),
    onHeld: (code) => events.emit('account-held', code),
  });
  hooks.add(accounts.close);
  await accounts.resumeHolds();
  return accounts;
}

/** Configures the simulator's account, unless accounts exist or the operator has switched this off. */
export async function presetAccount({ config }: Pick<ServerParts, 'config'>, accounts: Accounts): Promise<void> {
  if (config.noPreset) return;
  const { token, channelId, guildId } = SIMULATOR_ACCOUNT;
  const known = await accounts.get(channelId);
  // A simulator that starts again has forgotten the token with which it replaced this one.
  if (known ? (await accounts.open(channelId))?.token === token : (await accounts.list()).length > 0) return;
  await accounts.configure({ token, channelId, guildId, maxJobs: known?.maxJobs ?? 3 });
}

/** The state of the accounts, for the start message and `/readyz`. */
export interface AccountSummary {
  /** `simulator`, or the REST base of Discord. */
  upstream: string;
  /** Listed accounts by status. */
  accounts: Record<AccountStatus, number>;
  /** False while every account that is not paused is held because Discord cannot be reached; null without such an account. */
  isReachable: boolean | null;
}

export async function summarizeAccounts(
  { clock, upstreams }: Pick<ServerParts, 'clock' | 'upstreams'>,
  accounts: Accounts,
): Promise<AccountSummary> {
  const listed = await accounts.list();
  const nowMs = clock.now();
  const counts = countAccounts(listed, nowMs);
  return {
    upstream: upstreams.discord.name,
    accounts: counts,
    isReachable: counts.active + counts.held === 0 ? null : unreachableHold(listed, nowMs) === null,
  };
}

/** The fields of `/readyz`. A Discord that cannot be reached does not make the server unready: it accepts jobs, which wait. */
export async function describeReadiness(parts: Pick<ServerParts, 'clock' | 'upstreams'>, accounts: Accounts): Promise<JsonObject> {
  const { upstream, accounts: counts, isReachable } = await summarizeAccounts(parts, accounts);
  return { upstream, accounts: counts, discord: isReachable === null ? null : isReachable ? 'reachable' : 'unreachable' };
}

export const accountLimitsOf = (config: Pick<Config, 'accountJobsPerDay' | 'accountJobInterval'>): AccountLimits => ({
  jobsPerDay: config.accountJobsPerDay,
  jobIntervalMs: config.accountJobInterval,
});
