import { parseJson, type JsonValue } from '@atelier/lib/json';
import { CLIENT_NAME, DiscordRestError } from '../discord.ts';
import type { Pace } from '../limits.ts';
import type { SendLimited } from './rate-limiter.ts';
import { toRestError, type HttpAnswer, type HttpRequest, type RestRequest, type Send } from './transport.ts';

export interface RestCall {
  method: 'GET' | 'POST' | 'PUT';
  /** Below the base URL, each parameter URL-encoded. */
  path: string;
  query?: Record<string, string>;
  body?: JsonValue;
  /** True if the call may be sent twice without harm. Default: true for GET and PUT, false for POST. */
  repeatable?: boolean;
  /** A limit of the caller beside Discord's. */
  pace?: Pace;
}

export interface RestClient {
  /** The JSON of the answer, null for an empty answer. Rejects only with `DiscordRestError`. */
  call(call: RestCall): Promise<JsonValue>;
  /** PUTs a file to an upload URL of Discord. Sent without the token: the host is a storage service, not Discord. */
  putFile(url: URL, file: { bytes: Uint8Array; contentType: string }): Promise<void>;
}

export interface RestClientDeps {
  baseUrl: string;
  token: string;
  requestTimeoutMs: number;
  uploadTimeoutMs: number;
  /** For calls to Discord. */
  sendLimited: SendLimited;
  /** For other hosts. */
  send: Send;
  signal: AbortSignal;
  /** The reason why nothing may be sent any more, or null: Discord bans addresses that go on with a refused token. */
  refusal: () => Error | null;
  /** Discord answered 401: the token is wrong. */
  onUnauthorized: () => void;
}

/** Sends calls to Discord's REST API, calls of one bucket in sequence. Rejects unless the answer is a 2xx. */
export function createRestClient(deps: RestClientDeps): RestClient {
  const runInTurn = createTurns();
  return {
    call(call) {
      const bucket = toBucket(call.method, call.path);
      const sent = toRestRequest(call, deps);
      return runInTurn(bucket, () => perform(deps, sent, { bucket, pace: call.pace }));
    },
    async putFile(url, file) {
      const headers = { 'content-type': file.contentType, 'user-agent': CLIENT_NAME };
      const request: HttpRequest = { method: 'PUT', url, headers, body: file.bytes, timeoutMs: deps.uploadTimeoutMs };
      const sent = { request, path: url.pathname, repeatable: true };
      await requireText(deps, sent, () => deps.send(sent));
    },
  };
}

async function perform(
  deps: RestClientDeps,
  sent: RestRequest,
  { bucket, pace }: { bucket: string; pace: Pace | undefined },
): Promise<JsonValue> {
  const refusal = deps.refusal();
  if (refusal) throw toRestError(sent, { status: 401, headers: {}, text: '' }, deps.token, refusal);
  let text: string;
  try {
    text = await requireText(deps, sent, () => deps.sendLimited(sent, bucket, pace));
  } catch (error) {
    if (error instanceof DiscordRestError && error.status === 401) deps.onUnauthorized();
    throw error;
  }
  if (text === '') return null;
  const parsed = parseJson(text);
  if (parsed.ok) return parsed.value;
  throw toRestError(sent, { status: 200, headers: {}, text }, deps.token, new Error('the answer is not JSON'));
}

/** The body of a 2xx answer. Any other outcome becomes a `DiscordRestError`. */
async function requireText({ token, signal }: RestClientDeps, sent: RestRequest, send: () => Promise<HttpAnswer>): Promise<string> {
  let answer: HttpAnswer;
  try {
    signal.throwIfAborted();
    answer = await send();
  } catch (error) {
    throw toRestError(sent, null, token, error);
  }
  if (answer.status < 200 || answer.status > 299) throw toRestError(sent, answer, token);
  if (answer.text === null) throw toRestError(sent, answer, token, new Error('the answer is too large'));
  return answer.text;
}

function toRestRequest(call: RestCall, deps: RestClientDeps): RestRequest {
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

/** Resources with an id that belongs to the bucket: each channel and each guild has its own limit. */
const MAJOR_RESOURCES = new Set(['channels', 'guilds']);
const SNOWFLAKE = /^\d{15,20}$/;

/**
 * The name under which Discord counts a request: method and path, where ids other than the first channel or guild are left out.
 * User tokens are not told the real bucket (`X-RateLimit-Bucket`), so this is the finest division that is known to be safe.
 * Source: discord-api-docs, rate limits; discord-userdoccers, rate limits.
 */
export function toBucket(method: string, path: string): string {
  const segments = path.split('/').slice(1);
  const shape = segments.map((segment, index) => {
    if (index === 1 && MAJOR_RESOURCES.has(segments[0] ?? '')) return segment;
    if (segments[index - 1] === 'reactions') return ':emoji';
    return SNOWFLAKE.test(segment) ? ':id' : segment;
  });
  return `${method} /${shape.join('/')}`;
}

/** Runs tasks of one key one after the other, and tasks of different keys side by side. */
function createTurns() {
  const tails = new Map<string, Promise<void>>();
  return <Result>(key: string, task: () => Promise<Result>): Promise<Result> => {
    const turn = (tails.get(key) ?? Promise.resolve()).then(task);
    const tail = turn.then(
      () => undefined,
      () => undefined,
    );
    tails.set(key, tail);
    void tail.then(() => {
      if (tails.get(key) === tail) tails.delete(key);
    });
    return turn;
  };
}
