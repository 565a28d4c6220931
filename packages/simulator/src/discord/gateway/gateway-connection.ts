import type { Cancel, Clock } from '@atelier/lib/clock';
import { isJsonObject, parseJson, type JsonObject } from '@atelier/lib/json';
import type { Switches } from '../../switches.ts';
import { readClient, type IdentifyingClient, type ReadySession } from './ready.ts';
import type { GatewayEvent, Session, SessionConnection, SessionTable } from './sessions.ts';
import type { Transport } from './transport.ts';

/** Source: discord-userdoccers, sending events. */
const MAX_PAYLOAD_CHARACTERS = 15 * 1_024;
/** Source: discord-api-docs, gateway rate limit, heartbeats count. */
const MAX_EVENTS_PER_MINUTE = 120;
/** Time that a client has to reconnect after op 7. */
const RECONNECT_GRACE_MS = 5_000;
/** Sent by user clients and bots, and without effect here: presence, voice, QoS and the like. */
const IGNORED_OPCODES = new Set([3, 4, 12, 13, 16, 21, 22, 24, 25, 27, 28, 29, 30, 31, 34, 35, 36, 39, 40, 41]);
/** The subscription to one server, and its successor for several. Source: discord-userdoccers, guild subscriptions. */
const SUBSCRIPTION_OPCODES = new Set([14, 37]);
const REQUEST_MEMBERS = 8;

export interface GatewayUser {
  id: string;
  token: string;
}

export interface GatewayConnection {
  hello(): void;
  receive(text: string): void;
  close(code: number, reason: string): void;
  drop(): void;
  askToReconnect(): void;
  invalidate(resumable: boolean): void;
  askForHeartbeat(): void;
  /** The socket has closed; `sessionEnded` when the session cannot be resumed. */
  gone(sessionEnded: boolean): void;
  /** The close code that this side sent, or null. */
  closedByServer(): number | null;
  userId(): string | null;
}

export interface ConnectionDependencies {
  clock: Clock;
  switches: Switches;
  sessions: SessionTable;
  userOf: (token: string) => GatewayUser | undefined;
  /** The answer to op 8. Source: discord-api-docs, gateway events. */
  membersOf: (userId: string, request: JsonObject) => GatewayEvent;
  /** The events that answer an identify. */
  readyOf: (user: GatewayUser, client: IdentifyingClient, session: ReadySession) => GatewayEvent[];
  resumeUrl: () => string;
  transport: Transport;
  version: number;
  /** Shared by all connections: when each user last identified. */
  identifiedAtMs: Map<string, number>;
  drop: () => void;
}

