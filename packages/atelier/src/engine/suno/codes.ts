import type { FailureCode, JobFailure } from '../../core/errors.ts';
import type { SunoEnvelope } from './input.ts';

/** Whose codes the upstream speaks: 429 is "slow down" at kie.ai and "out of credits" at sunoapi.org. */
export type CodeStyle = 'kie' | 'sunoapi';

export const codeStyleOf = (baseUrl: string): CodeStyle => (/(^|\.)sunoapi\.org$/.test(new URL(baseUrl).hostname) ? 'sunoapi' : 'kie');

interface Meaning {
  failure: FailureCode;
  title: string;
  /** Asked again, the upstream may say something else: `rate` when there is room again, `trouble` when it is well again. */
  again?: 'rate' | 'trouble';
}

const OUT_OF_CREDITS: Meaning = { failure: 'credits-exhausted', title: 'Suno: out of credits' };
const TOO_FAST: Meaning = { failure: 'upstream-rate-limited', title: 'Suno: too many requests', again: 'rate' };
const INVALID: Meaning = { failure: 'prompt-invalid', title: 'Suno refused the request' };
const REFUSED: Meaning = { failure: 'upstream-refused', title: 'Suno refused the request' };
const FAILED: Meaning = { failure: 'upstream-failed', title: 'Suno could not make it' };
const MODERATED: Meaning = { failure: 'prompt-moderated', title: 'Suno refused the content' };

/** Codes of refused requests. Source: kie.ai, Suno pages, "code"; sunoapi.org, "code". */
const REQUEST_CODES: Record<number, Meaning> = {
  400: INVALID,
  401: { failure: 'account-unauthorized', title: 'Suno does not accept SUNO_API_KEY' },
  402: OUT_OF_CREDITS,
  405: TOO_FAST,
  408: { failure: 'upstream-silent', title: 'Suno did not answer in time', again: 'trouble' },
  413: INVALID,
  422: INVALID,
  429: TOO_FAST,
  430: TOO_FAST,
  451: { failure: 'media-unavailable', title: 'Suno could not fetch a file' },
  455: { failure: 'upstream-unreachable', title: 'Suno is under maintenance', again: 'trouble' },
  500: { ...FAILED, again: 'trouble' },
  501: FAILED,
  531: FAILED,
};

/** Codes of tasks that failed. Source: kie.ai, music callbacks: 400 lyrics under copyright, 408, 413 a known recording, 500, 501, 531 with the credits given back. */
const TASK_CODES: Record<number, Meaning> = {
  400: MODERATED,
  402: OUT_OF_CREDITS,
  408: { failure: 'upstream-silent', title: 'Suno did not finish in time' },
  413: MODERATED,
  422: INVALID,
  451: { failure: 'media-unavailable', title: 'Suno could not fetch a file' },
};

export function meaningOf(code: number, style: CodeStyle): Meaning {
  if (code === 429 && style === 'sunoapi') return OUT_OF_CREDITS;
  return REQUEST_CODES[code] ?? REFUSED;
}

/** Why a request was refused; `details` holds the upstream's own code and words. */
export function refusalOf({ code, msg }: SunoEnvelope, style: CodeStyle): JobFailure {
  const { failure, title } = meaningOf(code, style);
  return toFailure(failure, title, code, msg);
}

/** Why a task ended without its result. `code` is null where the record names none. */
export function taskFailureOf({ state, code, msg }: { state: string; code: number | null; msg: string }): JobFailure {
  if (state === 'SENSITIVE_WORD_ERROR') return toFailure(MODERATED.failure, MODERATED.title, code ?? 400, msg || state);
  const { failure, title } = TASK_CODES[code ?? 501] ?? FAILED;
  return toFailure(failure, title, code ?? 501, msg || state);
}

const LONGEST_MESSAGE = 500;

/** The shape that `upstreamErrorOf` reads. */
const toFailure = (code: FailureCode, title: string, upstreamCode: number, msg: string): JobFailure => ({
  code,
  title,
  details: `${upstreamCode} ${msg.slice(0, LONGEST_MESSAGE)}`.trim(),
});
