import { parseJson, type JsonValue } from '@atelier/lib/json';
import type { SlidingWindow } from '@atelier/lib/sliding-window';
import { DiscordRestError } from '../discord.ts';
import { USER_AGENT } from '../user-agent.ts';
import { toRestError } from './answer.ts';
import type { SessionToken } from '../token.ts';
import type { SendLimited } from './rate-limiter.ts';
import type { HttpAnswer, HttpRequest, RestRequest, Send } from './send.ts';
import { createTokenCheck, type TokenVerdict } from './token-check.ts';

export interface RestCall {
  method: 'GET' | 'POST' | 'PUT';
  /** Below the base URL, each parameter URL-encoded. */
  path: string;
  query?: Record<string, string>;
  body?: JsonValue;
  /** True if Discord may receive the call twice without harm. Default: true for GET and PUT, false for POST. */
  isRepeatable?: boolean;
  /** A limit of this program, which is stricter than Discord's. */
  ownLimit?: SlidingWindow;
  /** Aborts the call as long as nothing of it was sent. */
  unlessSent?: AbortSignal;
}

export interface RestClient {
  /** The answer's JSON, null for an empty one. Rejects with `DiscordRestError` and nothing else. */
  call(call: RestCall): Promise<JsonValue>;
  /** PUTs a file to a URL that Discord returned for it. Sends no token: the URL leads to a storage service, not to Discord. */
  putFile(url: URL, file: { bytes: Uint8Array; contentType: string }): Promise<void>;
}

interface RestClientDeps {
  baseUrl: string;
  tokens: SessionToken;
  requestTimeoutMs: number;
  uploadTimeoutMs: number;
  /** For calls to Discord. */
  sendLimited: SendLimited;
  /** For the storage service. */
  send: Send;
  signal: AbortSignal;
  /** The reason to send no call any more, or null. Discord bans addresses that go on with a token it has refused. */
  refusal: () => Error | null;
  /** Called when Discord has refused the last token for certain. */
  onUnauthorized: () => void;
}

/** Sends calls to Discord's REST API, calls of one bucket one after the other. Rejects for every answer that is not 2xx, and when no answer comes. */
export function createRestClient(deps: RestClientDeps): RestClient {
  /** The end of the last call of each bucket. */
  const lastCalls = new Map<string, Promise<void>>();

  const askUser = async (token: string): Promise<number> => {
    const call: RestCall = { method: 'GET', path: '/users/@me' };
    return (await deps.sendLimited(toRestRequest(call, token, deps), toBucket(call.method, call.path))).status;
  };
  const checkToken = createTokenCheck({ tokens: deps.tokens, askUser });

  return {
    call(call) {
      const bucket = toBucket(call.method, call.path);
      const send = (request: RestRequest): Promise<HttpAnswer> => deps.sendLimited(request, bucket, call.ownLimit);
      return runInSequence(lastCalls, bucket, {
        run: () => perform({ ...deps, checkToken }, call, send),
        unlessStarted: call.unlessSent,
      }).catch((error: unknown) => {
        throw error instanceof DiscordRestError ? error : toRestError(toRestRequest(call, '', deps), null, error);
      });
    },
    async putFile(url, file) {
      const headers = { 'content-type': file.contentType, 'user-agent': USER_AGENT };
      const http: HttpRequest = { method: 'PUT', url, headers, body: file.bytes, timeoutMs: deps.uploadTimeoutMs };
      await readSuccess(deps, { http, path: url.pathname, isRepeatable: true }, deps.send);
    },
  };
}

/**
 * Repeats the call once after a 401 if the token turns out to work, and once more with another token: a call that got a 401 was certainly not carried out.
 */
