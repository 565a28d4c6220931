import { Transform, type Readable } from 'node:stream';
import { Client, type buildConnector, type Dispatcher } from 'undici';
import { JobError } from '../core/errors.ts';
import { deadline, type Clock } from '@atelier/lib/clock';
import { AddressBlockedError } from './addresses.ts';
import { UrlFetchError, type UrlGuard } from '../core/url-guard.ts';
import { USER_AGENT } from '../discord/user-agent.ts';

export interface GuardedFetchDeps {
  clock: Clock;
  check(url: string): string;
  connector(signal: AbortSignal): buildConnector.connector;
}

const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

type HttpResponse = Dispatcher.ResponseData;

/** Implements `UrlGuard.fetch`. Each hop opens a new connection: files are few, and a redirect leaves no connection open. */
export function createGuardedFetch(deps: GuardedFetchDeps): UrlGuard['fetch'] {
  return async (text, { maxBytes, timeoutMs, signal: parent }) => {
    const limit = deadline(deps.clock, timeoutMs, parent);
    const connections = new AbortController();
    const stop = (): void => connections.abort(limit.signal.reason);
    const close = (): void => {
      limit.cancel();
      limit.signal.removeEventListener('abort', stop);
      connections.abort();
    };
    limit.signal.addEventListener('abort', stop);
    if (limit.signal.aborted) stop();
    try {
      const answer = await follow(deps, text, connections.signal);
      const length = Number(answer.headers['content-length'] ?? 0);
      if (length > maxBytes) throw tooLarge(maxBytes);
      return { contentType: firstOf(answer.headers['content-type']) ?? '', body: bodyOf(answer, { maxBytes, limit: limit.signal, close }) };
    } catch (error) {
      close();
      throw toFetchError(error, limit.signal);
    }
  };
}

/** Follows redirects to the final answer, which must be a 200 in identity encoding. */
async function follow(deps: GuardedFetchDeps, text: string, signal: AbortSignal): Promise<HttpResponse> {
  let url = new URL(deps.check(text));
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const answer = await get(deps, url, signal);
    const location = firstOf(answer.headers.location);
    if (REDIRECTS.has(answer.statusCode) && location !== undefined) {
      answer.body.on('error', () => {}).destroy();
      if (!URL.canParse(location, url.href))
        throw new UrlFetchError('status', 'The redirect has no valid address.', { status: answer.statusCode });
      url = new URL(deps.check(new URL(location, url.href).href));
      continue;
    }
    if (answer.statusCode !== 200) {
      answer.body.on('error', () => {}).destroy();
      throw new UrlFetchError('status', `The server answered ${answer.statusCode}.`, { status: answer.statusCode });
    }
    const encoding = firstOf(answer.headers['content-encoding']) ?? 'identity';
    if (encoding.toLowerCase() !== 'identity') throw new UrlFetchError('network', 'The server sent the file compressed.');
    return answer;
  }
  throw new UrlFetchError('status', `More than ${MAX_REDIRECTS} redirects.`);
}

/** One GET over a new connection. Aborting `signal` ends the connection in any state. */
async function get(deps: GuardedFetchDeps, url: URL, signal: AbortSignal): Promise<HttpResponse> {
  const client = new Client(url.origin, { connect: deps.connector(signal), headersTimeout: 0, bodyTimeout: 0 });
  const destroy = (): void => void client.destroy(signal.reason as Error);
  signal.addEventListener('abort', destroy, { once: true });
  if (signal.aborted) destroy();
  return client.request({
    method: 'GET',
    path: url.pathname + url.search,
    headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': USER_AGENT },
  });
}

/**
 * The body of the answer. It ends with a `UrlFetchError` when a limit is passed. `close` is called after the last byte, or when the reader stops before.
 */
function bodyOf(answer: HttpResponse, options: { maxBytes: number; limit: AbortSignal; close: () => void }): Readable {
  let bytes = 0;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > options.maxBytes) done(tooLarge(options.maxBytes));
      else done(null, chunk);
    },
  });
  // Without this handler, an error before or after reading would end the process. A running reader receives the error.
  body.on('error', () => {});
  body.once('close', () => {
    answer.body.destroy();
    options.close();
  });
  answer.body.once('end', options.close);
  answer.body.on('error', (error) => body.destroy(toFetchError(error, options.limit)));
  answer.body.pipe(body);
  return body;
}

const tooLarge = (maxBytes: number): UrlFetchError => new UrlFetchError('too-large', `The file is larger than ${maxBytes} bytes.`);

function toFetchError(error: unknown, limit: AbortSignal): UrlFetchError {
  if (error instanceof UrlFetchError) return error;
  if (error instanceof JobError || error instanceof AddressBlockedError)
    return new UrlFetchError('blocked', error.message, { cause: error });
  if (limit.aborted) {
    const isTimeout = limit.reason instanceof DOMException && limit.reason.name === 'TimeoutError';
    return isTimeout
      ? new UrlFetchError('timeout', 'The file did not arrive in time.', { cause: error })
      : new UrlFetchError('network', 'The download was stopped.', { cause: error });
  }
  return new UrlFetchError('network', 'The server could not be reached, or broke off.', { cause: error });
}

const firstOf = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
