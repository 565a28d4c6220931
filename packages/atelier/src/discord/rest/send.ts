import type { IncomingHttpHeaders } from 'node:http';
import { request as requestHttp, type Dispatcher } from 'undici';
import { deadline, sleep, type Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { readBounded, TooManyBytesError } from '@atelier/lib/read-bounded';
import { toRetryDelayMs } from '../limits.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT';
  url: URL;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  timeoutMs: number;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** The whole body, or null when it was larger than the limit. */
  text: string | null;
}

/** One REST call as it goes out. A retry sends the same request again. */
export interface RestRequest {
  http: HttpRequest;
  /** For errors and the log. Without the query, which may hold a signature. */
  path: string;
  /** True if Discord may receive the request twice without harm. */
  isRepeatable: boolean;
  /** Aborts the request as long as nothing of it was sent. */
  unlessSent?: AbortSignal;
}

/** The request, or a part of it, was sent and no complete answer came. Every other error of `Send` says that nothing was sent. */
export class LostAnswerError extends Error {
  override readonly name = 'LostAnswerError';
}

/** Sends a request, perhaps several times, and returns the last answer. Rejects when no answer came. */
export type Send = (request: RestRequest) => Promise<HttpAnswer>;

interface RestSendDeps {
  dispatcher: Dispatcher;
  clock: Clock;
  log: Log;
  random: () => number;
  maxRetries: number;
  maxAnswerBytes: number;
  /** Aborts running and waiting requests. */
  signal: AbortSignal;
}

const RETRY_DELAY = { firstMs: 500, longestMs: 8_000 };

/**
 * Sends a repeatable request again after a 5xx and after a lost connection. Any other request is sent once: it may have reached Discord, and the caller has
 * to find out.
 */
export function createSend(deps: RestSendDeps): Send {
  const { clock, log, signal } = deps;
  return async ({ http, path, isRepeatable, unlessSent }) => {
    for (let failures = 0; ; failures += 1) {
      const mayRepeat = isRepeatable && failures < deps.maxRetries && !signal.aborted;
      try {
        const answer = await sendOnce(deps, http, unlessSent);
        if (answer.status < 500 || !mayRepeat) return answer;
        log.warn({ method: http.method, path, status: answer.status }, 'Discord answered with a server error, trying again');
      } catch (error) {
        if (!mayRepeat) throw error;
        log.warn({ method: http.method, path, err: error }, 'no answer from Discord, trying again');
      }
      await sleep(clock, toRetryDelayMs(failures, RETRY_DELAY, deps.random), signal);
    }
  };
}

/**
 * Returns the answer of any status, redirects included. Rejects with `LostAnswerError` when the request was sent and no complete answer came, and with any other
 * error when nothing was sent: no connection, deadline passed, aborted. One deadline covers the connection, the request and the answer, so a server that sends
 * byte by byte cannot keep the request open.
 */
async function sendOnce(
  deps: RestSendDeps,
  { method, url, headers, body, timeoutMs }: HttpRequest,
  unlessSent?: AbortSignal,
): Promise<HttpAnswer> {
  const limit = deadline(deps.clock, timeoutMs, deps.signal);
  const unsent = new AbortController();
  const onAbort = (): void => unsent.abort(unlessSent?.reason);
  unlessSent?.addEventListener('abort', onAbort, { once: true });
  if (unlessSent?.aborted) onAbort();
  let wasSent = false;
  const onStart = (): void => {
    wasSent = true;
    unlessSent?.removeEventListener('abort', onAbort);
  };
  try {
    const answer = await requestHttp(url, {
      dispatcher: deps.dispatcher.compose(callAtStart(onStart)),
      method,
      headers,
      signal: AbortSignal.any([limit.signal, unsent.signal]),
      // The deadline above is the only one.
      headersTimeout: 0,
      bodyTimeout: 0,
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.statusCode, headers: answer.headers, text: await readText(answer.body, deps.maxAnswerBytes) };
  } catch (error) {
    throw wasSent ? new LostAnswerError('no complete answer came', { cause: error }) : error;
  } finally {
    limit.cancel();
    unlessSent?.removeEventListener('abort', onAbort);
  }
}

/** Calls `onStart` when a connection is there and the request is about to be written to it. */
const callAtStart =
  (onStart: () => void): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(options, {
      onRequestStart(controller, context) {
        onStart();
        handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...facts) => handler.onRequestUpgrade?.(...facts),
      onResponseStart: (...facts) => handler.onResponseStart?.(...facts),
      onResponseData: (...facts) => handler.onResponseData?.(...facts),
      onResponseEnd: (...facts) => handler.onResponseEnd?.(...facts),
      onResponseError: (...facts) => handler.onResponseError?.(...facts),
    });

async function readText(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string | null> {
  // A body that is not read to its end is destroyed, and undici emits that as an error.
  body.on('error', () => undefined);
  try {
    return (await readBounded(body, maxBytes)).toString('utf8');
  } catch (error) {
    if (error instanceof TooManyBytesError) return null;
    throw error;
  }
}

/** `Date` has whole seconds: on average half a second has passed since. */
const HALF_SECOND_MS = 500;

/** Reads the other side's clock from the answers that pass through `send`. Source: rfc, 9110 section 6.6.1. */
export function createClockSkew(deps: { clock: Clock; send: Send }): { send: Send; skewMs(): number | null } {
  let skewMs: number | null = null;
  return {
    async send(request) {
      const answer = await deps.send(request);
      const sentAtMs = Date.parse(answer.headers.date ?? '');
      if (!Number.isNaN(sentAtMs)) skewMs = sentAtMs + HALF_SECOND_MS - deps.clock.now();
      return answer;
    },
    skewMs: () => skewMs,
  };
}
