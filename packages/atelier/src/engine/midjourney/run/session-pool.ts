import { createHash, randomInt } from 'node:crypto';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { AccountTrouble } from '../../../core/account.ts';
import type { DiscordSession, SessionEvent, SessionInfo } from '../../../discord/discord.ts';
import type { ChannelSettings } from '../channel-state.ts';
import { fatalFailure } from '../requests/failures.ts';
import { type ChannelDriver, type ChannelDriverDeps, createChannelDriver } from './channel-driver.ts';
import type { EngineResult } from '../../../core/engine.ts';
import { type CommandCache, createCommandCache } from './command-cache.ts';

export interface OpenAccount {
  accountId: string;
  channelId: string;
  guildId: string;
  token: string;
}

/** A Discord session with its command cache and its channels. */
export interface SharedSession {
  readonly session: DiscordSession;
  readonly commands: CommandCache;
  /** Aborted when the pool drops the session. Jobs on it continue on the account's next session. */
  readonly closed: AbortSignal;
  /** Returns the driver of a channel; each channel has one. */
  channel(place: { channelId: string; guildId: string }): ChannelDriver;
}

/** Holds one Discord session for each token, shared by all its accounts and channels. */
export interface SessionPool {
  /** Returns the session of an account. It connects at the first call of `session.ready`. */
  of(account: OpenAccount): SharedSession;
  /** Closes the session of an account, unless another account uses it. */
  forget(accountId: string): Promise<void>;
  close(): Promise<void>;
}

export interface SessionPoolDeps extends Pick<ChannelDriverDeps, 'fetchImage' | 'postPage' | 'recentResultIds'> {
  clock: Clock;
  log: Log;
  settings: ChannelSettings;
  createSession(token: string): DiscordSession;
  onAccountTrouble(accountId: string, trouble: AccountTrouble): void;
  onAccountWell(accountId: string): void;
  onFreshToken(accountId: string, token: string): void;
  onLateResult(jobId: string, result: EngineResult): void;
}

/** Everything that the pool keeps about one session. */
interface PooledSession extends SharedSession {
  /** Hashes of the tokens that lead to this session: Discord may have replaced the token. */
  readonly keys: Set<string>;
  readonly channels: Map<string, ChannelDriver>;
  readonly accountIds: Set<string>;
  readonly closing: AbortController;
  info: SessionInfo | undefined;
  unsubscribe: () => void;
}

/** 14 bits: a nonce of this process does not meet one of another process in the same millisecond. */
const NONCE_SALTS = 0x4000;

export function createSessionPool(deps: SessionPoolDeps): SessionPool {
  const held = new Set<PooledSession>();
  const warnNotClosed = (error: unknown): void => deps.log.warn({ err: error }, 'could not close a Discord session');

  async function retire(shared: PooledSession): Promise<void> {
    held.delete(shared);
    shared.unsubscribe();
    for (const channel of shared.channels.values()) channel.close();
    await shared.session.close();
  }

  /** Drops a working session; running jobs continue on the account's next session. */
  async function end(shared: PooledSession): Promise<void> {
    shared.closing.abort();
    await retire(shared);
  }

  function open(token: string): PooledSession {
    const shared = createPooledSession(deps, token);
    shared.unsubscribe = shared.session.subscribe((event) => {
      onEvent(deps, shared, event);
      // The session is closed for good: the next request opens a new one. The jobs on this session received the event and fail.
      if (event.type === 'fatal' && held.has(shared)) retire(shared).catch(warnNotClosed);
    });
    held.add(shared);
    return shared;
  }

  return {
    of({ accountId, token, channelId, guildId }) {
      const key = hashOf(token);
      const shared = [...held].find(({ keys }) => keys.has(key)) ?? open(token);
      for (const other of held) {
        // The token of the account was changed.
        if (other !== shared && other.accountIds.delete(accountId) && other.accountIds.size === 0) end(other).catch(warnNotClosed);
      }
      shared.accountIds.add(accountId);
      if (guildId !== '') shared.session.watchGuilds([guildId]);
      shared.channel({ channelId, guildId });
      return shared;
    },
    async forget(accountId) {
      // Selected before the first session ends: a running job may open the account's next session meanwhile, and that one must stay.
      const unused = [...held].filter(({ accountIds }) => accountIds.delete(accountId) && accountIds.size === 0);
      for (const shared of unused) await end(shared);
    },
    async close() {
      await Promise.all([...held].map(end));
    },
  };
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

function createPooledSession(deps: SessionPoolDeps, token: string): PooledSession {
  const session = deps.createSession(token);
  const closing = new AbortController();
  const shared: PooledSession = {
    session,
    commands: createCommandCache(session),
    keys: new Set([hashOf(token)]),
    channels: new Map(),
    accountIds: new Set(),
    closing,
    closed: closing.signal,
    info: undefined,
    unsubscribe: () => {},
    channel(place) {
      const known = shared.channels.get(place.channelId);
      if (known) return known;
      const channel = openChannel(deps, shared, place);
      shared.channels.set(place.channelId, channel);
      if (shared.info) channel.onEvent({ type: 'ready', info: shared.info });
      return channel;
    },
  };
  return shared;
}

/** A trouble of a session concerns every account that uses its token. */
function openChannel(deps: SessionPoolDeps, shared: PooledSession, place: { channelId: string; guildId: string }): ChannelDriver {
  const { clock, log, settings, fetchImage, postPage, recentResultIds, onLateResult } = deps;
  return createChannelDriver({
    clock,
    log,
    settings,
    fetchImage,
    postPage,
    recentResultIds,
    onLateResult,
    ...place,
    session: shared.session,
    commands: shared.commands,
    nonceSalt: randomInt(NONCE_SALTS),
    onTrouble: (trouble) => shared.accountIds.forEach((id) => deps.onAccountTrouble(id, trouble)),
    onWell: () => shared.accountIds.forEach((id) => deps.onAccountWell(id)),
  });
}

function onEvent(deps: SessionPoolDeps, shared: PooledSession, event: SessionEvent): void {
  if (event.type === 'dispatch' && event.name === 'GUILD_APPLICATION_COMMAND_INDEX_UPDATE') shared.commands.forget();
  if (event.type === 'ready') shared.info = event.info;
  if (event.type === 'token') {
    shared.keys.add(hashOf(event.token));
    for (const id of shared.accountIds) deps.onFreshToken(id, event.token);
  }
  for (const channel of shared.channels.values()) channel.onEvent(event);
  if (event.type !== 'fatal') return;
  const failure = fatalFailure(event.error);
  const isRefused = failure.code === 'account-unauthorized';
  for (const id of shared.accountIds) {
    deps.onAccountTrouble(id, isRefused ? { kind: 'pause', failure } : { kind: 'hold', failure, forMs: null });
  }
}
