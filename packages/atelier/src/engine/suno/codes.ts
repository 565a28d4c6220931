import type { FailureCode, JobFailure } from '../../core/errors.ts';
import type { SunoEnvelope } from './input.ts';

/** The vendor that defines the upstream's codes: 429 means "slow down" at kie.ai and "out of credits" at sunoapi.org. */
export type CodeStyle = 'kie' | 'sunoapi';

export const codeStyleOf = (baseUrl: string): CodeStyle => (/(^|\.)sunoapi\.org$/.test(new URL(baseUrl).hostname) ? 'sunoapi' : 'kie');

interface CodeMeaning {
  failure: FailureCode;
  title: string;
  /** A later request may succeed: `rate` when the upstream wants fewer requests, `trouble` when it has an internal fault. */
  retry?: 'rate' | 'trouble';
}

const OUT_OF_CREDITS: CodeMeaning = { failure: 'credits-exhausted', title: 'Suno: out of credits' };
const TOO_FAST: CodeMeaning = { failure: 'upstream-rate-limited', title: 'Suno: too many requests', retry: 'rate' };
const INVALID: CodeMeaning = { failure: 'prompt-invalid', title: 'Suno refused the request' };
const REFUSED: CodeMeaning = { failure: 'upstream-refused', title: 'Suno refused the request' };
const FAILED: CodeMeaning = { failure: 'upstream-failed', title: 'Suno could not make it' };
const MODERATED: CodeMeaning = { failure: 'prompt-moderated', title: 'Suno refused the content' };
const NO_FILE: CodeMeaning = { failure: 'media-unavailable', title: 'Suno could not fetch a file' };
const UNAUTHORIZED: CodeMeaning = { failure: 'account-unauthorized', title: 'Suno does not accept SUNO_API_KEY' };
const MAINTENANCE: CodeMeaning = { failure: 'upstream-unreachable', title: 'Suno is under maintenance', retry: 'trouble' };
const NO_ANSWER: CodeMeaning = { failure: 'upstream-silent', title: 'Suno did not answer in time', retry: 'trouble' };
const NOT_FINISHED: CodeMeaning = { failure: 'upstream-silent', title: 'Suno did not finish in time' };

/**
 * The meaning of each code: `request` for a refused request, `task` for a failed task (`FAILED` where it is left out), `poll` for the answer to
 * a poll: `unknown` for a task that does not exist, perhaps not yet, `refused` when the code is about the key and not about the task.
 *
 * In callbacks of music 400 means lyrics under copyright, 413 a known recording, and 531 a failure with the credits given back.
 * Source: kie, codes; sunoapi, codes; kie, Suno callbacks.
 */
const CODES: Record<number, { request: CodeMeaning; task?: CodeMeaning; poll?: 'unknown' | 'refused' }> = {
  400: { request: INVALID, task: MODERATED },
  401: { request: UNAUTHORIZED, poll: 'refused' },
  402: { request: OUT_OF_CREDITS, task: OUT_OF_CREDITS, poll: 'refused' },
  404: { request: REFUSED, poll: 'unknown' },
  405: { request: TOO_FAST },
  408: { request: NO_ANSWER, task: NOT_FINISHED },
  413: { request: INVALID, task: MODERATED },
  422: { request: INVALID, task: INVALID, poll: 'unknown' },
  429: { request: TOO_FAST },
  430: { request: TOO_FAST },
  451: { request: NO_FILE, task: NO_FILE },
  455: { request: MAINTENANCE },
  500: { request: { ...FAILED, retry: 'trouble' } },
  501: { request: FAILED },
  505: { request: REFUSED, poll: 'refused' },
  531: { request: FAILED },
};

function requestMeaningOf(code: number, style: CodeStyle): CodeMeaning {
  if (code === 429 && style === 'sunoapi') return OUT_OF_CREDITS;
  return CODES[code]?.request ?? REFUSED;
}

/** Whether a request that was answered with this code may succeed later. */
export const retryOf = (code: number, style: CodeStyle): CodeMeaning['retry'] => requestMeaningOf(code, style).retry;

/** The meaning of this code as the answer to a poll; `failed`: the task has failed with the code. Source: kie, recorded replies. */
export function pollMeaningOf(code: number, style: CodeStyle): 'unknown' | 'trouble' | 'refused' | 'failed' {
  const poll = CODES[code]?.poll;
  if (poll === 'unknown') return 'unknown';
  if (retryOf(code, style) !== undefined) return 'trouble';
  return poll ?? 'failed';
}

/** Why a request was refused; `details` holds the upstream's own code and words. */
export function refusalOf({ code, msg }: SunoEnvelope, style: CodeStyle): JobFailure {
  const { failure, title } = requestMeaningOf(code, style);
  return toFailure(failure, title, code, msg);
}

/** Why a task ended without its result. `code` is null where the record has no code. */
export function taskFailureOf({ state, code, msg }: { state: string; code: number | null; msg: string }): JobFailure {
  if (state === 'SENSITIVE_WORD_ERROR') return toFailure(MODERATED.failure, MODERATED.title, code ?? 400, msg || state);
  const { failure, title } = CODES[code ?? 501]?.task ?? FAILED;
  return toFailure(failure, title, code ?? 501, msg || state);
}

const MAX_MESSAGE_LENGTH = 500;

/** `upstreamErrorOf` reads these details. */
const toFailure = (code: FailureCode, title: string, upstreamCode: number, msg: string): JobFailure => ({
  code,
  title,
  details: `${upstreamCode} ${msg.slice(0, MAX_MESSAGE_LENGTH)}`.trim(),
});
