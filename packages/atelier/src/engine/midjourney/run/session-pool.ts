import { createHash } from 'node:crypto';
import type { DiscordSession, SessionInfo } from '../../../discord/discord.ts';
import type { JobFailure } from '../../../core/errors.ts';
import { deadline, type Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createCommandCache, type CommandCache } from '../requests/command-cache.ts';
import { createChannelListener, type ChannelListener } from '../matching/channel-listener.ts';
import { MidjourneyRequestError, fatalFailure } from '../requests/failures.ts';

export interface OpenAccount {
  accountId: string;
  channelId: string;
  guildId: string;
  token: string;
}

/** A Discord session with what is known through it. */
export interface SharedSession {
  readonly session: DiscordSession;
  readonly commands: CommandCache;
  /** Aborted when the session was let go of: whoever works with it must take the account's next one. */
  readonly closed: AbortSignal;
  /** The one listener of a channel. */
  listener(channelId: string): ChannelListener;
}

/** One Discord session for each token, however many accounts and channels use it. */
export interface SessionPool {
  /** Nothing is sent until somebody asks the session to be ready. */
  of(account: OpenAccount): SharedSession;
  /** Closes the session of an account, unless another account uses it too. */
  forget(accountId: string): Promise<void>;
  close(): Promise<void>;
}

export interface SessionPoolDeps {
  clock: Clock;
  log: Log;
  createSession(token: string): DiscordSession;
  onAccountTrouble(accountId: string, failure: JobFailure): void;
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
      // Dead for good: whoever asks next gets a new one. Its jobs have been told, and do not go on.
      const shared = held.get(key);
      if (shared?.session === session) retire(key, shared).catch(warnUnclosed);
      const failure = fatalFailure(event.error);
      if (failure.code === 'account-unauthorized') for (const id of accountIds) deps.onAccountTrouble(id, failure);
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

  /** Lets go of a session that works; the jobs under way take the next one. */
  async function end(key: string, shared: PooledSession): Promise<void> {
    shared.closing.abort();
    await retire(key, shared);
  }

  const warnUnclosed = (error: unknown): void => log.warn({ err: error }, 'a Discord session did not close');

  return {
    of({ accountId, token }) {
      const key = createHash('sha256').update(token).digest('hex');
      for (const [otherKey, other] of held) {
        // Its token was changed.
        if (otherKey !== key && other.accountIds.delete(accountId) && other.accountIds.size === 0) {
          end(otherKey, other).catch(warnUnclosed);
        }
      }
      const shared = held.get(key) ?? openSession(key, token);
      held.set(key, shared);
      shared.accountIds.add(accountId);
      return shared;
    },
    async forget(accountId) {
      // Chosen before the first is ended: meanwhile a job under way opens the account's next session, which must stay.
      const unused = [...held].filter(([, shared]) => shared.accountIds.delete(accountId) && shared.accountIds.size === 0);
      for (const [key, shared] of unused) await end(key, shared);
    },
    async close() {
      await Promise.all([...held].map(([key, shared]) => end(key, shared)));
    },
  };
}

/**
 * Who we are, once the Discord session is ready. Rejects with `MidjourneyRequestError` when that takes longer than `timeoutMs`, with
 * `DiscordFatalError`, or when the signal is aborted.
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
    throw new MidjourneyRequestError({ code: 'upstream-unreachable', title: 'Discord could not be reached', details: null });
  } finally {
    limit.cancel();
  }
}
