import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { constants, createDeflate, type Deflate } from 'node:zlib';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { fieldsOf, parseFields, textOf, type Fields } from './wire.ts';

const HEARTBEAT_MS = 41_250;
const FRESH_TOKEN_BIT = 1 << 8;
const OP = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalid: 9,
  hello: 10,
  ack: 11,
  subscribeGuild: 14,
  subscribeGuilds: 37,
};
const CLOSE_UNAUTHORIZED = 4004;

/** The behaviour of the gateway; a test changes it at any time. */
export interface GatewayBehaviour {
  /** Messages of servers come only after op 37 or op 14 for the server on the same connection. */
  needsSubscription: boolean;
  /** Given in READY to a client that asks for it (capability bit 8). */
  freshToken: string | null;
  /** Size that READY is filled up to. */
  readyBytes: number;
}

interface GatewayUser {
  userId: string;
  username: string;
  guildIds: readonly string[];
}

interface GatewayDeps {
  behaviour: GatewayBehaviour;
  url: () => string;
  /** The user of a token, undefined for a wrong token. */
  findUser: (token: string) => GatewayUser | undefined;
  /** Called when READY gave this token to the client. */
  onFreshToken: (token: string) => void;
}

/** A session of the gateway; it outlives a cut connection. */
interface GatewaySession {
  id: string;
  user: GatewayUser;
  sent: { sequence: number; name: string; data: Fields }[];
  subscribed: Set<string>;
  connection: Connection | null;
}

interface Connection {
  socket: WebSocket;
  send(payload: Fields): void;
}

export interface ScriptedGateway {
  /** Takes a WebSocket connection that the HTTP server was asked for. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Sends an event to the sessions of a user; a cut session gets it with its resume. `guildId` is the server of a message that its members see. */
  dispatch(userId: string, event: { name: string; data: Fields; guildId?: string }): void;
  /** Cuts every connection. The sessions can be resumed unless they are forgotten. */
  cut(options?: { forget: boolean }): void;
  /** Payloads that clients sent, newest last. */
  received: Fields[];
  sessionCount(): number;
}

/** The gateway: Hello, Identify, READY, heartbeats, Resume with the missed events, subscriptions. Source: discord-api-docs, connecting. */
export function createScriptedGateway(deps: GatewayDeps): ScriptedGateway {
  const sockets = new WebSocketServer({ noServer: true });
  const sessions = new Map<string, GatewaySession>();
  const received: Fields[] = [];

  const deliver = (session: GatewaySession, name: string, data: Fields): void => {
    const sequence = session.sent.length + 1;
    session.sent.push({ sequence, name, data });
    session.connection?.send({ op: OP.dispatch, s: sequence, t: name, d: data });
  };
  const open = (connection: Connection, identify: Fields): void => {
    const token = textOf(identify['token']);
    const user = deps.findUser(token);
    if (!user) return connection.socket.close(CLOSE_UNAUTHORIZED, 'Authentication failed.');
    const id = randomBytes(16).toString('hex');
    const session: GatewaySession = { id, user, sent: [], subscribed: new Set(), connection };
    sessions.set(id, session);
    connection.socket.on('close', () => leave(session, connection));
    const asksForToken = (Number(identify['capabilities']) & FRESH_TOKEN_BIT) !== 0;
    const { freshToken } = deps.behaviour;
    const fresh = asksForToken && freshToken !== null ? freshToken : undefined;
    deliver(session, 'READY', toReady(session, deps, fresh));
    deliver(session, 'READY_SUPPLEMENTAL', { guilds: [], merged_members: [], merged_presences: { friends: [], guilds: [] } });
    if (fresh !== undefined) deps.onFreshToken(fresh);
  };
  const resume = (connection: Connection, request: Fields): void => {
    const session = sessions.get(textOf(request['session_id']));
    if (!deps.findUser(textOf(request['token']))) return connection.socket.close(CLOSE_UNAUTHORIZED, 'Authentication failed.');
    if (!session) return connection.send({ op: OP.invalid, d: false });
    session.connection = connection;
    session.subscribed.clear();
    connection.socket.on('close', () => leave(session, connection));
    for (const { sequence, name, data } of session.sent) {
      if (sequence > Number(request['seq'] ?? 0)) connection.send({ op: OP.dispatch, s: sequence, t: name, d: data });
    }
    deliver(session, 'RESUMED', { _trace: [] });
  };
  const receive = (connection: Connection, payload: Fields): void => {
    received.push(payload);
    const data = fieldsOf(payload['d']);
    const session = [...sessions.values()].find((known) => known.connection === connection);
    if (payload['op'] === OP.heartbeat) connection.send({ op: OP.ack });
    else if (payload['op'] === OP.identify) open(connection, data);
    else if (payload['op'] === OP.resume) resume(connection, data);
    else if (payload['op'] === OP.subscribeGuild) session?.subscribed.add(textOf(data['guild_id']));
    else if (payload['op'] === OP.subscribeGuilds)
      for (const guildId of Object.keys(fieldsOf(data['subscriptions']))) session?.subscribed.add(guildId);
  };

  return {
    received,
    upgrade(request, socket, head) {
      sockets.handleUpgrade(request, socket, head, (opened) => {
        const connection = openConnection(opened, (request.url ?? '').includes('compress=zlib-stream'));
        opened.on('message', (data) => receive(connection, parseFields(toText(data))));
        connection.send({ op: OP.hello, d: { heartbeat_interval: HEARTBEAT_MS, _trace: [] } });
      });
    },
    dispatch(userId, { name, data, guildId }) {
      for (const session of sessions.values()) {
        if (session.user.userId !== userId) continue;
        const isHeard = guildId === undefined || !deps.behaviour.needsSubscription || session.subscribed.has(guildId);
        if (isHeard) deliver(session, name, data);
      }
    },
    cut({ forget } = { forget: false }) {
      for (const session of sessions.values()) {
        session.connection?.socket.terminate();
        session.connection = null;
      }
      if (forget) sessions.clear();
    },
    sessionCount: () => [...sessions.values()].filter(({ connection }) => connection !== null).length,
  };
}

