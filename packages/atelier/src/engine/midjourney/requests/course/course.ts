import type { JsonObject } from '@atelier/lib/json';
import type { AccountTrouble } from '../../../../core/account.ts';
import type { EngineUpdate } from '../../../../core/engine.ts';
import type { JobFailure } from '../../../../core/errors.ts';
import type { JobStatus } from '../../../../core/job.ts';
import type { Candidate } from '../../matching/candidate.ts';
import type { JobEvent } from '../../matching/matching-state.ts';
import type { MidjourneyOperation } from '../operation.ts';

/**
 * The course of one job's request: what was asked, what the job waits for, and what it does if that does not come.
 *
 * - `request`  Discord has not answered the POST yet. Nothing limits this wait but the Discord client's own time limits.
 * - `answer`   Discord has accepted the request. The bot has `firstAnswerTimeoutMs` for its first sign. Without one the history is read once, and
 *              the job fails with the bot's last words, or as silent. "Did not respond" (INTERACTION_FAILURE) shortens the wait and ends nothing:
 *              Discord's own limit is 3 s, and a busy bot answers later.
 * - `search`   The fate of the job is unknown: after a restart, a lost connection, an uncertain POST, or a start message that vanished. The
 *              history is read at growing intervals until `endsAtMs`. A deleted start message proves nothing: it vanishes when the result is out,
 *              when output moderation acts, and when somebody empties the channel.
 * - `result`   Midjourney is working on the job or has queued it. The queue's time limit applies. Without any news the history is read once a
 *              minute. Words of the bot that nothing follows end the job after `wordsWaitMs`.
 * - `rescue`   Before a seen job with a known Midjourney job id is given up, `/show <id>` asks the bot to post its result again.
 *
 * Three rules hold in every phase:
 *
 * 1. A request is repeated only if no interaction id and no message of it was ever seen (`operation.isSeen`), after a search, and once. A command
 *    that Discord has accepted counts as seen.
 * 2. The bot's last words stand in the failure, whatever their form, place or colour.
 * 3. A state of the account that passes (a rate limit, no connection, a full queue, used up hours) is not the job's failure: if Midjourney has
 *    taken nothing, the job goes back to the queue (`requeued`) and the account is held.
 *
 * Source: midjourney-bot, start to result; midjourney-bot, deleted start messages; midjourney-bot, refusals.
 */
export type Phase =
  | { for: 'request' }
  | { for: 'answer'; untilMs: number; history: HistoryUse }
  | { for: 'search'; otherwise: JobFailure; sinceMs: number; untilMs: number; endsAtMs: number; history: HistoryUse }
  | { for: 'result'; movedAtMs: number; untilMs: number; history: HistoryUse }
  /** `untilMs`: null until Discord has answered the request for `/show`. */
  | { for: 'rescue'; otherwise: JobFailure; untilMs: number | null };

/** Whether the history was read for the present wait. */
type HistoryUse = 'unread' | 'reading' | 'read';

/** The state of one job's request; plain JSON. Its operation stands in the job's candidate, because matching extends it. */
export interface Course {
  readonly jobId: string;
  /** The verb and input of the job; `toBotRequest` makes the request of them. */
  readonly verb: string;
  readonly input: JsonObject;
  /** The custom id of the pressed button, or null. */
  readonly pressed: string | null;
  readonly phase: Phase;
  /** Status by the last report. */
  readonly status: JobStatus;
  /** The bot has answered the request in any way. */
  readonly isAnswered: boolean;
  /** Discord has accepted the request (204). */
  readonly isAccepted: boolean;
  /** The job was found after a restart: it is unknown whether its request was sent at all. */
  readonly isResumed: boolean;
  readonly isFormSent: boolean;
  /** Events were lost while the request was being sent, so the bot's answer may be lost. */
  readonly lostEventsWhileAsking: boolean;
  /** The nonce of `/show`, once it was asked; null before that. */
  readonly showNonce: string | null;
  /** Text of the last reported progress. */
  readonly lastContent: string;
  /** The operation as it was last reported. */
  readonly reported: MidjourneyOperation;
}

