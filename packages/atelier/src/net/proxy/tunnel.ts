import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { buildConnector } from 'undici';
import type { Clock } from '@atelier/lib/clock';
import { connectByHttp } from './http-connect.ts';
import { describeProxy, type Proxy } from './proxy.ts';
import { connectBySocks5 } from './socks5.ts';

/** The proxy gave no connection. Nothing was sent to the target. The message names the proxy without user and password. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
}

/** Connections through one proxy. The proxy resolves the names of the targets; a target is never connected to in another way. */
export interface Tunnel {
  /** The proxy, for logs. */
  readonly address: string;
  /** A connector for undici. TLS (SNI, certificate) is with the target. Aborting `signal` destroys the socket in any state, also long after undici received it. */
  connector(signal?: AbortSignal): buildConnector.connector;
  /** A connection for a `ws:` or `wss:` URL, with TLS for the latter. Rejects with `ProxyError`; a failed TLS handshake is an event of the socket. */
  connectWebSocket(url: URL): Promise<Socket>;
}

interface TunnelDeps {
  proxy: Proxy;
  clock: Clock;
  /** Certificates to trust in place of the system's. */
  ca?: string;
}

/** For the proxy's connection, its handshake and the target's connection together. */
const CONNECT_TIMEOUT_MS = 10_000;

export function createTunnel(deps: TunnelDeps): Tunnel {
  const trust = deps.ca === undefined ? {} : { ca: deps.ca };
  return {
    address: describeProxy(deps.proxy),
    connector(signal) {
      // `socket` is the tunnel; the connector only adds TLS with the target.
      const addTls = buildConnector({ timeout: CONNECT_TIMEOUT_MS, maxCachedSessions: 0, ...trust });
      return (options, callback) => {
        const isSecure = options.protocol === 'https:';
        const target = { host: options.hostname, port: Number(options.port) || (isSecure ? 443 : 80) };
        openSocket(deps, target, signal).then(
          (socket) => {
            if (isSecure) addTls({ ...options, httpSocket: socket }, callback);
            else callback(null, socket);
          },
          (error: Error) => callback(error, null),
        );
      };
    },
    async connectWebSocket(url) {
      const isSecure = url.protocol === 'wss:';
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
      const socket = await openSocket(deps, { host, port: Number(url.port) || (isSecure ? 443 : 80) });
      return isSecure ? connectTls({ socket, servername: isIP(host) ? '' : host, ...trust }) : socket;
    },
  };
}

/** A socket that leads to the target. Rejects with `ProxyError` after `CONNECT_TIMEOUT_MS`, when aborted, and when the proxy refuses. */
async function openSocket(deps: TunnelDeps, target: { host: string; port: number }, signal?: AbortSignal): Promise<Socket> {
  const { proxy, clock } = deps;
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const cancel = clock.after(CONNECT_TIMEOUT_MS, () => stop.abort(new Error('it did not answer in time')));
  try {
    stop.signal.throwIfAborted();
    const connect = proxy.kind === 'socks5' ? connectBySocks : connectByHttp;
    const socket = await connect(proxy, target, { signal: stop.signal, ca: deps.ca });
    signal?.removeEventListener('abort', onAbort);
    if (signal) destroyOnAbort(socket, signal);
    return socket;
  } catch (error) {
    signal?.removeEventListener('abort', onAbort);
    throw new ProxyError(`the proxy ${describeProxy(proxy)} gave no connection: ${toReason(error)}`, { cause: error });
  } finally {
    cancel();
  }
}

async function connectBySocks(proxy: Proxy, target: { host: string; port: number }, { signal }: { signal: AbortSignal }): Promise<Socket> {
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
