import type { IncomingHttpHeaders } from 'node:http';
import { request, type Dispatcher } from 'undici';
import { deadline, sleep, type Clock } from '@atelier/lib/clock';
import { isJsonObject, parseJsonObject, parseJson } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import { readBounded, TooManyBytesError } from '@atelier/lib/read-bounded';
import { DiscordRestError } from '../discord.ts';
import { toBackoffMs } from '../limits.ts';

const RETRY_BACKOFF = { firstMs: 500, longestMs: 8_000 };
const MAX_ERROR_BODY_BYTES = 4_096;

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
  /** The whole body, or null if it is larger than the limit. */
  text: string | null;
}

/** One REST request; it may be sent several times. */
export interface RestRequest {
  request: HttpRequest;
  /** For errors and the log. Without the query, which may hold a signature. */
  path: string;
  /** True if the request may be sent twice without harm. */
  repeatable: boolean;
}

/** Sends a request, perhaps several times, and returns the last answer. Rejects if no answer came. */
export type Send = (sent: RestRequest) => Promise<HttpAnswer>;

type SendOnce = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * Sends one request once and returns the answer of any status; a redirect is an answer too. Rejects if no complete answer came: connection failed or lost,
 * deadline passed, aborted. One deadline covers connecting, sending and reading, so a server that sends byte by byte cannot hold it open.
 */
export function createSendOnce(deps: { dispatcher: Dispatcher; clock: Clock; signal: AbortSignal; maxAnswerBytes: number }): SendOnce {
  return async ({ method, url, headers, body, timeoutMs }) => {
    const limit = deadline(deps.clock, timeoutMs, deps.signal);
    try {
      const answer = await request(url, {
        dispatcher: deps.dispatcher,
        method,
        headers,
        signal: limit.signal,
        // The deadline above is the only time-out.
        headersTimeout: 0,
        bodyTimeout: 0,
        ...(body === undefined ? {} : { body }),
      });
      // Leaving the loop early destroys the body, and undici reports that as an error event.
      answer.body.on('error', () => undefined);
      return { status: answer.statusCode, headers: answer.headers, text: await readText(answer.body, deps.maxAnswerBytes) };
    } finally {
      limit.cancel();
    }
  };
}

async function readText(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string | null> {
  try {
    return (await readBounded(body, maxBytes)).toString('utf8');
  } catch (error) {
    if (error instanceof TooManyBytesError) return null;
    throw error;
  }
}

/** Repeats a repeatable request after a 5xx or a missing answer. Any other request may have arrived, and its caller has to find out. */
export function createRetry(deps: {
  sendOnce: SendOnce;
  maxRetries: number;
  clock: Clock;
  random: () => number;
  log: Log;
  signal: AbortSignal;
}): Send {
  const { clock, log, signal } = deps;
  return async ({ request: sent, path, repeatable }) => {
    for (let failures = 0; ; failures += 1) {
      const mayRepeat = repeatable && failures < deps.maxRetries && !signal.aborted;
      try {
        const answer = await deps.sendOnce(sent);
        if (answer.status < 500 || !mayRepeat) return answer;
        log.warn({ method: sent.method, path, status: answer.status }, 'Discord answered with a server error; trying again');
      } catch (error) {
        if (!mayRepeat) throw error;
        log.warn({ method: sent.method, path, err: error }, 'Discord did not answer; trying again');
      }
      await sleep(clock, toBackoffMs(failures, RETRY_BACKOFF, deps.random), signal);
    }
  };
}

/** The error of a request that ended with `answer`, or without one (null). The token is removed wherever the answer repeats it. */
export function toRestError(sent: RestRequest, answer: HttpAnswer | null, token: string, cause?: unknown): DiscordRestError {
  const text = answer?.text ?? '';
  const parsed = parseJson(text);
  const code = parsed.ok && isJsonObject(parsed.value) ? parsed.value['code'] : 0;
  return new DiscordRestError({
    method: sent.request.method,
    path: sent.path,
    status: answer?.status ?? 0,
    code: typeof code === 'number' ? code : 0,
    body: Buffer.from(text.replaceAll(token, '')).subarray(0, MAX_ERROR_BODY_BYTES).toString('utf8'),
    retryAfterMs: answer?.status === 429 ? readRateLimit(answer).retryAfterMs : null,
    cause,
  });
}

/** Wait after a 429 without a time. */
const DEFAULT_WAIT_MS = 1_000;

/**
 * Reads a 429. The wait is in seconds, in the header `Retry-After` and more exactly in the JSON `retry_after`; the longer counts. `global`: nothing of this
 * session may be sent; otherwise only this route waits (scope `user` or `shared`).
 * Source: discord-api-docs, rate limits; discord-userdoccers, rate limits.
 */
export function readRateLimit(answer: HttpAnswer): { retryAfterMs: number; global: boolean } {
  const body = parseJsonObject(answer.text ?? '');
  const waitsMs = [Number(answer.headers['retry-after'] ?? NaN), Number(body['retry_after'] ?? NaN)]
    .filter((seconds) => Number.isFinite(seconds) && seconds >= 0)
    .map((seconds) => Math.ceil(seconds * 1_000));
  return {
    retryAfterMs: waitsMs.length > 0 ? Math.max(...waitsMs) : DEFAULT_WAIT_MS,
    global: answer.headers['x-ratelimit-global'] === 'true' || body['global'] === true,
  };
}
