import { isJsonObject, parseJson } from '@atelier/lib/json';
import { DiscordRestError } from '../discord.ts';
import { LostAnswerError, type HttpAnswer, type RestRequest } from './send.ts';

const MAX_ERROR_BODY_BYTES = 4_096;
/** Wait after a 429 that names no time. */
const UNSTATED_WAIT_MS = 1_000;

interface RateLimit {
  retryAfterMs: number;
  /** True: the session may send nothing. False: the limit covers this bucket alone (scope `user` or `shared`). */
  global: boolean;
}

/**
 * Reads a 429. The wait is in seconds, in the header `Retry-After` and more exactly in the JSON `retry_after`; the longer counts.
 * Source: discord-api-docs, rate limits; discord-userdoccers, rate limits.
 */
export function toRateLimit(answer: HttpAnswer): RateLimit {
  const parsed = parseJson(answer.text ?? '');
  const body = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  const waitsMs = [Number(answer.headers['retry-after'] ?? NaN), Number(body['retry_after'] ?? NaN)]
    .filter((seconds) => Number.isFinite(seconds) && seconds >= 0)
    .map((seconds) => Math.ceil(seconds * 1_000));
  return {
    retryAfterMs: waitsMs.length > 0 ? Math.max(...waitsMs) : UNSTATED_WAIT_MS,
    global: answer.headers['x-ratelimit-global'] === 'true' || body['global'] === true,
  };
}

/** The error for a request that ended with `answer`, or without an answer (null). Cuts the call's token out of the body if the answer repeats it. */
export function toRestError(request: RestRequest, answer: HttpAnswer | null, cause?: unknown): DiscordRestError {
  const text = answer?.text ?? '';
  const token = request.http.headers['authorization'] ?? '';
  const isLost = cause instanceof LostAnswerError;
  const parsed = parseJson(text);
  const code = parsed.ok && isJsonObject(parsed.value) ? parsed.value['code'] : 0;
  return new DiscordRestError({
    method: request.http.method,
    path: request.path,
    status: answer?.status ?? 0,
    code: typeof code === 'number' ? code : 0,
    body: Buffer.from(token === '' ? text : text.replaceAll(token, ''))
      .subarray(0, MAX_ERROR_BODY_BYTES)
      .toString('utf8'),
    retryAfterMs: answer?.status === 429 ? toRateLimit(answer).retryAfterMs : null,
    ...(answer === null && { outcome: isLost ? 'unknown' : 'not-sent' }),
    cause: isLost ? cause.cause : cause,
  });
}