async function perform(
  deps: RestClientDeps & { checkToken: (token: string) => Promise<TokenVerdict> },
  call: RestCall,
  send: (request: RestRequest) => Promise<HttpAnswer>,
): Promise<JsonValue> {
  const repeatedWith = new Set<string>();
  for (;;) {
    const token = deps.tokens.current();
    const request = toRestRequest(call, token, deps);
    const refusal = deps.refusal();
    if (refusal) throw toRestError(request, { status: 401, headers: {}, text: '' }, refusal);
    try {
      return readJson(request, await readSuccess(deps, request, send));
    } catch (error) {
      if (!(error instanceof DiscordRestError) || error.status !== 401 || repeatedWith.has(token)) throw error;
      repeatedWith.add(token);
      const verdict = await deps.checkToken(token);
      if (verdict === 'ended') deps.onUnauthorized();
      // The next round rejects with the reason if the session has ended.
      if (verdict === 'unclear') throw error;
    }
  }
}

function readJson(request: RestRequest, text: string): JsonValue {
  if (text === '') return null;
  const parsed = parseJson(text);
  if (parsed.ok) return parsed.value;
  throw toRestError(request, { status: 200, headers: {}, text }, new Error('the answer is not JSON'));
}

/** The body of a 2xx answer. Rejects with `DiscordRestError` for every other outcome. */
async function readSuccess(
  { signal }: RestClientDeps,
  request: RestRequest,
  send: (request: RestRequest) => Promise<HttpAnswer>,
): Promise<string> {
  let answer: HttpAnswer;
  try {
    signal.throwIfAborted();
    request.unlessSent?.throwIfAborted();
    answer = await send(request);
  } catch (error) {
    throw toRestError(request, null, error);
  }
  if (answer.status < 200 || answer.status > 299) throw toRestError(request, answer);
  if (answer.text === null) throw toRestError(request, answer, new Error('the answer is larger than the limit'));
  return answer.text;
}

function toRestRequest(call: RestCall, token: string, deps: RestClientDeps): RestRequest {
  const url = new URL(deps.baseUrl + call.path);
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
  const headers: Record<string, string> = { authorization: token, 'user-agent': USER_AGENT, accept: 'application/json' };
  const http: HttpRequest = { method: call.method, url, headers, timeoutMs: deps.requestTimeoutMs };
  if (call.body !== undefined) {
    headers['content-type'] = 'application/json';
    http.body = JSON.stringify(call.body);
  }
  const { path, unlessSent } = call;
  return { http, path, isRepeatable: call.isRepeatable ?? call.method !== 'POST', ...(unlessSent && { unlessSent }) };
}

/** Runs a task after the last task with the same key has ended. Tasks with different keys run side by side. `unlessStarted` takes a waiting task out of the line. */
function runInSequence<Result>(
  lastEnds: Map<string, Promise<void>>,
  key: string,
  task: { run: () => Promise<Result>; unlessStarted: AbortSignal | undefined },
): Promise<Result> {
  const { run, unlessStarted: signal } = task;
  const gaveUp = Promise.withResolvers<never>();
  const onAbort = (): void => gaveUp.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const result = (lastEnds.get(key) ?? Promise.resolve()).then(() => {
    signal?.removeEventListener('abort', onAbort);
    signal?.throwIfAborted();
    return run();
  });
  const forget = (): void => {
    if (lastEnds.get(key) === end) lastEnds.delete(key);
  };
  const end = result.then(forget, forget);
  lastEnds.set(key, end);
  return Promise.race([result, gaveUp.promise]);
}

/** Resources with a limit for each id: each channel and each guild has a separate bucket. */
const MAJOR_RESOURCES = new Set(['channels', 'guilds']);
const SNOWFLAKE = /^\d{15,20}$/;

/**
 * The name under which Discord counts a request: method and path, without ids except the first channel or guild. Discord does not tell user tokens the real
 * bucket (`X-RateLimit-Bucket`), so this is the finest division that is known to be safe.
 * Source: discord-api-docs, rate limits; discord-userdoccers, rate limits.
 */
function toBucket(method: string, path: string): string {
  const segments = path.split('/').slice(1);
  const shape = segments.map((segment, index) => {
    if (index === 1 && MAJOR_RESOURCES.has(segments[0] ?? '')) return segment;
    if (segments[index - 1] === 'reactions') return ':emoji';
    return SNOWFLAKE.test(segment) ? ':id' : segment;
  });
  return `${method} /${shape.join('/')}`;
}
