import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import type { Switches } from '../../switches.ts';
import { createConnection, type GatewayConnection, type GatewayUser } from './gateway-connection.ts';
import type { IdentifyingClient, ReadySession } from './ready.ts';
import type { GatewayEvent, SessionTable } from './sessions.ts';
import { createTextTransport, createZlibTransport } from './transport.ts';

/** Close codes after which a session cannot be resumed. Source: discord-api-docs, close codes; discord-userdoccers, close codes. */
const SESSION_ENDING_CODES = new Set([4003, 4004, 4005, 4007, 4010, 4011, 4012, 4013, 4014, 4015, 4016]);

/** A text frame's payload; `ws` gives it as one buffer unless told otherwise. */
const textOf = (data: RawData): string => (Buffer.isBuffer(data) ? data.toString('utf8') : '');

export interface SimulatedGateway {
  /** Takes over a WebSocket that was opened on the gateway's path. */
  accept(socket: WebSocket, request: IncomingMessage): void;
  connections(userId?: string): GatewayConnection[];
  /** Drops the connections without a close frame. */
  drop(userId?: string): number;
  close(code: number, userId?: string): number;
  /** Op 7. */
  reconnect(userId?: string): number;
  /** Op 9. `false` forgets the session. */
  invalidate(resumable: boolean, userId?: string): number;
  /**
   * Forgets sessions, connected or not: a later resume is answered with op 9 `false`. Connected clients get op 9 `false`
   * at once, or the given close code.
   */
  forget(options?: { userId?: string | undefined; code?: number | undefined }): number;
  /** Op 1: the client must beat at once. */
  heartbeat(userId?: string): number;
}

export interface GatewayDependencies {
  clock: Clock;
  switches: Switches;
  sessions: SessionTable;
  /** The user behind a token, or undefined. */
  userOf: (token: string) => GatewayUser | undefined;
  /** The answer to op 8. */
  membersOf: (userId: string, request: JsonObject) => GatewayEvent;
  /** The events that answer an identify. */
  readyOf: (user: GatewayUser, client: IdentifyingClient, session: ReadySession) => GatewayEvent[];
  resumeUrl: () => string;
}

export function createGateway(dependencies: GatewayDependencies): SimulatedGateway {
  const identifiedAtMs = new Map<string, number>();
  const open = new Set<GatewayConnection>();

  const each = (userId: string | undefined, act: (connection: GatewayConnection) => void): number => {
    const chosen = [...open].filter((connection) => userId === undefined || connection.userId() === userId);
    chosen.forEach(act);
    return chosen.length;
  };

  return {
    accept(socket, request) {
      // Query keys come in any order; an unknown version or encoding is the client's fault.
      const query = new URL(request.url ?? '/', 'http://gateway').searchParams;
      const version = Number(query.get('v') ?? 9);
      const compress = query.get('compress');
      const transport = compress === 'zlib-stream' ? createZlibTransport(socket) : createTextTransport(socket);
      const connection = createConnection({ ...dependencies, transport, version, identifiedAtMs, drop: () => socket.terminate() });
      open.add(connection);
      socket.on('message', (data, isBinary) => connection.receive(isBinary ? '' : textOf(data)));
      // A broken frame ends in `close` too; without a listener it would end the process.
      socket.on('error', () => undefined);
      socket.on('close', (code) => {
        open.delete(connection);
        transport.dispose();
        const ended = connection.closedByServer() === null ? code === 1000 || code === 1001 : SESSION_ENDING_CODES.has(code);
        connection.gone(ended);
      });
      if (version !== 9 && version !== 10) connection.close(4012, 'Invalid API version.');
      else if ((query.get('encoding') ?? 'json') !== 'json' || (compress !== null && compress !== 'zlib-stream'))
        connection.close(4002, 'Error while decoding payload.');
      else connection.hello();
    },
    connections: (userId) => [...open].filter((connection) => userId === undefined || connection.userId() === userId),
    drop: (userId) => each(userId, (connection) => connection.drop()),
    close: (code, userId) => each(userId, (connection) => connection.close(code, 'Closed on request.')),
    reconnect: (userId) => each(userId, (connection) => connection.askToReconnect()),
    invalidate: (resumable, userId) =>
      each(userId, (connection) => {
        connection.invalidate(resumable);
      }),
    forget({ userId, code } = {}) {
      dependencies.sessions.endAll(userId);
      const loggedIn = [...open].filter(
        (connection) => connection.userId() !== null && (userId ?? connection.userId()) === connection.userId(),
      );
      for (const connection of loggedIn) {
        if (code === undefined) connection.invalidate(false);
        else connection.close(code, 'Session is no longer valid.');
      }
      return loggedIn.length;
    },
    heartbeat: (userId) => each(userId, (connection) => connection.askForHeartbeat()),
  };
}
