import type { JsonObject } from '@atelier/lib/json';

/** Groups codes that mostly get the same answer. Every dialect answers every kind. */
export type ErrorKind =
  | 'invalid'
  | 'policy'
  | 'body-too-large'
  | 'media-type'
  | 'unauthorized'
  | 'forbidden'
  | 'payment-required'
  | 'not-found'
  | 'conflict'
  | 'unprocessable'
  | 'rate-limited'
  | 'not-configured'
  | 'account'
  | 'subscription'
  | 'upstream-busy'
  | 'upstream-failed'
  | 'upstream-silent'
  | 'internal';

/**
 * Every way a request can be refused or a job can fail: the only list. Each dialect has a status for every kind, so a new kind does not
 * compile until every dialect answers it.
 *
 * - `kind`: codes of one kind mostly get one answer on the wire; a dialect has a status for each kind and overrides it for single codes.
 * - `retryable`: the same request may succeed later without being changed.
 * - `endsAs`: the final state of a job that ends with this code; null for codes that only refuse a request.
 * - `onAccount`: the effect on the account of the job. `pause`: no further job may run on the account until the operator resets it.
 *   `hold`: the state of the account passes, so its next jobs wait for a time and then start. Null: nothing, the failure is the job's own.
 *
 * HTTP statuses belong to the dialects.
 */
export const ERROR_CODES = {
  // The request is refused, and no job is created.
  'invalid-request': { kind: 'invalid', retryable: false, endsAs: null, onAccount: null },
  'malformed-body': { kind: 'invalid', retryable: false, endsAs: null, onAccount: null },
  'body-too-large': { kind: 'body-too-large', retryable: false, endsAs: null, onAccount: null },
  'unsupported-media-type': { kind: 'media-type', retryable: false, endsAs: null, onAccount: null },
  unauthorized: { kind: 'unauthorized', retryable: false, endsAs: null, onAccount: null },
  'key-expired': { kind: 'payment-required', retryable: false, endsAs: null, onAccount: null },
  'key-suspended': { kind: 'forbidden', retryable: false, endsAs: null, onAccount: null },
  forbidden: { kind: 'forbidden', retryable: false, endsAs: null, onAccount: null },
  'rate-limited': { kind: 'rate-limited', retryable: true, endsAs: null, onAccount: null },
  'route-not-found': { kind: 'not-found', retryable: false, endsAs: null, onAccount: null },
  'job-not-found': { kind: 'not-found', retryable: false, endsAs: null, onAccount: null },
  'account-not-found': { kind: 'not-found', retryable: false, endsAs: null, onAccount: null },
  'url-refused': { kind: 'invalid', retryable: false, endsAs: null, onAccount: null },
  'content-policy': { kind: 'policy', retryable: false, endsAs: null, onAccount: null },
  'button-unknown': { kind: 'invalid', retryable: false, endsAs: null, onAccount: null },
  'button-not-offered': { kind: 'invalid', retryable: false, endsAs: null, onAccount: null },
  'button-already-used': { kind: 'conflict', retryable: false, endsAs: null, onAccount: null },
  'account-missing': { kind: 'not-configured', retryable: false, endsAs: null, onAccount: null },
  'account-busy': { kind: 'rate-limited', retryable: true, endsAs: null, onAccount: null },
  'idempotency-mismatch': { kind: 'unprocessable', retryable: false, endsAs: null, onAccount: null },
  'idempotency-in-flight': { kind: 'conflict', retryable: true, endsAs: null, onAccount: null },
  'not-configured': { kind: 'not-configured', retryable: false, endsAs: null, onAccount: null },

  // The account cannot be used: refuses requests and ends jobs.
  'account-paused': { kind: 'account', retryable: false, endsAs: 'failed', onAccount: 'pause' },
  'pending-moderation': { kind: 'account', retryable: false, endsAs: 'failed', onAccount: 'pause' },
  'captcha-required': { kind: 'account', retryable: false, endsAs: 'failed', onAccount: 'pause' },
  'account-blocked': { kind: 'account', retryable: false, endsAs: 'failed', onAccount: 'pause' },
  'account-unauthorized': { kind: 'account', retryable: false, endsAs: 'failed', onAccount: 'pause' },
  'subscription-required': { kind: 'subscription', retryable: false, endsAs: 'failed', onAccount: 'pause' },
  'credits-exhausted': { kind: 'subscription', retryable: false, endsAs: 'failed', onAccount: 'hold' },

  // Midjourney refused the prompt, its parameters or its pictures: the caller has to change them.
  'prompt-moderated': { kind: 'unprocessable', retryable: false, endsAs: 'moderated', onAccount: null },
  'prompt-invalid': { kind: 'unprocessable', retryable: false, endsAs: 'moderated', onAccount: null },

  // The upstream could not, would not, or did not answer.
  'job-queued': { kind: 'upstream-busy', retryable: true, endsAs: 'failed', onAccount: null },
  'queue-full': { kind: 'upstream-busy', retryable: true, endsAs: 'failed', onAccount: 'hold' },
  'upstream-rate-limited': { kind: 'upstream-busy', retryable: true, endsAs: 'failed', onAccount: 'hold' },
  'upstream-unreachable': { kind: 'upstream-failed', retryable: true, endsAs: 'failed', onAccount: 'hold' },
  'upstream-refused': { kind: 'upstream-failed', retryable: false, endsAs: 'failed', onAccount: null },
  'upstream-failed': { kind: 'upstream-failed', retryable: true, endsAs: 'failed', onAccount: null },
  'upstream-silent': { kind: 'upstream-silent', retryable: true, endsAs: 'failed', onAccount: null },
  'media-unavailable': { kind: 'upstream-failed', retryable: true, endsAs: 'failed', onAccount: null },

  // A file that the caller named cannot be used: the caller has to change it.
  'media-invalid': { kind: 'unprocessable', retryable: false, endsAs: 'failed', onAccount: null },

  timeout: { kind: 'upstream-silent', retryable: true, endsAs: 'failed', onAccount: null },
  cancelled: { kind: 'conflict', retryable: false, endsAs: 'cancelled', onAccount: null },
  internal: { kind: 'internal', retryable: true, endsAs: 'failed', onAccount: null },
} as const satisfies Record<
  string,
  { kind: ErrorKind; retryable: boolean; endsAs: 'failed' | 'moderated' | 'cancelled' | null; onAccount: 'pause' | 'hold' | null }
