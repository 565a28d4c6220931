import { isJsonObject, parseJson } from '@atelier/lib/json';
import { cloudflareErrorOf } from '../address-block.ts';
import { DiscordRestError } from '../discord.ts';
import { LostAnswerError, type HttpAnswer, type RestRequest } from './send.ts';

const MAX_ERROR_BODY_BYTES = 4_096;
/** Wait after a 429 that names no time. */
const UNSTATED_WAIT_MS = 1_000;

interface RateLimit {
  /** Null if the answer came from Cloudflare and names no time: then a short wait is certainly too short. */
  retryAfterMs: number | null;
  /** True: the session may send nothing. False: the limit covers this bucket alone (scope `user` or `shared`). */
  global: boolean;
}

/**
 * Reads a 429. The wait is in seconds, in the header `Retry-After` and more exactly in the JSON `retry_after`; the longer counts.
 * A limit of Cloudflare covers the address, so every call. Source: discord-api-docs, rate limits; discord-userdoccers, rate limits; cloudflare, 1xxx errors.
 */
export function toRateLimit(answer: HttpAnswer): RateLimit {
  const parsed = parseJson(answer.text ?? '');
  const body = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  const waitsMs = [Number(answer.headers['retry-after'] ?? NaN), Number(body['retry_after'] ?? NaN)]
    .filter((seconds) => Number.isFinite(seconds) && seconds >= 0)
    .map((seconds) => Math.ceil(seconds * 1_000));
  const isCloudflare = cloudflareErrorOf(answer.text ?? '') !== null;
  return {
    retryAfterMs: waitsMs.length > 0 ? Math.max(...waitsMs) : isCloudflare ? null : UNSTATED_WAIT_MS,
    global: isCloudflare || answer.headers['x-ratelimit-global'] === 'true' || body['global'] === true,
  };
}

/** The error for a request that ended with `answer`, or without an answer (null). Cuts the call's token out of the body if the answer repeats it. */
export function toRestError(request: RestRequest, answer: HttpAnswer | null, cause?: unknown): DiscordRestError {
  const text = answer?.text ?? '';
  const token = request.http.headers['authorization'] ?? '';
  const isBlock = cloudflareErrorOf(text) !== null;
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
    retryAfterMs: answer && (answer.status === 429 || isBlock) ? toRateLimit(answer).retryAfterMs : null,
    ...(answer === null && { outcome: isLost ? 'unknown' : 'not-sent' }),
    cause: isLost ? cause.cause : cause,
  });
}
