import { type Clock, deadline } from '@atelier/lib/clock';
import { isDeeperThan, isJsonObject, parseJson, textAt, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { readBounded, TooManyBytesError } from '@atelier/lib/read-bounded';
import { Agent, request, type Dispatcher } from 'undici';
import { JobError } from '../../core/errors.ts';
import type { SunoEnvelope, SunoRelay } from './input.ts';

/** The result of one request: the upstream's envelope, or the reason why it is missing. */
export type SunoAnswer =
  | { type: 'envelope'; envelope: SunoEnvelope; retryAfterMs: number }
  | { type: 'unreachable'; reason: string }
  | { type: 'unreadable'; reason: string };

/** A Suno API that speaks the format of kie.ai and sunoapi.org. */
export interface SunoUpstream extends SunoRelay {
  /** Sends one request; never throws. After an abort the answer is `unreachable`. */
  send(method: 'GET' | 'POST', path: string, body: JsonObject, signal?: AbortSignal): Promise<SunoAnswer>;
  close(): Promise<void>;
}

export interface SunoUpstreamOptions {
  /** Without `/api/v1`. */
  baseUrl: string;
  apiKey: string;
  isSimulated: boolean;
  clock: Clock;
}

const TIMEOUT_MS = 30_000;
/** Enough for the notes of a song, or for the wave form beside its lyrics. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const MAX_RETRY_AFTER_S = 3_600;
const MAX_DEPTH = 64;

/** The client of `SUNO_UPSTREAM`. The operator chose the address, so requests go there without the URL guard; links to files pass the guard. */
export function createSunoUpstream({ baseUrl, apiKey, isSimulated, clock }: SunoUpstreamOptions): SunoUpstream {
  // One deadline over the whole request replaces these time-outs.
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: TIMEOUT_MS } });

  const send: SunoUpstream['send'] = async (method, path, body, signal) => {
    const limit = deadline(clock, TIMEOUT_MS, signal);
    const url = new URL(`${baseUrl}/api/v1/${path}`);
    if (method === 'GET') for (const [name, value] of Object.entries(body)) url.searchParams.set(name, toQuery(value));
    try {
      const answer = await request(url, {
        dispatcher,
        method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          accept: 'application/json',
          'content-type': 'application/json',
          'user-agent': 'Atelier',
        },
        signal: limit.signal,
        ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
      });
      return toAnswer(answer, await readText(answer.body));
    } catch (error) {
      return { type: 'unreachable', reason: limit.signal.aborted ? `no answer within ${TIMEOUT_MS / 1_000} s` : reasonOf(error) };
    } finally {
      limit.cancel();
    }
  };

  return {
    isSimulated,
    send,
    async ask(method, path, body) {
      const answer = await send(method, path, body);
      if (answer.type === 'envelope') return answer.envelope;
      if (answer.type === 'unreachable') throw new JobError('upstream-unreachable', 'Suno cannot be reached', { cause: answer.reason });
      throw new JobError('upstream-failed', 'Suno gave an answer that cannot be read', { cause: answer.reason });
    },
    close: () => dispatcher.destroy(),
  };
}

const toQuery = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The error's code alone: its message contains addresses. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'connection lost';

/** Undefined for an answer of more than `MAX_ANSWER_BYTES`. */
async function readText(body: Dispatcher.ResponseData['body']): Promise<string | undefined> {
  // A body of too many bytes is destroyed, which undici reports as a second error.
  body.on('error', () => undefined);
  try {
    return (await readBounded(body, MAX_ANSWER_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof TooManyBytesError) return undefined;
    throw error;
  }
}

/**
 * The upstream answers errors as HTTP 200 with a `code`; its web server and gateways answer with an HTTP status. Both become a code here, but a 5xx
 * without an envelope comes from a gateway that cannot reach the upstream. Source: kie, recorded replies.
 */
function toAnswer({ statusCode, headers }: Dispatcher.ResponseData, text: string | undefined): SunoAnswer {
  const retryAfterMs = toRetryAfterMs(headers['retry-after']);
  const parsed = text === undefined ? undefined : parseJson(text);
  const body = parsed?.ok && isJsonObject(parsed.value) && !isDeeperThan(parsed.value, MAX_DEPTH) ? parsed.value : {};
  const code = Number(body['code'] ?? NaN);
  const msg = textAt(body, 'msg') || textAt(body, 'message');
  if (Number.isInteger(code)) return { type: 'envelope', envelope: { code, msg, data: body['data'] ?? null }, retryAfterMs };
  if (statusCode >= 500) return { type: 'unreachable', reason: `HTTP ${statusCode}` };
  if (statusCode < 400) return { type: 'unreadable', reason: text === undefined ? 'too large' : `HTTP ${statusCode} without a code` };
  return { type: 'envelope', envelope: { code: statusCode, msg: msg || textAt(body, 'error'), data: null }, retryAfterMs };
}

/** Reads seconds, the only form that clients of these vendors know; 0 for another form. */
function toRetryAfterMs(header: string | string[] | undefined): number {
  const seconds = typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : 0;
  return Math.min(seconds, MAX_RETRY_AFTER_S) * 1_000;
}
