import type { JsonObject } from '@atelier/lib/json';
import type { AccountTrouble } from '../../../../core/account.ts';
import type { EngineUpdate } from '../../../../core/engine.ts';
import { ERROR_CODES, type FailureCode, type JobFailure } from '../../../../core/errors.ts';
import type { Candidate } from '../../matching/candidate.ts';
import { type BotMessage, mediaOf, offeredButtons, type ParsedMessage, toUpstreamMessage } from '../../messages/message.ts';
import { type BotRequest, toBotRequest } from '../bot-request.ts';
import {
  AFTER_NO_RESPONSE_MS,
  type Ask,
  type Course,
  type CourseEffect,
  type CourseSettings,
  LATE_PERCENT,
  LOST,
  type OpenJob,
  STALL_MS,
} from './course.ts';
import type { MidjourneyOperation, VideoSelection } from '../operation.ts';
import { afterResult, type CompletedUpdate, planVideo, videoRequest, withAllVideos } from './video-selection.ts';

/** A course under construction: each step replaces parts of the job and appends effects. */
export interface CourseDraft {
  course: Course;
  candidate: Candidate;
  effects: CourseEffect[];
  /** The job has ended: its final update is among the effects. */
  isEnded: boolean;
  /** The job may go on at Midjourney although it has ended here: its result is a late result. */
  isUnfinished: boolean;
  /** The course has begun its next request, with a new operation. */
  isContinued: boolean;
  readonly nowMs: number;
  readonly settings: CourseSettings;
  /** Returns an unused nonce. */
  readonly newNonce: () => string;
}

export type CourseContext = Pick<CourseDraft, 'nowMs' | 'settings' | 'newNonce'>;

export const toDraft = ({ course, candidate }: OpenJob, context: CourseContext): CourseDraft => ({
  course,
  candidate,
  effects: [],
  isEnded: false,
  isUnfinished: false,
  isContinued: false,
  ...context,
});

export const requestOf = ({ course }: Pick<CourseDraft, 'course'>): BotRequest => toBotRequest(course.verb, course.input);

export const change = (draft: CourseDraft, changed: Partial<Course>): void => {
  draft.course = { ...draft.course, ...changed };
};
export const changeCandidate = (draft: CourseDraft, changed: Partial<Candidate>): void => {
  draft.candidate = { ...draft.candidate, ...changed };
};
export const changeOperation = (draft: CourseDraft, changed: Partial<MidjourneyOperation>): void => {
  changeCandidate(draft, { operation: { ...draft.candidate.operation, ...changed } });
};

/** Returns true for a failure that says that the account, or the way to it, is out of use for a time. */
export const isHold = ({ code }: JobFailure): boolean => ERROR_CODES[code].onAccount === 'hold';

const report = (draft: CourseDraft, update: EngineUpdate): void => {
  draft.effects.push({ type: 'report', update });
};

/** By value: a state that was read from JSON shares no objects. */
const isReported = ({ candidate: { operation }, course: { reported } }: CourseDraft): boolean =>
  operation === reported || JSON.stringify(operation) === JSON.stringify(reported);

/** Returns the operation if it differs from the last reported one. */
function changedOperation(draft: CourseDraft): { operation?: MidjourneyOperation } {
  const { operation } = draft.candidate;
  if (isReported(draft)) return {};
  change(draft, { reported: operation });
  return { operation };
}

/** Reports the operation if it has changed. */
export function saveOperation(draft: CourseDraft): void {
  const { operation } = changedOperation(draft);
  if (operation) report(draft, { type: 'operation', operation });
}

const about = (message: BotMessage) => ({ message: toUpstreamMessage(message), buttons: offeredButtons(message) });

export function reportStarted(draft: CourseDraft, message: BotMessage): void {
  const { status } = draft.course;
  if (status === 'started' || status === 'progress') {
    saveOperation(draft);
    return;
  }
  change(draft, { status: 'started' });
  report(draft, { type: 'started', ...changedOperation(draft), ...about(message) });
}

/** Reports a start message or its progress. The percentage never falls. */
export function reportProgress(draft: CourseDraft, { stage, percent: shown, message }: ParsedMessage): void {
  if (stage !== 'progress') {
    reportStarted(draft, message);
    return;
  }
  const percent = Math.max(draft.candidate.operation.percent, shown ?? 0);
  if (message.content === draft.course.lastContent) {
    saveOperation(draft);
    return;
  }
  const isFirst = draft.course.status !== 'progress';
  change(draft, { lastContent: message.content, status: 'progress' });
  // The percentage alone is not worth a write of the operation.
  const operation = isFirst || !isReported(draft) ? changedOperation(draft) : {};
  report(draft, { type: 'progress', ...operation, percent, ...about(message) });
  keepPercent(draft, percent);
}

/** Keeps the percentage without a report of the operation. */
function keepPercent(draft: CourseDraft, percent: number): void {
  if (percent === draft.candidate.operation.percent) return;
  const wasReported = isReported(draft);
  changeOperation(draft, { percent });
  if (wasReported) change(draft, { reported: draft.candidate.operation });
}

/** Ends the job with its result. A preview of several videos is not the result: the course goes on with the request for the next video. */
export function complete(draft: CourseDraft, message: BotMessage, data: JsonObject): void {
  const result: CompletedUpdate = { type: 'completed', ...about(message), media: mediaOf(message), data };
  const { operation } = draft.candidate;
  const videos = afterResult(operation.videos, result);
  if (videos && videos.left.length > 0) {
    continueWith(draft, videos);
    return;
  }
  report(draft, videos ? withAllVideos(videos, result) : result);
  draft.isEnded = true;
}

