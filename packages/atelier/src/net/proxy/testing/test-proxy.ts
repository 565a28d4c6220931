import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Proxy } from '../proxy.ts';
import { LOOPBACK_CERTIFICATE } from './loopback-certificate.ts';

/** A proxy on loopback for tests. It sees every connection, and resolves every name to loopback. */
export interface TestProxy extends AsyncDisposable {
  /** With user and password where the proxy wants them. */
  readonly url: string;
  readonly port: number;
  /** `host:port` of every connection asked for, in sequence. */
  readonly targets: readonly string[];
  /** Method and path of every HTTP request that came through without TLS. */
  readonly requests: readonly string[];
  /** True for a socket that the proxy opened to a target. */
  opened(socket: unknown): boolean;
  /** Connections that were refused for their user or password. */
  refused(): number;
  /** Closes the proxy and every connection through it. */
  close(): Promise<void>;
}

interface TestProxyOptions {
  kind: Proxy['kind'];
  credentials?: { user: string; password: string };
  /** In place of a connection to the target. */
  answer?: 'silence' | 'refusal';
}

export async function startTestProxy(options: TestProxyOptions): Promise<TestProxy> {
  const targets: string[] = [];
  const requests: string[] = [];
  const sockets = new Set<Duplex>();
  const opened = new WeakSet<object>();
  let refused = 0;
  const relay: Relay = {
    options,
    refuse: () => (refused += 1),
    open(target) {
      targets.push(target);
      const upstream = connect({ host: '127.0.0.1', port: Number(target.slice(target.lastIndexOf(':') + 1)) });
      sockets.add(upstream);
      opened.add(upstream);
      return upstream;
    },
    onData(chunk) {
      for (const [line] of chunk.toString('latin1').matchAll(/^(?:GET|POST|PUT) \S+(?= HTTP)/gm)) requests.push(line);
    },
    note: (target) => targets.push(target),
  };
  const server = options.kind === 'socks5' ? createSocksProxy(relay) : createHttpProxy(relay);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { credentials } = options;
  const user = credentials ? `${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}@` : '';
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  return {
    url: `${options.kind}://${user}127.0.0.1:${port}`,
    port,
    targets,
    requests,
    opened: (socket) => opened.has(socket as object),
    refused: () => refused,
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Relay {
  options: TestProxyOptions;
  /** Notes the target and connects to its port on loopback. */
  open(target: string): Socket;
  note(target: string): void;
  onData(chunk: Buffer): void;
  refuse(): void;
}

function join(
  client: Duplex,
  { upstream, onOpen, onData }: { upstream: Socket; onOpen: () => void; onData: (chunk: Buffer) => void },
): void {
  upstream.on('connect', () => {
    onOpen();
    client.on('data', onData);
    client.pipe(upstream).pipe(client);
  });
  upstream.on('error', () => client.destroy());
  client.on('error', () => upstream.destroy());
  client.on('close', () => upstream.destroy());
}

function createHttpProxy({ options, open, note, refuse, onData }: Relay): Server {
  const refuseOther: RequestListener = (_request, response) => response.writeHead(405).end();
  const server = options.kind === 'https' ? createTlsServer(LOOPBACK_CERTIFICATE, refuseOther) : createServer(refuseOther);
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    const { credentials } = options;
    const wanted = credentials && `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
    if (wanted !== undefined && request.headers['proxy-authorization'] !== wanted) {
      refuse();
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
    } else if (options.answer === 'silence') note(request.url ?? '');
    else if (options.answer === 'refusal') client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    else {
      const onOpen = (): void => void client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      join(client, { upstream: open(request.url ?? ''), onOpen, onData });
    }
  });
  return server;
}

function createSocksProxy(relay: Relay): Server {
  return createTcpServer((client) => {
    serveSocks(client, relay).catch(() => client.destroy());
  });
}

async function serveSocks(client: Socket, { options, open, note, refuse, onData }: Relay): Promise<void> {
  const { credentials } = options;
  const take = createReader(client);
  const [, count = 0] = await take(2);
  const methods = await take(count);
  const method = credentials ? 2 : 0;
  if (!methods.includes(method)) {
    refuse();
    client.end(Buffer.from([5, 0xff]));
    return;
  }
  client.write(Buffer.from([5, method]));
  if (credentials) {
    const [, userLength = 0] = await take(2);
    const user = (await take(userLength)).toString();
    const [passwordLength = 0] = await take(1);
    const isRight = (await take(passwordLength)).toString() === credentials.password && user === credentials.user;
    client.write(Buffer.from([1, isRight ? 0 : 1]));
    if (!isRight) {
      refuse();
      client.end();
      return;
    }
  }
  const [, , , type = 0] = await take(4);
  const length = type === 1 ? 4 : type === 4 ? 16 : ((await take(1))[0] ?? 0);
  const address = await take(length);
  const host = type === 3 ? address.toString() : type === 1 ? address.join('.') : `[${address.toString('hex')}]`;
  const target = `${host}:${(await take(2)).readUInt16BE()}`;
  if (options.answer === 'silence') return note(target);
  if (options.answer === 'refusal') {
    client.end(Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0]));
    return;
  }
  const onOpen = (): void => void client.write(Buffer.from([5, 0, 0, 3, 4, ...Buffer.from('here'), 0, 80]));
  join(client, { upstream: open(target), onOpen, onData });
}

/** Reads exact numbers of bytes; the rest stays in the socket. */
function createReader(socket: Socket): (length: number) => Promise<Buffer> {
  return async (length) => {
    if (length === 0) return Buffer.alloc(0);
    for (let bytes = socket.read(length) as Buffer | null; ; bytes = socket.read(length) as Buffer | null) {
      if (bytes) return bytes;
      await once(socket, 'readable');
    }
  };
}
