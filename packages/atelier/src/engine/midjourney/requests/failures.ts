import { addressBlockOf } from '../../../discord/address-block.ts';
import { DiscordFatalError, DiscordRestError } from '../../../discord/discord.ts';
import type { FailureCode, JobFailure } from '../../../core/errors.ts';
import { parseJson } from '@atelier/lib/json';
import { UrlFetchError } from '../../../core/url-guard.ts';
import type { AskOutcome } from './course/course.ts';

/** The request could not be sent to Midjourney. The job ends with `failure`. */
export class BotRequestError extends Error {
  override readonly name = 'AskError';
  readonly failure: JobFailure;

  constructor(failure: JobFailure) {
    super(failure.title);
    this.failure = failure;
  }
}

interface RestRule {
  readonly status?: number;
  readonly codes?: readonly number[];
  readonly body?: RegExp;
  /** Any further condition. */
  readonly fits?: (error: DiscordRestError) => boolean;
  readonly failure: FailureCode;
  readonly title?: string;
  /** True if Discord's answer says nothing that helps the caller. */
  readonly withoutDetails?: true;
}

const TOO_LARGE = 'The picture is too large for Discord';

/** The failure for each refused REST call; the first match wins. Source: discord-api-docs, error codes; discord-userdoccers, errors;
 * discord-userdoccers, captcha; discord-userdoccers, unauthorized answers. */
const REST_RULES: readonly RestRule[] = [
  { status: 0, failure: 'upstream-unreachable', title: 'Discord could not be reached' },
  { status: 429, failure: 'upstream-rate-limited' },
  // The session has confirmed the refusal of the token: it has ended.
  { status: 401, fits: ({ cause }) => cause instanceof DiscordFatalError, failure: 'account-unauthorized' },
  { status: 401, failure: 'upstream-failed', title: 'Discord refused this request with HTTP status 401, although the token works' },
  // The storage service answers 413 without a code.
  { codes: [40_005], fits: (error) => !isInteraction(error), failure: 'media-invalid', title: TOO_LARGE, withoutDetails: true },
  { status: 413, fits: (error) => !isInteraction(error), failure: 'media-invalid', title: TOO_LARGE, withoutDetails: true },
  { status: 400, body: /"captcha_(?:key|service|sitekey)"/, failure: 'captcha-required' },
  { status: 403, codes: [10_008], failure: 'account-blocked' },
  { status: 403, codes: [40_001, 40_002], failure: 'account-unauthorized' },
  { codes: [20_016, 20_028], failure: 'upstream-rate-limited' },
  { status: 404, codes: [10_008], failure: 'upstream-refused', title: 'The message was deleted from Discord' },
  { status: 404, codes: [10_062], failure: 'upstream-failed', title: 'Discord let the interaction expire' },
];

const INTERACTIONS = '/interactions';
const isInteraction = (error: DiscordRestError): boolean => error.path.endsWith(INTERACTIONS);

/** The failure of a call that Cloudflare blocked in front of Discord. It passes with time. */
const blockFailure = (block: string): JobFailure => ({
  code: 'upstream-rate-limited',
  title: `Cloudflare blocks the address of this server in front of Discord for a while (${block})`,
  details: null,
});

/** Returns the failure of a request, or undefined if the error is a bug. */
export function failureOf(error: unknown): JobFailure | undefined {
  if (error instanceof BotRequestError) return error.failure;
  if (error instanceof UrlFetchError) {
    return { code: 'media-unavailable', title: 'A picture could not be fetched', details: error.message };
  }
  if (error instanceof DiscordFatalError) return fatalFailure(error);
  return error instanceof DiscordRestError ? restFailure(error) : undefined;
}

function restFailure(error: DiscordRestError): JobFailure {
  const block = addressBlockOf(error);
  if (block !== null) return blockFailure(block);
  const rule = REST_RULES.find(
    ({ status, codes, body, fits }) =>
      (status === undefined || status === error.status) &&
      (codes === undefined || codes.includes(error.code)) &&
      (body === undefined || body.test(error.body)) &&
      (fits === undefined || fits(error)),
  );
  const place = isInteraction(error) ? INTERACTIONS : error.path;
  return {
    code: rule?.failure ?? (error.status >= 500 ? 'upstream-unreachable' : 'upstream-refused'),
    // useapi clients get exactly this text. Source: useapi, jobs/button, 429.
    title: rule?.title ?? `Discord ${place} failed with HTTP status ${error.status}`,
    details: rule?.withoutDetails || !parseJson(error.body).ok ? null : error.body,
  };
}

/**
 * The failure when Discord closes the session for good. Only close code 4004 (wrong token) concerns the account. Source:
 * discord-userdoccers, close codes.
 */
export const fatalFailure = (error: DiscordFatalError): JobFailure => ({
  code: error.closeCode === 4004 ? 'account-unauthorized' : 'upstream-unreachable',
  title: error.closeCode === 4004 ? 'Discord does not accept the token of this account' : error.message,
  details: null,
});

/** A failed request: the failure, whether Discord may have it, and how long the account must wait (null: nobody said it). */
export interface AskFailure {
  failure: JobFailure;
  outcome: AskOutcome;
  forMs: number | null;
}

/** The account is held: a request that waited for the session, or for the commands, was taken back. */
const TAKEN_BACK: AskFailure = {
  failure: { code: 'upstream-unreachable', title: 'The request was taken back before it was sent', details: null },
  outcome: 'not-sent',
  forMs: null,
};

/** Reads the error of a request, or returns undefined if the error is a bug. */
export function toAskFailure(error: unknown): AskFailure | undefined {
  if (error instanceof DOMException && error.name === 'AbortError') return TAKEN_BACK;
  const failure = failureOf(error);
  if (!failure) return undefined;
  if (!(error instanceof DiscordRestError)) return { failure, outcome: 'not-sent', forMs: null };
  // A failed upload or a failed read of the command index has ordered nothing.
  const outcome = error.outcome === 'unknown' && !isInteraction(error) ? 'not-sent' : error.outcome;
  return { failure, outcome, forMs: error.retryAfterMs };
}

/** Returns true if Discord refused a command because Midjourney has registered a newer version. Source: discord-api-docs, error codes;
 * discord-userdoccers, errors; discord-userdoccers, captcha. */
export const isOutdatedCommand = (error: unknown): boolean =>
  error instanceof DiscordRestError && error.status === 400 && error.body.includes('INTERACTION_APPLICATION_COMMAND_INVALID_VERSION');
