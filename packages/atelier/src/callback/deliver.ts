import { AddressBlockedError } from '../net/addresses.ts';
import type { ConnectionGuard } from '../net/url-guard.ts';
import { deadline, type Clock } from '@atelier/lib/clock';
import { createConnections, type Connection } from './connections.ts';
import type { Attempt } from '../core/delivery.ts';

/** Result of one POST. */
export type DeliverResult = Omit<Attempt, 'deliveryId' | 'number'> & {
  /** The `Retry-After` header as the receiver sent it, or null. */
  retryAfter: string | null;
};

export interface DeliverRequest {
  url: string;
  body: string;
  headers: Record<string, string>;
}

/** Resolves to undefined if `signal` aborted the attempt: its outcome is unknown. */
export type Deliver = (request: DeliverRequest, signal: AbortSignal) => Promise<DeliverResult | undefined>;

/** A receiver has 15 seconds. Source: kie, callback delivery. */
const TIMEOUT_MS = 15_000;
/** Largest part of an answer that is read; a longer answer closes its connection. */
const MAX_BODY_BYTES = 65_536;
const KEPT_BODY_CHARACTERS = 1_024;
/** UTF-8 has at most 4 bytes for a character. */
const KEPT_BODY_BYTES = 4 * KEPT_BODY_CHARACTERS;

/** Receivers send one or two interim answers (100, 103). A flood of them would keep this process busy until the time-out. */
const MAX_INTERIM_ANSWERS = 16;
/** Read buffer of one answer. Small, since a thousand receivers may answer at once. */
const BODY_BUFFER_BYTES = 16_384;

class InterimFloodError extends Error {
  override readonly name = 'InterimFloodError';
}

/** Parts of the answer so far. */
interface CallbackExchange {
  /** Number of 1xx answers before the final one. */
  interimAnswers: number;
  status: number | null;
  location: string | null;
  retryAfter: string | null;
  isEncoded: boolean;
  body: Buffer[];
}

/**
 * Sends callbacks: one POST a call. It follows no redirect, tries once, and never throws. One deadline covers name resolution to the last byte of the
 * answer. Only the status decides the outcome; a broken or endless body does not change it.
 */
export function createDeliver(deps: { guard: ConnectionGuard; clock: Clock }): { deliver: Deliver; close(): void } {
  const connections = createConnections(deps.guard);

  const deliver: Deliver = async (request, signal) => {
    const startedAtMs = deps.clock.now();
    const limit = deadline(deps.clock, TIMEOUT_MS, signal);
    const exchange: CallbackExchange = { interimAnswers: 0, status: null, location: null, retryAfter: null, isEncoded: false, body: [] };
    let failure: unknown;
    try {
      const url = new URL(request.url);
      const addresses = await before(limit.signal, deps.guard.addressesOf(url));
      const connection = connections.take(url.origin, addresses);
      const isReusable = await send({ connection, url, request, exchange }, limit.signal);
      if (isReusable) connections.keep(connection);
      else connection.destroy();
    } catch (error) {
      failure = error;
    } finally {
      limit.cancel();
    }
    if (signal.aborted && exchange.status === null) return undefined;
    const durationMs = Math.max(0, deps.clock.now() - startedAtMs);
    return {
      startedAtMs,
      durationMs,
      status: exchange.status,
      retryAfter: exchange.retryAfter,
      responseBody: exchange.isEncoded ? '' : toText(exchange.body),
      ...judge(exchange, failure, limit.signal),
    };
  };

  return { deliver, close: connections.close };
}

/** Sends the request and reads the answer into `exchange`. True if the connection can be used again. Rejects if no answer head arrives. */
async function send(
  { connection, url, request, exchange }: { connection: Connection; url: URL; request: DeliverRequest; exchange: CallbackExchange },
  limit: AbortSignal,
): Promise<boolean> {
  const stop = (): void => connection.destroy(limit.reason as Error);
  limit.addEventListener('abort', stop, { once: true });
  try {
    limit.throwIfAborted();
    const answer = await connection.client.request({
      method: 'POST',
      path: url.pathname + url.search,
      headers: { 'content-type': 'application/json', 'accept-encoding': 'identity', 'user-agent': 'Atelier', ...request.headers },
      body: request.body,
      highWaterMark: BODY_BUFFER_BYTES,
      onInfo: () => {
        exchange.interimAnswers += 1;
        if (exchange.interimAnswers > MAX_INTERIM_ANSWERS) connection.destroy(new InterimFloodError());
      },
    });
    exchange.status = answer.statusCode;
    exchange.location = firstOf(answer.headers.location);
    exchange.retryAfter = firstOf(answer.headers['retry-after']);
    exchange.isEncoded = (firstOf(answer.headers['content-encoding']) ?? 'identity').toLowerCase() !== 'identity';
    return await readBody(answer.body, exchange.body);
  } catch (error) {
    connection.destroy();
    throw error;
  } finally {
    limit.removeEventListener('abort', stop);
  }
}

/** Reads at most `MAX_BODY_BYTES` and keeps the first `KEPT_BODY_BYTES`. True if the body ended within the limit. */
async function readBody(body: AsyncIterable<Buffer>, kept: Buffer[]): Promise<boolean> {
  let bytes = 0;
  for await (const chunk of body) {
    if (bytes < KEPT_BODY_BYTES) kept.push(chunk.subarray(0, KEPT_BODY_BYTES - bytes));
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return false;
  }
  return true;
}

function judge(exchange: CallbackExchange, failure: unknown, limit: AbortSignal): Pick<Attempt, 'outcome' | 'error'> {
  const { status, location } = exchange;
  if (status !== null && status >= 200 && status < 300) return { outcome: 'delivered', error: null };
  if (status !== null && status >= 300 && status < 400) {
    return { outcome: 'refused', error: `redirects are not followed: ${status} to ${location?.slice(0, 200) ?? 'nowhere'}` };
  }
  if (status !== null) return { outcome: 'refused', error: `the receiver answered ${status}` };
  if (failure instanceof AddressBlockedError) return { outcome: 'blocked', error: failure.message };
  if (limit.aborted) return { outcome: 'timeout', error: `no answer within ${TIMEOUT_MS / 1_000} s` };
  return { outcome: 'network', error: `no answer: ${codeOf(failure)}` };
}

/** The code or name of a network error. Its message may hold internal addresses. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** The kept bytes as text that every store accepts: well-formed, without NUL. */
const toText = (chunks: Buffer[]): string =>
  new TextDecoder().decode(Buffer.concat(chunks)).slice(0, KEPT_BODY_CHARACTERS).toWellFormed().replaceAll('\0', '\uFFFD');

const firstOf = (value: string | string[] | undefined): string | null => (Array.isArray(value) ? value[0] : value) ?? null;

/** The result of the promise, or a rejection as soon as the signal aborts. */
function before<Result>(signal: AbortSignal, promise: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
