import { isJsonObject, parseJson } from '@atelier/lib/json';
import { DiscordRestError } from '../discord.ts';
import type { HttpAnswer, HttpRequest } from './exchange.ts';
import { toRateLimitAnswer } from './rate-limit-answer.ts';

const MAX_ERROR_BODY_BYTES = 4_096;

/** What is sent for one call, each time it is tried. */
export interface Sending {
  request: HttpRequest;
  /** For errors and the log; without query, which may hold a signature. */
  path: string;
  /** Sending it twice does no harm. */
  repeatable: boolean;
}

/** Sends, perhaps several times, and returns the last answer. Rejects when none came. */
export type Send = (sending: Sending) => Promise<HttpAnswer>;

/** The error for a call that ended with `answer`, or with none (null). Wherever the answer repeats our token it is cut out. */
export function toRestError(sending: Sending, answer: HttpAnswer | null, token: string, cause?: unknown): DiscordRestError {
  const text = answer?.text ?? '';
  const parsed = parseJson(text);
  const code = parsed.ok && isJsonObject(parsed.value) ? parsed.value['code'] : 0;
  return new DiscordRestError({
    method: sending.request.method,
    path: sending.path,
    status: answer?.status ?? 0,
    code: typeof code === 'number' ? code : 0,
    body: Buffer.from(text.replaceAll(token, '')).subarray(0, MAX_ERROR_BODY_BYTES).toString('utf8'),
    retryAfterMs: answer?.status === 429 ? toRateLimitAnswer(answer).retryAfterMs : null,
    cause,
  });
}
