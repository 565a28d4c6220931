import { createHash } from 'node:crypto';
import type { DiscordSession, SessionInfo } from '../../../discord/discord.ts';
import type { AccountTrouble } from '../../../core/account.ts';
import { deadline, type Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { type CommandCache, createCommandCache } from '../requests/request-sender.ts';
import { createChannelListener, type ChannelListener } from '../matching/channel-listener.ts';
import { BotRequestError, fatalFailure } from '../requests/failures.ts';

export interface OpenAccount {
  accountId: string;
  channelId: string;
  guildId: string;
  token: string;
}

/** A Discord session with its command cache and its channel listeners. */
export interface SharedSession {
  readonly session: DiscordSession;
  readonly commands: CommandCache;
  /** Aborted when the pool drops the session. Jobs on it continue on the account's next session. */
  readonly closed: AbortSignal;
  /** Returns the listener of a channel; each channel has one. */
  listener(channelId: string): ChannelListener;
}

/** Holds one Discord session for each token, shared by all its accounts and channels. */
export interface SessionPool {
  /** Returns the session of an account. It connects at the first call of `session.ready`. */
  of(account: OpenAccount): SharedSession;
  /** Closes the session of an account, unless another account uses it. */
  forget(accountId: string): Promise<void>;
  close(): Promise<void>;
}

export interface SessionPoolDeps {
  clock: Clock;
  log: Log;
  createSession(token: string): DiscordSession;
  onAccountTrouble(accountId: string, trouble: AccountTrouble): void;
}

interface PooledSession extends SharedSession {
  readonly listeners: Map<string, ChannelListener>;
  readonly accountIds: Set<string>;
  readonly closing: AbortController;
  unsubscribe(): void;
}

export function createSessionPool(deps: SessionPoolDeps): SessionPool {
  const { clock, log } = deps;
  const held = new Map<string, PooledSession>();

  function openSession(key: string, token: string): PooledSession {
    const session = deps.createSession(token);
    const commands = createCommandCache(session);
    const listeners = new Map<string, ChannelListener>();
    const accountIds = new Set<string>();
    const closing = new AbortController();
    const unsubscribe = session.subscribe((event) => {
      if (event.type === 'dispatch' && event.name === 'GUILD_APPLICATION_COMMAND_INDEX_UPDATE') commands.forget();
      for (const listener of listeners.values()) listener.onEvent(event);
      if (event.type !== 'fatal') return;
      // The session is closed for good: the next request opens a new one. The jobs on this session received the event and fail.
      const shared = held.get(key);
      if (shared?.session === session) retire(key, shared).catch(warnNotClosed);
      const failure = fatalFailure(event.error);
      if (failure.code === 'account-unauthorized') for (const id of accountIds) deps.onAccountTrouble(id, { kind: 'pause', failure });
    });
    return {
      session,
      commands,
      listeners,
      accountIds,
      closing,
      closed: closing.signal,
      unsubscribe,
      listener(channelId) {
        const listener = listeners.get(channelId) ?? createChannelListener({ clock, log, session, channelId });
        listeners.set(channelId, listener);
        return listener;
      },
    };
  }

  async function retire(key: string, shared: PooledSession): Promise<void> {
    held.delete(key);
    shared.unsubscribe();
    for (const listener of shared.listeners.values()) listener.close();
    await shared.session.close();
  }

  /** Drops a working session; running jobs continue on the account's next session. */
  async function end(key: string, shared: PooledSession): Promise<void> {
    shared.closing.abort();
    await retire(key, shared);
  }

  const warnNotClosed = (error: unknown): void => log.warn({ err: error }, 'could not close a Discord session');

  return {
    of({ accountId, token }) {
      const key = createHash('sha256').update(token).digest('hex');
      for (const [otherKey, other] of held) {
        // The token of the account was changed.
        if (otherKey !== key && other.accountIds.delete(accountId) && other.accountIds.size === 0) {
          end(otherKey, other).catch(warnNotClosed);
        }
      }
      const shared = held.get(key) ?? openSession(key, token);
      held.set(key, shared);
      shared.accountIds.add(accountId);
      return shared;
    },
    async forget(accountId) {
      // Selected before the first session ends: a running job may open the account's next session meanwhile, and that one must stay.
      const unused = [...held].filter(([, shared]) => shared.accountIds.delete(accountId) && shared.accountIds.size === 0);
      for (const [key, shared] of unused) await end(key, shared);
    },
    async close() {
      await Promise.all([...held].map(([key, shared]) => end(key, shared)));
    },
  };
}

/**
 * Waits until the Discord session is ready and returns its user. Rejects with `BotRequestError` after `timeoutMs`, with
 * `DiscordFatalError`, or when the signal aborts.
 */
export async function waitForSession(
  deps: { clock: Clock; session: Pick<DiscordSession, 'ready'>; signal: AbortSignal },
  timeoutMs: number,
): Promise<SessionInfo> {
  const limit = deadline(deps.clock, timeoutMs, deps.signal);
  try {
    return await deps.session.ready(limit.signal);
  } catch (error) {
    if (deps.signal.aborted || !limit.signal.aborted) throw error;
    throw new BotRequestError({ code: 'upstream-unreachable', title: 'Discord could not be reached', details: null });
  } finally {
    limit.cancel();
  }
}
