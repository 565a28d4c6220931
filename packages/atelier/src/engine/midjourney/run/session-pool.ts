import { createHash } from 'node:crypto';
import type { DiscordSession } from '../../../discord/discord.ts';
import type { JobFailure } from '../../../core/errors.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createCommandBook, type CommandBook } from '../requests/command-cache.ts';
import { createDesk, type Desk } from '../matching/channel-listener.ts';
import { fatalFailure } from '../requests/failures.ts';

export interface OpenAccount {
  accountId: string;
  channelId: string;
  guildId: string;
  token: string;
}

/** A Discord session with what is known through it. */
export interface SharedSession {
  readonly session: DiscordSession;
  readonly commands: CommandBook;
  /** Aborted when the session was let go of: whoever works with it must take the account's next one. */
  readonly closed: AbortSignal;
  /** The one desk of a channel. */
  desk(channelId: string): Desk;
}

/** One Discord session for each token, however many accounts and channels use it. */
export interface Sessions {
  /** Nothing is sent until somebody asks the session to be ready. */
  of(account: OpenAccount): SharedSession;
  /** Closes the session of an account, unless another account uses it too. */
  forget(accountId: string): Promise<void>;
  close(): Promise<void>;
}

export interface SessionsDeps {
  clock: Clock;
  log: Log;
  createSession(token: string): DiscordSession;
  onAccountTrouble(accountId: string, failure: JobFailure): void;
}

interface Held extends SharedSession {
  readonly desks: Map<string, Desk>;
  readonly accountIds: Set<string>;
  readonly closing: AbortController;
  unsubscribe(): void;
}

export function createSessions(deps: SessionsDeps): Sessions {
  const { clock, log } = deps;
  const held = new Map<string, Held>();

  function openSession(key: string, token: string): Held {
    const session = deps.createSession(token);
    const commands = createCommandBook(session);
    const desks = new Map<string, Desk>();
    const accountIds = new Set<string>();
    const closing = new AbortController();
    const unsubscribe = session.subscribe((event) => {
      if (event.type === 'dispatch' && event.name === 'GUILD_APPLICATION_COMMAND_INDEX_UPDATE') commands.forget();
      for (const desk of desks.values()) desk.onEvent(event);
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
      desks,
      accountIds,
      closing,
      closed: closing.signal,
      unsubscribe,
      desk(channelId) {
        const desk = desks.get(channelId) ?? createDesk({ clock, log, session, channelId });
        desks.set(channelId, desk);
        return desk;
      },
    };
  }

  async function retire(key: string, shared: Held): Promise<void> {
    held.delete(key);
    shared.unsubscribe();
    for (const desk of shared.desks.values()) desk.close();
    await shared.session.close();
  }

  /** Lets go of a session that works; the jobs under way take the next one. */
  async function end(key: string, shared: Held): Promise<void> {
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
