import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export interface ReceivedRequest {
  /** `POST /path HTTP/1.1` */
  line: string;
  headers: Record<string, string>;
  body: string;
}

/** A receiver of callbacks on loopback. Tests write its answers to the raw socket. */
export interface Receiver extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly requests: readonly ReceivedRequest[];
  /** Number of connections since the start. */
  connectionCount(): number;
  /** Number of open connections. */
  openCount(): number;
  /** Resolves when this many requests have come. */
  received(count: number): Promise<void>;
  /** Resolves when no connection is open. */
  drained(): Promise<void>;
}

export const OK_ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n{"status":"received"}';

/** Starts a receiver; `onRequest` is called with each whole request, `onConnect` with each new connection. */
export async function startReceiver(options: {
  host?: string;
  port?: number;
  onRequest?: (socket: Socket, request: ReceivedRequest) => void;
  onConnect?: (socket: Socket) => void;
}): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  const watchers = new Set<() => void>();
  let connections = 0;
  const notify = (): void => {
    for (const watcher of watchers) watcher();
  };
  const until = async (isReached: () => boolean): Promise<void> => {
    if (isReached()) return;
    const reached = Promise.withResolvers<void>();
    const watcher = (): void => {
      if (isReached()) reached.resolve();
    };
    watchers.add(watcher);
    await reached.promise;
    watchers.delete(watcher);
  };
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      notify();
    });
    options.onConnect?.(socket);
    if (!options.onRequest) {
      notify();
      return;
    }
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (let request = parseRequest(received); request; request = parseRequest(received)) {
        received = received.subarray(request.bytes);
        requests.push(request);
        options.onRequest?.(socket, request);
        notify();
      }
    });
  });
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    port,
    origin: `http://${options.host ?? '127.0.0.1'}:${port}`,
    requests,
    connectionCount: () => connections,
    openCount: () => sockets.size,
    received: (count) => until(() => requests.length >= count),
    drained: () => until(() => sockets.size === 0),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function parseRequest(received: Buffer): (ReceivedRequest & { bytes: number }) | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [line = '', ...lines] = received.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers: Record<string, string> = {};
  for (const header of lines) {
    const colon = header.indexOf(':');
    headers[header.slice(0, colon).toLowerCase()] = header.slice(colon + 1).trim();
  }
  const bytes = headEnd + 4 + Number(headers['content-length'] ?? 0);
  if (received.length < bytes) return undefined;
  return { line, headers, body: received.subarray(headEnd + 4, bytes).toString('utf8'), bytes };
}
