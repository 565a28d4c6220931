import { parseJson, type JsonValue } from '@atelier/lib/json';
import { CLIENT_NAME } from '../client-name.ts';
import { DiscordRestError } from '../discord.ts';
import type { Pace } from '../pace.ts';
import { toBucket } from './bucket.ts';
import type { HttpAnswer, HttpRequest } from './exchange.ts';
import type { SendLimited } from './rate-limiter.ts';
import { toRestError, type Send, type Sending } from './sending.ts';
import { createTurns } from './turns.ts';

export interface RestCall {
  method: 'GET' | 'POST' | 'PUT';
  /** Below the base URL, each parameter URL-encoded. */
  path: string;
  query?: Record<string, string>;
  body?: JsonValue;
  /** Sending it twice does no harm. Left out: true for GET and PUT, false for POST. */
  repeatable?: boolean;
  /** A limit of our own beside Discord's. */
  pace?: Pace;
}

export interface RestClient {
  /** The answer's JSON, null for an empty one. Rejects with `DiscordRestError` and nothing else. */
  call(call: RestCall): Promise<JsonValue>;
  /** PUTs a file to a URL that Discord gave us for it. Without our token: the address is a storage service, not Discord. */
  putFile(url: URL, file: { bytes: Uint8Array; contentType: string }): Promise<void>;
}

/** Sends calls to Discord's REST API, calls of one bucket in sequence. Every answer that is not 2xx, and none at all, rejects. */
export function createRestClient(deps: {
  baseUrl: string;
  token: string;
  requestTimeoutMs: number;
  uploadTimeoutMs: number;
  /** For calls to Discord. */
  sendLimited: SendLimited;
  /** For everything else. */
  send: Send;
  signal: AbortSignal;
  /** Why nothing may be sent any more, or null: Discord bans addresses that go on with a token it has refused. */
  refusal: () => Error | null;
  /** Discord answered 401: the token is wrong. */
  onUnauthorized: () => void;
}): RestClient {
  const { token, signal } = deps;
  const turns = createTurns();

  /** The body of a 2xx answer; every other outcome as an error. */
  const settle = async (sending: Sending, send: () => Promise<HttpAnswer>): Promise<string> => {
    let answer: HttpAnswer;
    try {
      signal.throwIfAborted();
      answer = await send();
    } catch (error) {
      throw toRestError(sending, null, token, error);
    }
    if (answer.status < 200 || answer.status > 299) throw toRestError(sending, answer, token);
    if (answer.text === null) throw toRestError(sending, answer, token, new Error('the answer is larger than we read'));
    return answer.text;
  };

  const perform = async (sending: Sending, bucket: string, pace: Pace | undefined): Promise<JsonValue> => {
    const refusal = deps.refusal();
    if (refusal) throw toRestError(sending, { status: 401, headers: {}, text: '' }, token, refusal);
    let text: string;
    try {
      text = await settle(sending, () => deps.sendLimited(sending, bucket, pace));
    } catch (error) {
      if (error instanceof DiscordRestError && error.status === 401) deps.onUnauthorized();
      throw error;
    }
    if (text === '') return null;
    const parsed = parseJson(text);
    if (parsed.ok) return parsed.value;
    throw toRestError(sending, { status: 200, headers: {}, text }, token, new Error('the answer is not JSON'));
  };

  return {
    call(call) {
      const bucket = toBucket(call.method, call.path);
      const sending = toSending(call, deps);
      return turns.run(bucket, () => perform(sending, bucket, call.pace));
    },
    async putFile(url, file) {
      const headers = { 'content-type': file.contentType, 'user-agent': CLIENT_NAME };
      const request: HttpRequest = { method: 'PUT', url, headers, body: file.bytes, timeoutMs: deps.uploadTimeoutMs };
      const sending = { request, path: url.pathname, repeatable: true };
      await settle(sending, () => deps.send(sending));
    },
  };
}

function toSending(call: RestCall, deps: { baseUrl: string; token: string; requestTimeoutMs: number }): Sending {
  const url = new URL(deps.baseUrl + call.path);
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
  const headers: Record<string, string> = { authorization: deps.token, 'user-agent': CLIENT_NAME, accept: 'application/json' };
  const request: HttpRequest = { method: call.method, url, headers, timeoutMs: deps.requestTimeoutMs };
  if (call.body !== undefined) {
    headers['content-type'] = 'application/json';
    request.body = JSON.stringify(call.body);
  }
  return { request, path: call.path, repeatable: call.repeatable ?? call.method !== 'POST' };
}
