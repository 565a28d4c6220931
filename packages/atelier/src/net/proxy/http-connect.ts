import { request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { toAuthority, type Proxy } from './proxy.ts';

/**
 * A connection to `target` through an HTTP proxy, by the method CONNECT; the proxy resolves the name. Rejects with an Error that holds neither user nor password.
 * Source: rfc, 9110 section 9.3.6.
 */
export function connectByHttp(
  proxy: Proxy,
  target: { host: string; port: number },
  { signal, ca }: { signal: AbortSignal; ca?: string | undefined },
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const authority = toAuthority(target);
  const options: RequestOptions = {
    host: proxy.host,
    port: proxy.port,
    method: 'CONNECT',
    path: authority,
    agent: false,
    headers: { host: authority, ...toAuthorization(proxy) },
  };
  const request = proxy.kind === 'https' ? requestHttps({ ...options, ...(ca !== undefined && { ca }) }) : requestHttp(options);
  const onAbort = (): void => void request.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  request.on('error', reject);
  request.on('connect', ({ statusCode = 0 }, socket: Socket, head) => {
    signal.removeEventListener('abort', onAbort);
    if (statusCode >= 200 && statusCode <= 299) {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
      return;
    }
    socket.on('error', () => {}).destroy();
    reject(new Error(statusCode === 407 ? 'it wants another user or password (407)' : `it answered ${statusCode}`));
  });
  request.end();
  return promise;
}

function toAuthorization({ credentials }: Proxy): Record<string, string> {
  if (!credentials) return {};
  return { 'proxy-authorization': `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}` };
}
