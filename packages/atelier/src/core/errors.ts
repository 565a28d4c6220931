import type { JsonObject } from '@atelier/lib/json';

/**
 * Every way a request can be refused or a job can fail: the only list. Each dialect maps all of it
 * (`satisfies Record<ErrorCode, …>`), so a new code does not compile until every dialect answers it.
 *
 * - `retryable`: the same request may succeed later without being changed.
 * - `endsAs`: the final state of a job that ends with this code; null for codes that only refuse a request.
 * - `pausesAccount`: no further job may run on the account until the operator resets it.
 *
 * No HTTP status stands here: that is the dialects' business.
 */
export const ERROR_CODES = {
  // The request never became a job.
  'invalid-request': { retryable: false, endsAs: null, pausesAccount: false },
  'malformed-body': { retryable: false, endsAs: null, pausesAccount: false },
  'body-too-large': { retryable: false, endsAs: null, pausesAccount: false },
  'unsupported-media-type': { retryable: false, endsAs: null, pausesAccount: false },
  unauthorized: { retryable: false, endsAs: null, pausesAccount: false },
  'key-expired': { retryable: false, endsAs: null, pausesAccount: false },
  'key-suspended': { retryable: false, endsAs: null, pausesAccount: false },
  forbidden: { retryable: false, endsAs: null, pausesAccount: false },
  'rate-limited': { retryable: true, endsAs: null, pausesAccount: false },
  'route-not-found': { retryable: false, endsAs: null, pausesAccount: false },
  'job-not-found': { retryable: false, endsAs: null, pausesAccount: false },
  'account-not-found': { retryable: false, endsAs: null, pausesAccount: false },
  'url-refused': { retryable: false, endsAs: null, pausesAccount: false },
  'content-policy': { retryable: false, endsAs: null, pausesAccount: false },
  'button-unknown': { retryable: false, endsAs: null, pausesAccount: false },
  'button-not-offered': { retryable: false, endsAs: null, pausesAccount: false },
  'button-already-used': { retryable: false, endsAs: null, pausesAccount: false },
  'account-missing': { retryable: false, endsAs: null, pausesAccount: false },
  'account-busy': { retryable: true, endsAs: null, pausesAccount: false },
  'idempotency-mismatch': { retryable: false, endsAs: null, pausesAccount: false },
  'idempotency-in-flight': { retryable: true, endsAs: null, pausesAccount: false },
  'not-configured': { retryable: false, endsAs: null, pausesAccount: false },

  // The account cannot be used: refuses requests and ends jobs.
  'account-paused': { retryable: false, endsAs: 'failed', pausesAccount: true },
  'pending-moderation': { retryable: false, endsAs: 'failed', pausesAccount: true },
  'captcha-required': { retryable: false, endsAs: 'failed', pausesAccount: true },
  'account-blocked': { retryable: false, endsAs: 'failed', pausesAccount: true },
  'account-unauthorized': { retryable: false, endsAs: 'failed', pausesAccount: true },
  'subscription-required': { retryable: false, endsAs: 'failed', pausesAccount: true },
  'credits-exhausted': { retryable: false, endsAs: 'failed', pausesAccount: false },

  // Midjourney refused the prompt, its parameters or its pictures: the caller's to change.
  'prompt-moderated': { retryable: false, endsAs: 'moderated', pausesAccount: false },
  'prompt-invalid': { retryable: false, endsAs: 'moderated', pausesAccount: false },

  // The upstream could not, would not, or did not answer.
  'job-queued': { retryable: true, endsAs: 'failed', pausesAccount: false },
  'queue-full': { retryable: true, endsAs: 'failed', pausesAccount: false },
  'upstream-rate-limited': { retryable: true, endsAs: 'failed', pausesAccount: false },
  'upstream-unreachable': { retryable: true, endsAs: 'failed', pausesAccount: false },
  'upstream-refused': { retryable: false, endsAs: 'failed', pausesAccount: false },
  'upstream-failed': { retryable: true, endsAs: 'failed', pausesAccount: false },
  'upstream-silent': { retryable: true, endsAs: 'failed', pausesAccount: false },
  'media-unavailable': { retryable: true, endsAs: 'failed', pausesAccount: false },

  // A file that the job is to work on is not what it must be: the caller's to change.
  'media-invalid': { retryable: false, endsAs: 'failed', pausesAccount: false },

  timeout: { retryable: true, endsAs: 'failed', pausesAccount: false },
  cancelled: { retryable: false, endsAs: 'cancelled', pausesAccount: false },
  internal: { retryable: true, endsAs: 'failed', pausesAccount: false },
} as const satisfies Record<string, { retryable: boolean; endsAs: 'failed' | 'moderated' | 'cancelled' | null; pausesAccount: boolean }>;

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