/** A request of a course to Discord. `run` writes the operation first, then sends. */
export type Ask =
  | { kind: 'request' }
  | { kind: 'form'; data: JsonObject }
  | { kind: 'region'; customId: string; mask: string; prompt: string | null }
  | { kind: 'show'; uuid: string };

/** `not-sent`: certainly never reached Discord. `refused`: Discord refused it. `unknown`: it may have arrived. */
export type AskOutcome = 'not-sent' | 'refused' | 'unknown';

export type CourseEvent =
  | JobEvent
  | { type: 'begin'; isResumed: boolean }
  | { type: 'ask-accepted'; nonce: string }
  | { type: 'ask-failed'; nonce: string; failure: JobFailure; outcome: AskOutcome; forMs: number | null }
  /** Ids that will identify the answer of a request without nonce. */
  | { type: 'ask-expects'; jobUuids: readonly string[] }
  /** The results of the account's other jobs are excluded; the history is read next. */
  | { type: 'results-known' }
  /** `isPerhapsShown`: it shows messages that may be of this job or of another one. */
  | { type: 'history-read'; isOk: boolean; isPerhapsShown: boolean }
  /** The session has ended for good. */
  | { type: 'fatal'; failure: JobFailure }
  /** The account needs a person: a human check that names no job. */
  | { type: 'account-stopped'; failure: JobFailure }
  | { type: 'tick' };

export type CourseEffect =
  | { type: 'report'; update: EngineUpdate }
  | { type: 'ask'; nonce: string; ask: Ask; operation: MidjourneyOperation; mustWrite: boolean }
  | { type: 'read-history' }
  | { type: 'trouble'; trouble: AccountTrouble }
  | { type: 'warning'; text: string };

/** One open job: its course, and its candidate with the operation. */
export interface OpenJob {
  readonly course: Course;
  readonly candidate: Candidate;
}

/** Times of a course, in milliseconds. */
export interface CourseSettings {
  /** Time that Midjourney has for its first answer to a request. */
  firstAnswerTimeoutMs: number;
  /** Time that an unseen job of unknown fate is searched for before the request is sent again. */
  historyGraceMs: number;
  /** Time that a seen job whose start message vanished has for its result. */
  vanishedWaitMs: number;
}

/** After "did not respond", the bot has this long for a sign. Source: midjourney-bot, unanswered interactions. */
export const AFTER_NO_RESPONSE_MS = 30_000;
/** The history is read for a running job without any news for this long. */
export const STALL_MS = 60_000;
/** Words of the bot that nothing follows end the job after this time. */
export const WORDS_WAIT_MS = 120_000;
/** A running job without any news for this long is asked for by `/show`. */
export const RESCUE_AFTER_MS = 600_000;
/** The first wait between two reads of the history for a vanished start message; it doubles. */
export const FIRST_REREAD_MS = 5_000;
export const MAX_ATTEMPTS = 2;
/** A start message that vanishes above this percentage looks like output moderation. Source: midjourney-bot, deleted start messages. */
export const LATE_PERCENT = 80;

export const SILENT: JobFailure = { code: 'upstream-silent', title: 'Midjourney did not answer', details: null };
export const LOST: JobFailure = {
  code: 'upstream-failed',
  title: 'Midjourney dropped the job',
  details: 'Its start message was deleted, and no result was posted.',
};
export const UNKNOWN_SWITCH: JobFailure = {
  ...SILENT,
  details: 'It is unknown whether the setting was switched. A second request could switch it back, so none was sent.',
};

export const createCourse = (
  facts: Pick<Course, 'jobId' | 'verb' | 'input' | 'pressed' | 'status'> & { operation: MidjourneyOperation },
): Course => {
  const { operation, ...rest } = facts;
  return {
    ...rest,
    phase: { for: 'request' },
    isAnswered: false,
    isAccepted: false,
    isResumed: false,
    isFormSent: operation.modalNonce !== null,
    lostEventsWhileAsking: false,
    showNonce: null,
    lastContent: '',
    reported: operation,
  };
};

/** When the course wants its next `tick`, epoch milliseconds; Infinity if it waits for events alone. */
export const nextTickMs = ({ phase }: Course): number => {
  if (phase.for === 'request' || ('history' in phase && phase.history === 'reading')) return Infinity;
  return phase.untilMs ?? Infinity;
};
