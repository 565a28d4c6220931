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
 * - `pausesAccount`: no further job may run on the account until the operator resets it.
 *
 * HTTP statuses belong to the dialects.
 */
export const ERROR_CODES = {
  // The request is refused, and no job is created.
  'invalid-request': { kind: 'invalid', retryable: false, endsAs: null, pausesAccount: false },
  'malformed-body': { kind: 'invalid', retryable: false, endsAs: null, pausesAccount: false },
  'body-too-large': { kind: 'body-too-large', retryable: false, endsAs: null, pausesAccount: false },
  'unsupported-media-type': { kind: 'media-type', retryable: false, endsAs: null, pausesAccount: false },
  unauthorized: { kind: 'unauthorized', retryable: false, endsAs: null, pausesAccount: false },
  'key-expired': { kind: 'payment-required', retryable: false, endsAs: null, pausesAccount: false },
  'key-suspended': { kind: 'forbidden', retryable: false, endsAs: null, pausesAccount: false },
  forbidden: { kind: 'forbidden', retryable: false, endsAs: null, pausesAccount: false },
  'rate-limited': { kind: 'rate-limited', retryable: true, endsAs: null, pausesAccount: false },
  'route-not-found': { kind: 'not-found', retryable: false, endsAs: null, pausesAccount: false },
  'job-not-found': { kind: 'not-found', retryable: false, endsAs: null, pausesAccount: false },
  'account-not-found': { kind: 'not-found', retryable: false, endsAs: null, pausesAccount: false },
  'url-refused': { kind: 'invalid', retryable: false, endsAs: null, pausesAccount: false },
  'content-policy': { kind: 'policy', retryable: false, endsAs: null, pausesAccount: false },
  'button-unknown': { kind: 'invalid', retryable: false, endsAs: null, pausesAccount: false },
  'button-not-offered': { kind: 'invalid', retryable: false, endsAs: null, pausesAccount: false },
  'button-already-used': { kind: 'conflict', retryable: false, endsAs: null, pausesAccount: false },
  'account-missing': { kind: 'not-configured', retryable: false, endsAs: null, pausesAccount: false },
  'account-busy': { kind: 'rate-limited', retryable: true, endsAs: null, pausesAccount: false },
  'idempotency-mismatch': { kind: 'unprocessable', retryable: false, endsAs: null, pausesAccount: false },
  'idempotency-in-flight': { kind: 'conflict', retryable: true, endsAs: null, pausesAccount: false },
  'not-configured': { kind: 'not-configured', retryable: false, endsAs: null, pausesAccount: false },

  // The account cannot be used: refuses requests and ends jobs.
  'account-paused': { kind: 'account', retryable: false, endsAs: 'failed', pausesAccount: true },
  'pending-moderation': { kind: 'account', retryable: false, endsAs: 'failed', pausesAccount: true },
  'captcha-required': { kind: 'account', retryable: false, endsAs: 'failed', pausesAccount: true },
  'account-blocked': { kind: 'account', retryable: false, endsAs: 'failed', pausesAccount: true },
  'account-unauthorized': { kind: 'account', retryable: false, endsAs: 'failed', pausesAccount: true },
  'subscription-required': { kind: 'subscription', retryable: false, endsAs: 'failed', pausesAccount: true },
  'credits-exhausted': { kind: 'subscription', retryable: false, endsAs: 'failed', pausesAccount: false },

  // Midjourney refused the prompt, its parameters or its pictures: the caller has to change them.
  'prompt-moderated': { kind: 'unprocessable', retryable: false, endsAs: 'moderated', pausesAccount: false },
  'prompt-invalid': { kind: 'unprocessable', retryable: false, endsAs: 'moderated', pausesAccount: false },

  // The upstream could not, would not, or did not answer.
  'job-queued': { kind: 'upstream-busy', retryable: true, endsAs: 'failed', pausesAccount: false },
  'queue-full': { kind: 'upstream-busy', retryable: true, endsAs: 'failed', pausesAccount: false },
  'upstream-rate-limited': { kind: 'upstream-busy', retryable: true, endsAs: 'failed', pausesAccount: false },
  'upstream-unreachable': { kind: 'upstream-failed', retryable: true, endsAs: 'failed', pausesAccount: false },
  'upstream-refused': { kind: 'upstream-failed', retryable: false, endsAs: 'failed', pausesAccount: false },
  'upstream-failed': { kind: 'upstream-failed', retryable: true, endsAs: 'failed', pausesAccount: false },
  'upstream-silent': { kind: 'upstream-silent', retryable: true, endsAs: 'failed', pausesAccount: false },
  'media-unavailable': { kind: 'upstream-failed', retryable: true, endsAs: 'failed', pausesAccount: false },

  // A file that the caller named cannot be used: the caller has to change it.
  'media-invalid': { kind: 'unprocessable', retryable: false, endsAs: 'failed', pausesAccount: false },

  timeout: { kind: 'upstream-silent', retryable: true, endsAs: 'failed', pausesAccount: false },
  cancelled: { kind: 'conflict', retryable: false, endsAs: 'cancelled', pausesAccount: false },
  internal: { kind: 'internal', retryable: true, endsAs: 'failed', pausesAccount: false },
} as const satisfies Record<
  string,
  { kind: ErrorKind; retryable: boolean; endsAs: 'failed' | 'moderated' | 'cancelled' | null; pausesAccount: boolean }
>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Codes a job can end with. */
export type FailureCode = {
  [Code in ErrorCode]: (typeof ERROR_CODES)[Code]['endsAs'] extends null ? never : Code;
}[ErrorCode];

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