>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Codes a job can end with. */
export type FailureCode = {
  [Code in ErrorCode]: (typeof ERROR_CODES)[Code]['endsAs'] extends null ? never : Code;
}[ErrorCode];

/** Returns true for a code that a job can end with. */
export const isFailureCode = (code: string): code is FailureCode =>
  Object.hasOwn(ERROR_CODES, code) && ERROR_CODES[code as ErrorCode].endsAs !== null;

/** Why a job ended without its result: stored with the job, shown to the caller. */
export interface JobFailure {
  code: FailureCode;
  /** One line, safe to show. For Midjourney's own refusals: the title of its message. */
  title: string;
  /** More of the same, or null. For Midjourney's own refusals: the description of its message. */
  details: string | null;
}

/** Title and details as one text, for callers that have one field: `Banned prompt: …`, `Sorry! Could not complete the job! …`. */
export function toReason({ title, details }: Pick<JobFailure, 'title' | 'details'>): string {
  if (details === null || details === '') return title;
  return `${title}${/[.:!?…]$/.test(title) ? '' : ':'} ${details}`;
}

/** A request that is refused. `message` is safe to show; tokens, stacks and addresses belong in `cause`. */
export class JobError extends Error {
  override readonly name = 'JobError';
  readonly code: ErrorCode;
  /** Facts a dialect may repeat, by fixed names: `field`, `button`, `jobId`, `executingJobIds`, `details`, … */
  readonly facts: JsonObject;

  constructor(code: ErrorCode, message: string, options: { facts?: JsonObject; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = options.facts ?? {};
  }
}