function leave(session: GatewaySession, connection: Connection): void {
  if (session.connection === connection) session.connection = null;
}

function toReady({ id, user, sent }: GatewaySession, deps: GatewayDeps, freshToken: string | undefined): Fields {
  const { userId, username, guildIds } = user;
  const padding = Math.max(deps.behaviour.readyBytes - sent.length, 0);
  return {
    v: 9,
    user: { id: userId, username, global_name: username, discriminator: '0', avatar: null, bot: false },
    session_id: id,
    resume_gateway_url: deps.url(),
    session_type: 'normal',
    sessions: [],
    guilds: guildIds.map((guildId) => ({ id: guildId, large: true, member_count: 25_000, channels: [] })),
    private_channels: [],
    users: padding === 0 ? [] : [{ id: userId, username, note: 'x'.repeat(padding) }],
    merged_members: [],
    relationships: [],
    read_state: { entries: [], partial: false, version: 0 },
    user_guild_settings: { entries: [], partial: false, version: 0 },
    user_settings_proto: '',
    ...(freshToken === undefined ? {} : { auth_token: freshToken }),
    _trace: [],
  };
}

/** Sends text frames, or one zlib stream in binary frames. Source: discord-api-docs, transport compression. */
function openConnection(socket: WebSocket, isCompressed: boolean): Connection {
  socket.on('error', () => socket.terminate());
  const deflate: Deflate | null = isCompressed ? createDeflate() : null;
  deflate?.on('data', (chunk: Buffer) => socket.send(chunk, () => undefined));
  socket.on('close', () => deflate?.destroy());
  return {
    socket,
    send(payload) {
      const text = JSON.stringify({ s: null, t: null, d: null, ...payload });
      if (!deflate) return socket.send(text, () => undefined);
      if (deflate.destroyed) return;
      deflate.write(text);
      deflate.flush(constants.Z_SYNC_FLUSH);
    },
  };
}

function toText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}

export const refuseUpgrade = (socket: Duplex, status: number, body: string): void => {
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: text/html\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
};

/** Closes the HTTP server and every connection of it. */
export async function stopListening(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