function continueWith(draft: CourseDraft, videos: VideoSelection): void {
  const facts = { nonce: draft.newNonce(), plannedAtMs: draft.nowMs };
  changeCandidate(draft, { operation: planVideo(draft.candidate.operation, videos, facts) });
  change(draft, { ...videoRequest(videos), isAnswered: false, isFormSent: false, showNonce: null });
  draft.isContinued = true;
  sendRequest(draft, true);
}

/** Ends the job. A failure that concerns the account is told to it first. */
export function fail(draft: CourseDraft, failure: JobFailure, message: BotMessage | null = null): void {
  const effect = ERROR_CODES[failure.code].onAccount;
  if (effect !== null) trouble(draft, effect === 'pause' ? { kind: 'pause', failure } : { kind: 'hold', failure, forMs: null });
  report(draft, { type: 'failed', failure, message: message && toUpstreamMessage(message) });
  draft.isEnded = true;
}

/** States that the upstream gives no length, and that do not pass sooner. All others begin with the accounts' own back-off. */
const LEAST_HOLD_MS: Partial<Record<FailureCode, number>> = { 'credits-exhausted': 600_000, 'queue-full': 30_000 };

/** Ends the run without an end of the job: Midjourney has taken nothing, and the job goes back to the queue while the account is held. */
export function requeue(draft: CourseDraft, failure: JobFailure, forMs: number | null): void {
  trouble(draft, { kind: 'hold', failure, forMs: forMs ?? LEAST_HOLD_MS[failure.code] ?? null });
  report(draft, { type: 'requeued', failure });
  draft.isEnded = true;
}

const trouble = (draft: CourseDraft, told: AccountTrouble): void => {
  draft.effects.push({ type: 'trouble', trouble: told });
};

/** Ends a job that has no result with the bot's last words if there are any. */
export function failWithWords(draft: CourseDraft, otherwise: JobFailure): void {
  const { lastWords, percent } = draft.candidate.operation;
  if (lastWords) {
    const { failure, message } = lastWords;
    report(draft, { type: 'failed', failure, message });
    draft.isEnded = true;
    draft.isUnfinished = true;
    return;
  }
  if (otherwise.title === LOST.title && percent >= LATE_PERCENT) {
    fail(draft, {
      code: 'prompt-moderated',
      title: `Midjourney removed the job at ${percent} %`,
      details: `${LOST.details ?? ''} This is how the moderation of finished pictures acts.`,
    });
  } else fail(draft, otherwise);
  draft.isUnfinished = true;
}

/** Sends a request. With `mustWrite` the operation is written before. */
export function ask(draft: CourseDraft, request: Ask, mustWrite: boolean): void {
  const { operation } = draft.candidate;
  if (mustWrite) change(draft, { reported: operation });
  draft.effects.push({ type: 'ask', nonce: operation.nonces.at(-1) ?? '', ask: request, operation, mustWrite });
}

/** Sends the job's own request. The bot's events may arrive before Discord's REST answer and count as much. */
export function sendRequest(draft: CourseDraft, mustWrite: boolean): void {
  change(draft, { lostEventsWhileAsking: false, isAccepted: false, phase: { for: 'request' } });
  ask(draft, { kind: 'request' }, mustWrite);
}

export function waitForAnswer(draft: CourseDraft, forMs = draft.settings.firstAnswerTimeoutMs): void {
  change(draft, { phase: { for: 'answer', untilMs: draft.nowMs + forMs, history: 'unread' } });
}

/** The bot may answer later than Discord waits, or has said words that may be all: a start has half a minute. */
export const waitForSign = (draft: CourseDraft): void =>
  waitForAnswer(draft, Math.min(AFTER_NO_RESPONSE_MS, draft.settings.firstAnswerTimeoutMs));

/** Midjourney works on the job. Called at each news of it. */
export function waitForResult(draft: CourseDraft): void {
  const { nowMs } = draft;
  changeCandidate(draft, { likelyMatches: 'after-wait' });
  change(draft, { phase: { for: 'result', movedAtMs: nowMs, untilMs: nowMs + STALL_MS, history: 'unread' } });
}

/**
 * Returns true if Midjourney has the request for certain: an interaction id or a message was seen, or Discord has accepted a command. (An accepted
 * press of a button may only have opened a form.)
 */
export const isTaken = (draft: CourseDraft): boolean =>
  draft.candidate.operation.isSeen || (draft.course.isAccepted && requestOf(draft).command !== null);

/**
 * Searches for a job of unknown fate. An unseen job is searched for briefly, then its request is repeated; if Discord has accepted it, the bot has
 * its usual time for an answer. A seen job has minutes.
 */
export function search(draft: CourseDraft, otherwise: JobFailure): void {
  const { nowMs, settings } = draft;
  const { lastWords } = draft.candidate.operation;
  const unseenMs = draft.course.isAccepted ? Math.max(settings.firstAnswerTimeoutMs, settings.historyGraceMs) : settings.historyGraceMs;
  const seenMs = lastWords ? Math.min(settings.vanishedWaitMs, 120_000) : settings.vanishedWaitMs;
  const endsAtMs = nowMs + (isTaken(draft) ? seenMs : unseenMs);
  const untilMs = Math.min(endsAtMs, nowMs + settings.historyGraceMs);
  change(draft, { phase: { for: 'search', otherwise, sinceMs: nowMs, untilMs, endsAtMs, history: 'unread' } });
}
