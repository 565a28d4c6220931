import { once } from 'node:events';
import type { ClientRequestArgs } from 'node:http';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import type { Clock } from '@atelier/lib/clock';
import { connectByHttp } from './http-connect.ts';
import { describeProxy, type Proxy } from './proxy.ts';
import { connectBySocks5 } from './socks5.ts';

/** The proxy gave no connection. Nothing was sent to the target. The message names the proxy without user and password. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
}

/** Connections through one proxy. The proxy resolves the names of the targets; only a target that is exempt is connected to in another way. */
export interface Tunnel {
  /** The proxy, for logs. */
  readonly address: string;
  /** A connector for undici. TLS (SNI, certificate) is with the target. Aborting `signal` destroys the socket in any state, also long after undici received it. */
  connector(signal?: AbortSignal): buildConnector.connector;
  /** Opens the connection of a WebSocket, with TLS for `wss:`, as Node's HTTP client and `ws` take it. A failed TLS handshake is an event of the socket. */
  webSocketConnector(url: URL): NonNullable<ClientRequestArgs['createConnection']>;
}

interface Target {
  host: string;
  port: number;
}

interface TunnelDeps {
  proxy: Proxy;
  clock: Clock;
  /** True for a target that the proxy is not used for: it is connected to directly. */
  isExempt?: (target: Target) => boolean;
  /** Certificates to trust in place of the system's. */
  ca?: string;
}

/** For the proxy's connection, its handshake and the target's connection together. */
const CONNECT_TIMEOUT_MS = 10_000;

export function createTunnel(deps: TunnelDeps): Tunnel {
  const open = callbackify((target: Target, signal: AbortSignal | undefined) => openSocket(deps, target, signal));
  const trust = deps.ca === undefined ? {} : { ca: deps.ca };
  return {
    address: describeProxy(deps.proxy),
    connector(signal) {
      // `socket` is the tunnel; the connector only adds TLS with the target.
      const addTls = buildConnector({ timeout: CONNECT_TIMEOUT_MS, maxCachedSessions: 0, ...trust });
      return (options, callback) => {
        const isSecure = options.protocol === 'https:';
        const target = { host: options.hostname, port: Number(options.port) || (isSecure ? 443 : 80) };
        open(target, signal, (error, socket) => {
          if (error) callback(error, null);
          else if (isSecure) addTls({ ...options, httpSocket: socket }, callback);
          else callback(null, socket);
        });
      };
    },
    webSocketConnector(url) {
      const isSecure = url.protocol === 'wss:';
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
      const target = { host, port: Number(url.port) || (isSecure ? 443 : 80) };
      const secure = (socket: Socket): Socket => connectTls({ socket, servername: isIP(host) ? '' : host, ...trust });
      return (_options, done) => {
        // Node ignores the socket of a call with an error.
        open(target, undefined, (error, socket) => done(error, !error && isSecure ? secure(socket) : socket));
        return undefined;
      };
    },
  };
}

/** A socket that leads to the target. Rejects with `ProxyError` after `CONNECT_TIMEOUT_MS`, when aborted, and when the proxy refuses. */
async function openSocket(deps: TunnelDeps, target: Target, signal?: AbortSignal): Promise<Socket> {
  const { proxy, clock } = deps;
  const isExempt = deps.isExempt?.(target) ?? false;
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const cancel = clock.after(CONNECT_TIMEOUT_MS, () => stop.abort(new Error('it did not answer in time')));
  try {
    stop.signal.throwIfAborted();
    const connect = isExempt ? connectDirectly : proxy.kind === 'socks5' ? connectBySocks : connectByHttp;
    const socket = await connect(proxy, target, { signal: stop.signal, ca: deps.ca });
    signal?.removeEventListener('abort', onAbort);
    if (signal) destroyOnAbort(socket, signal);
    return socket;
  } catch (error) {
    signal?.removeEventListener('abort', onAbort);
    if (isExempt) throw error;
    throw new ProxyError(`the proxy ${describeProxy(proxy)} gave no connection: ${toReason(error)}`, { cause: error });
  } finally {
    cancel();
  }
}

async function connectDirectly(_proxy: Proxy, target: Target, { signal }: { signal: AbortSignal }): Promise<Socket> {
  const socket = connectTcp({ ...target, signal });
  await once(socket, 'connect');
  return socket;
}

async function connectBySocks(proxy: Proxy, target: Target, { signal }: { signal: AbortSignal }): Promise<Socket> {
  const socket = connectTcp({ host: proxy.host, port: proxy.port });
  const onAbort = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await connectBySocks5(socket, target, proxy.credentials);
    return socket;
  } catch (error) {
    // An error after this one must not end the process.
    socket.on('error', () => {}).destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function destroyOnAbort(socket: Socket, signal: AbortSignal): void {
  const destroy = (): void => void socket.destroy(signal.reason as Error);
  if (signal.aborted) destroy();
  signal.addEventListener('abort', destroy, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', destroy));
}

/** `ECONNREFUSED` and the like, or else the message. */
const toReason = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
};
