import type { Cancel, Clock } from '@atelier/lib/clock';
import type { Random } from '@atelier/lib/random';
import type { Switches } from '../../switches.ts';

/** The oldest disconnected sessions of a user are forgotten above this number. Source: discord-userdoccers, session limits, about 50. */
const MAX_SESSIONS_PER_USER = 50;

/** The part of a session that outlives its connection: the sent events with their numbers, for a replay. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  sequence: number;
  /** The latest events as JSON text, oldest first; at most `replayBufferEvents`. */
  readonly sent: { sequence: number; text: string }[];
  /** Events up to this one were dropped from the buffer. */
  lostThrough: number;
  /** The current connection, or null while disconnected. */
  connection: SessionConnection | null;
  /** The intents of a bot library; null for a user client. */
  readonly intents: number | null;
  /** The servers that the current connection has subscribed to. */
  readonly subscribedGuilds: Set<string>;
}

/** A dispatch. `guildId` is the server it belongs to; null for direct messages, ephemeral messages and the user's own events. */
export interface GatewayEvent {
  name: string;
  data: object;
  guildId: string | null;
}

/** Bits of the intents of a bot. Source: discord-api-docs, gateway intents. */
const GUILDS = 1 << 0;
const GUILD_MESSAGES = 1 << 9;
const DIRECT_MESSAGES = 1 << 12;

export interface SessionConnection {
  send(text: string): void;
  /** The session went to another connection. */
  replaced(): void;
}

export interface SessionTable {
  open(userId: string, connection: SessionConnection, intents: number | null): Session;
  get(id: string): Session | undefined;
  /** Events after `sequence`, oldest first; null when the buffer has dropped some of them. */
  missed(session: Session, sequence: number): string[] | null;
  attach(session: Session, connection: SessionConnection): void;
  /** The connection is gone; the session waits to be resumed. */
  detach(session: Session, connection: SessionConnection): void;
  end(session: Session): void;
  /** Ends the sessions of one user, or of all users. */
  endAll(userId?: string): void;
  /** Sends the events that answer an identify. */
  greet(session: Session, events: readonly GatewayEvent[]): void;
  /** Sends one event on a session, or keeps it for the resume. */
  dispatch(session: Session, name: string, data: object): void;
  /** The same to all sessions of these users that hear of it: see `hears`. */
  broadcast(userIds: Iterable<string>, event: GatewayEvent): void;
  list(): Session[];
}

export function createSessions(dependencies: { clock: Clock; random: Random; switches: Switches }): SessionTable {
  const { clock, random, switches } = dependencies;
  const sessions = new Map<string, Session>();
  const expiry = new Map<string, Cancel>();

  const ofUser = (userId: string): Session[] => [...sessions.values()].filter((session) => session.userId === userId);
  const end = (session: Session): void => {
    expiry.get(session.id)?.();
    expiry.delete(session.id);
    sessions.delete(session.id);
    session.connection = null;
  };
  const dispatch = (session: Session, name: string, data: object): void => send(session, { name, data }, switches.replayBufferEvents);

  return {
    open(userId, connection, intents) {
      const session = newSession(random.hex(16), userId, intents);
      session.connection = connection;
      const others = ofUser(userId);
      for (const oldest of others.filter((other) => other.connection === null)) {
        if (others.length < MAX_SESSIONS_PER_USER) break;
        end(oldest);
        others.shift();
      }
      sessions.set(session.id, session);
      return session;
    },
    get: (id) => sessions.get(id),
    missed(session, sequence) {
      if (sequence < session.lostThrough) return null;
      return session.sent.filter((event) => event.sequence > sequence).map((event) => event.text);
    },
    attach(session, connection) {
      expiry.get(session.id)?.();
      expiry.delete(session.id);
      session.connection?.replaced();
      session.connection = connection;
      // Clients subscribe again after RESUMED. Source: discord-userdoccers, guild subscriptions.
      session.subscribedGuilds.clear();
    },
    detach(session, connection) {
      if (session.connection !== connection) return;
      session.connection = null;
      expiry.set(
        session.id,
        clock.after(switches.sessionLifetimeMs, () => end(session)),
      );
    },
    end,
    endAll(userId) {
      for (const session of sessions.values()) if (userId === undefined || session.userId === userId) end(session);
    },
    greet(session, events) {
      for (const event of events) if (hears(session, event, switches)) dispatch(session, event.name, event.data);
    },
    dispatch,
    broadcast(userIds, event) {
      for (const userId of userIds) {
        for (const session of ofUser(userId)) if (hears(session, event, switches)) dispatch(session, event.name, event.data);
      }
    },
    list: () => [...sessions.values()],
  };
}

const newSession = (id: string, userId: string, intents: number | null): Session => ({
  id,
  userId,
  sequence: 0,
  sent: [],
  lostThrough: 0,
  connection: null,
  intents,
  subscribedGuilds: new Set(),
});

/** Numbers an event, keeps it for a replay (at most `kept` of them), and sends it where the session has a connection. */
function send(session: Session, { name, data }: Pick<GatewayEvent, 'name' | 'data'>, kept: number): void {
  session.sequence += 1;
  const text = JSON.stringify({ op: 0, t: name, s: session.sequence, d: data });
  // READY and RESUMED concern one connection only and are never replayed.
  if (name !== 'READY' && name !== 'RESUMED') session.sent.push({ sequence: session.sequence, text });
  while (session.sent.length > kept) session.lostThrough = session.sent.shift()?.sequence ?? session.lostThrough;
  session.connection?.send(text);
}

/**
 * True when Discord sends an event on a session. A bot gets the events of its intents, and never those of a user's own interactions. A
 * user client gets messages of a server, while the switch wants it, only after it has subscribed to that server.
 */
export function hears(session: Session, { name, guildId }: GatewayEvent, { subscriptionsRequired }: Switches): boolean {
  const isMessage = name.startsWith('MESSAGE_');
  if (session.intents !== null) {
    if (isMessage) return (session.intents & (guildId === null ? DIRECT_MESSAGES : GUILD_MESSAGES)) !== 0;
    if (name === 'GUILD_CREATE') return (session.intents & GUILDS) !== 0;
    return !name.startsWith('INTERACTION_');
  }
  return !isMessage || guildId === null || !subscriptionsRequired || session.subscribedGuilds.has(guildId);
}