/** One client's connection, from Hello to the end of the socket. A session may move from one to the next. */
export function createConnection(dependencies: ConnectionDependencies): GatewayConnection {
  const { clock, switches, sessions, transport } = dependencies;
  let session: Session | null = null;
  let closeCode: number | null = null;
  let lastBeatAtMs = clock.now();
  let receivedAtMs: number[] = [];
  let cancelWatch: Cancel = () => undefined;
  let cancelGrace: Cancel = () => undefined;

  const send = (op: number, d: unknown): void => transport.send(JSON.stringify({ op, d, s: null, t: null }));
  const close = (code: number, reason: string): void => {
    if (closeCode !== null) return;
    closeCode = code;
    transport.close(code, reason);
  };
  const asSessionConnection: SessionConnection = {
    send: (text) => {
      if (closeCode === null) transport.send(text);
    },
    replaced: () => {
      session = null;
      close(4000, 'Session resumed elsewhere.');
    },
  };
  const watchHeartbeats = (): void => {
    const intervalMs = switches.heartbeatIntervalMs;
    cancelWatch = clock.after(intervalMs, () => {
      if (clock.now() - lastBeatAtMs >= intervalMs * 2) close(4000, 'No heartbeat.');
      else watchHeartbeats();
    });
  };
  const invalidate = (resumable: boolean): void => {
    if (session && resumable) sessions.detach(session, asSessionConnection);
    else if (session) sessions.end(session);
    session = null;
    send(9, resumable);
  };

  const identify = (d: JsonObject): void => {
    if (session) return close(4005, 'Already authenticated.');
    const user = typeof d['token'] === 'string' ? dependencies.userOf(d['token']) : undefined;
    if (!user) return close(4004, 'Authentication failed.');
    const sinceLastMs = clock.now() - (dependencies.identifiedAtMs.get(user.id) ?? -Infinity);
    if (sinceLastMs < switches.identifyIntervalMs) return invalidate(false);
    dependencies.identifiedAtMs.set(user.id, clock.now());
    const client = readClient(d, dependencies.version);
    session = sessions.open(user.id, asSessionConnection, client.intents);
    sessions.greet(session, dependencies.readyOf(user, client, { sessionId: session.id, resumeUrl: dependencies.resumeUrl() }));
  };

  const resume = (d: JsonObject): void => {
    if (session) return close(4005, 'Already authenticated.');
    const user = typeof d['token'] === 'string' ? dependencies.userOf(d['token']) : undefined;
    if (!user) return close(4004, 'Authentication failed.');
    const found = typeof d['session_id'] === 'string' ? sessions.get(d['session_id']) : undefined;
    if (!found || found.userId !== user.id) return invalidate(false);
    const sequence = d['seq'];
    if (typeof sequence !== 'number' || sequence > found.sequence) return close(4007, 'Invalid seq.');
    const missed = sessions.missed(found, sequence);
    if (!missed) {
      sessions.end(found);
      return invalidate(false);
    }
    sessions.attach(found, asSessionConnection);
    session = found;
    for (const text of disturbed(missed, switches)) transport.send(text);
    sessions.dispatch(found, 'RESUMED', { _trace: [] });
    return undefined;
  };

  const handle = (op: number, d: unknown): void => {
    // The number a client sends is not checked: widely used clients send their own count of beats.
    if (op === 1) {
      lastBeatAtMs = clock.now();
      if (!switches.swallowAcks) send(11, null);
    } else if (op === 2 && isJsonObject(d)) identify(d);
    else if (op === 6 && isJsonObject(d)) resume(d);
    else if (op === 2 || op === 6) close(4002, 'Error while decoding payload.');
    else if (session && SUBSCRIPTION_OPCODES.has(op) && isJsonObject(d)) subscribe(session, d);
    else if (session && op === REQUEST_MEMBERS && isJsonObject(d)) sessions.greet(session, [dependencies.membersOf(session.userId, d)]);
    else if (!IGNORED_OPCODES.has(op) && !SUBSCRIPTION_OPCODES.has(op) && op !== REQUEST_MEMBERS) close(4001, 'Unknown opcode.');
    else if (!session) close(4003, 'Not authenticated.');
  };

  return {
    hello() {
      send(10, { heartbeat_interval: switches.heartbeatIntervalMs, _trace: ['simulator'] });
      watchHeartbeats();
    },
    receive(text) {
      if (closeCode !== null) return;
      receivedAtMs = receivedAtMs.filter((atMs) => clock.now() - atMs < 60_000);
      receivedAtMs.push(clock.now());
      if (receivedAtMs.length > MAX_EVENTS_PER_MINUTE) return close(4008, 'Rate limited.');
      const payload = text.length > MAX_PAYLOAD_CHARACTERS ? undefined : parseJson(text);
      if (!payload?.ok || !isJsonObject(payload.value)) return close(4002, 'Error while decoding payload.');
      const { op, d } = payload.value;
      if (typeof op !== 'number') return close(4002, 'Error while decoding payload.');
      return handle(op, d);
    },
    close,
    drop: dependencies.drop,
    askToReconnect() {
      send(7, null);
      cancelGrace = clock.after(RECONNECT_GRACE_MS, () => close(4000, 'Reconnect.'));
    },
    invalidate,
    askForHeartbeat: () => send(1, null),
    gone(sessionEnded) {
      cancelWatch();
      cancelGrace();
      if (session && sessionEnded) sessions.end(session);
      else if (session) sessions.detach(session, asSessionConnection);
      session = null;
    },
    closedByServer: () => closeCode,
    userId: () => session?.userId ?? null,
  };
}

/** Notes the servers of op 37 (`subscriptions`, by server) or op 14 (`guild_id`). */
function subscribe({ subscribedGuilds }: Session, { subscriptions, guild_id: guildId }: JsonObject): void {
  if (typeof guildId === 'string') subscribedGuilds.add(guildId);
  if (isJsonObject(subscriptions)) for (const id of Object.keys(subscriptions)) subscribedGuilds.add(id);
}

/** The replay as the switches want it: in order, doubled, or with neighbours swapped. */
function disturbed(texts: string[], switches: Switches): string[] {
  const doubled = switches.duplicateAfterResume ? texts.flatMap((text) => [text, text]) : texts;
  if (!switches.shuffleAfterResume) return doubled;
  return doubled.map((text, index) => doubled[index % 2 === 0 ? index + 1 : index - 1] ?? text);
}
