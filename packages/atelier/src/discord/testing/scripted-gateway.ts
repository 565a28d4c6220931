import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { constants, createDeflate } from 'node:zlib';
import { WebSocketServer, type WebSocket } from 'ws';
import type { JsonObject } from '@atelier/lib/json';
import { createInbox, type Inbox } from './inbox.ts';

/** The server's side of one connection, controlled by a test. */
export interface Peer {
  /** The URL that the client requested. */
  url: URL;
  /** The headers of the client's handshake. */
  headers: IncomingHttpHeaders;
  received: Inbox<JsonObject>;
  /** Packs the payload into the connection's zlib stream and sends it, split into frames of at most `frameBytes`. */
  send(payload: unknown, frameBytes?: number): Promise<void>;
  sendFrame(frame: Buffer | string): void;
  close(code: number, reason?: string): void;
  /** Reads nothing any more, close frames included. */
  stopReading(): void;
  /** Breaks the connection without a close frame. */
  drop(): void;
  /** The client's close code. */
  closed: Promise<{ code: number }>;
}

export interface ScriptedGateway {
  url: string;
  port: number;
  connections: Inbox<Peer>;
  close(): Promise<void>;
}

/** A WebSocket server on the loopback interface that sends nothing by itself. */
export async function startScriptedGateway(port = 0): Promise<ScriptedGateway> {
  const server = new WebSocketServer({ host: '127.0.0.1', port, maxPayload: 64 * 1024 });
  await new Promise<void>((resolve) => server.once('listening', resolve));
  const connections = createInbox<Peer>();
  server.on('connection', (socket, request) => connections.put(createPeer(socket, request)));
  const address = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${address.port}`,
    port: address.port,
    connections,
    async close() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function createPeer(socket: WebSocket, { url = '/', headers }: IncomingMessage): Peer {
  const received = createInbox<JsonObject>();
  const closed = Promise.withResolvers<{ code: number }>();
  const deflate = createDeflate();
  let packed: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => packed.push(chunk));
  socket.on('message', (data: Buffer) => received.put(JSON.parse(data.toString('utf8')) as JsonObject));
  socket.on('error', () => undefined);
  socket.on('close', (code) => {
    deflate.destroy();
    closed.resolve({ code });
  });
  return {
    url: new URL(url, 'ws://gateway'),
    headers,
    received,
    async send(payload, frameBytes = Number.MAX_SAFE_INTEGER) {
      deflate.write(JSON.stringify(payload));
      await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
      const message = Buffer.concat(packed);
      packed = [];
      for (let at = 0; at < message.length; at += frameBytes) socket.send(message.subarray(at, at + frameBytes));
    },
    sendFrame: (frame) => socket.send(frame),
    close: (code, reason) => socket.close(code, reason),
    stopReading: () => socket.pause(),
    drop: () => socket.terminate(),
    closed: closed.promise,
  };
}

export const HEARTBEAT_INTERVAL_MS = 41_250;
export const hello = { op: 10, d: { heartbeat_interval: HEARTBEAT_INTERVAL_MS, _trace: [] }, s: null, t: null };
export const dispatch = (s: number, t: string, d: unknown = {}): unknown => ({ op: 0, d, s, t });
export const resumed = (s: number): unknown => dispatch(s, 'RESUMED', { _trace: [] });

/** READY with the fields that a client needs. Source: discord-userdoccers, ready. */
export function ready(options: { sessionId: string; resumeUrl: string }): unknown {
  const user = { id: '111111111111111111', username: 'ada', global_name: 'Ada', discriminator: '0', avatar: null };
  return dispatch(1, 'READY', { v: 9, user, session_id: options.sessionId, resume_gateway_url: options.resumeUrl, guilds: [] });
}
