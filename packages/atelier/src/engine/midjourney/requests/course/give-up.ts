import type { JobFailure } from '../../../../core/errors.ts';
import {
  type CourseEvent,
  FIRST_REREAD_MS,
  MAX_ATTEMPTS,
  type Phase,
  RESCUE_AFTER_MS,
  SILENT,
  STALL_MS,
  UNKNOWN_SWITCH,
  WORDS_WAIT_MS,
} from './course.ts';
import {
  ask,
  change,
  changeCandidate,
  changeOperation,
  type CourseDraft,
  fail,
  failWithWords,
  isTaken,
  sendRequest,
  requestOf,
  search,
  waitForResult,
} from './course-draft.ts';

/** What a job does when nothing came before its time limit. */
export function onTick(draft: CourseDraft): void {
  const { phase } = draft.course;
  if (phase.for === 'request' || (phase.untilMs ?? Infinity) > draft.nowMs) return;
  if ('history' in phase && requestOf(draft).answer === 'job' && phase.history === 'unread') readFirst(draft, phase);
  else if (phase.for === 'answer') giveUpAnswer(draft);
  else if (phase.for === 'search') giveUpSearch(draft, phase);
  else if (phase.for === 'result') giveUpResult(draft, phase);
  else failWithWords(draft, phase.otherwise);
}

/**
 * Before each decision the history is read; its messages arrive as events before `history-read`. The results of the account's other jobs are
 * excluded before.
 */
function readFirst(draft: CourseDraft, phase: Extract<Phase, { history: unknown }>): void {
  change(draft, { phase: { ...phase, history: 'reading' } });
  draft.effects.push({ type: 'read-history' });
}

/** From now on a likely match needs no further wait. After such a long silence, events were probably lost. */
export function allowLikelyMatches(draft: CourseDraft): void {
  const { phase } = draft.course;
  if (!('history' in phase) || phase.for === 'result' || phase.history !== 'reading') return;
  const isMissed = draft.candidate.operation.messageIds.length === 0;
  changeCandidate(draft, { likelyMatches: 'now', sawAllEvents: draft.candidate.sawAllEvents && !isMissed });
}

/** If the history could not be read, nothing is decided now; the job tries again later. */
export function afterHistory(draft: CourseDraft, { isOk, isPerhapsShown }: Pick<HistoryRead, 'isOk' | 'isPerhapsShown'>): void {
  const { phase } = draft.course;
  if (!('history' in phase) || phase.history !== 'reading') return;
  const { nowMs, settings } = draft;
  if (!isOk) {
    change(draft, { phase: { ...phase, history: 'unread', untilMs: nowMs + settings.historyGraceMs } });
    return;
  }
  change(draft, { phase: { ...phase, history: 'read' } });
  if (phase.for !== 'search' || nowMs >= phase.endsAtMs) {
    // A request of this process was sent, so it waits for evidence. After a restart it is unknown whether it was sent at all: it is repeated, so
    // that each of several equal jobs has a result.
    if (phase.for === 'search' && !draft.course.isResumed && isPerhapsShown && !isTaken(draft)) waitForEvidence(draft, phase);
    else onTick(draft);
    return;
  }
  // A seen job is searched for at growing intervals; an unseen one just waits for its last read.
  const waitedMs = Math.max(FIRST_REREAD_MS, nowMs - phase.sinceMs);
  change(draft, { phase: { ...phase, history: 'unread', untilMs: Math.min(phase.endsAtMs, nowMs + waitedMs) } });
}

/**
 * Nothing tells yet which job the messages belong to. While they may be this one's it is not asked for again; if they turn out to be others', it is.
 */
function waitForEvidence(draft: CourseDraft, phase: Extract<Phase, { for: 'search' }>): void {
  const { nowMs, settings } = draft;
  const lastMs = phase.sinceMs + settings.vanishedWaitMs;
  if (nowMs >= lastMs) {
    changeOperation(draft, { isSeen: true });
    giveUpSeen(draft, phase.otherwise);
    return;
  }
  const untilMs = Math.min(lastMs, nowMs + Math.max(FIRST_REREAD_MS, nowMs - phase.sinceMs));
  change(draft, { phase: { ...phase, history: 'unread', untilMs, endsAtMs: untilMs } });
}

type HistoryRead = Extract<CourseEvent, { type: 'history-read' }>;

function giveUpAnswer(draft: CourseDraft): void {
  const request = requestOf(draft);
  if (draft.candidate.operation.lastWords) failWithWords(draft, SILENT);
  // After its answer, a button may need a long time: an upscale posts nothing before its result. A form is followed by a start message.
  else if (draft.course.isAnswered && request.answer === 'job' && request.command === null && !draft.course.isFormSent)
    waitForResult(draft);
  // The bot has answered, and its messages did not come: the history shows them, perhaps not yet.
  else if (draft.course.isAnswered && request.answer === 'job' && !draft.course.isFormSent) search(draft, SILENT);
  else failWithWords(draft, request.repeat === 'never' ? UNKNOWN_SWITCH : SILENT);
}

function giveUpSearch(draft: CourseDraft, { otherwise }: Extract<Phase, { for: 'search' }>): void {
  if (isTaken(draft)) giveUpSeen(draft, otherwise);
  else repeatRequest(draft, otherwise);
}

function giveUpResult(draft: CourseDraft, phase: Extract<Phase, { for: 'result' }>): void {
  const { nowMs } = draft;
  const { operation } = draft.candidate;
  const stillMs = nowMs - phase.movedAtMs;
  if (operation.lastWords && !operation.queued && stillMs >= WORDS_WAIT_MS) {
    giveUpSeen(draft, operation.lastWords.failure);
    return;
  }
  change(draft, { phase: { ...phase, untilMs: nowMs + STALL_MS, history: 'unread' } });
  if (!operation.queued && stillMs >= RESCUE_AFTER_MS) askShow(draft);
}

/** A seen job is never ordered again. `/show` may find its result; then the job ends with the bot's last words. */
function giveUpSeen(draft: CourseDraft, otherwise: JobFailure): void {
  if (askShow(draft)) change(draft, { phase: { for: 'rescue', otherwise, untilMs: null } });
  else failWithWords(draft, otherwise);
}

/**
 * Asks the bot to post the result of the job's Midjourney id again, once for each job. Returns false if there is no id, or if it was asked
 * already. Source: midjourney-bot, slash commands.
 */
function askShow(draft: CourseDraft): boolean {
  const { operation } = draft.candidate;
  const uuid = operation.jobUuids.at(-1);
  const request = requestOf(draft);
  if (uuid === undefined || operation.isRescued || request.answer !== 'job' || request.command === 'show') return false;
  const nonce = draft.newNonce();
  changeOperation(draft, { isRescued: true, nonces: [...operation.nonces, nonce] });
  change(draft, { showNonce: nonce });
  ask(draft, { kind: 'show', uuid }, true);
  return true;
}

/** Sends the request once more, under a new nonce that is written first. */
function repeatRequest(draft: CourseDraft, otherwise: JobFailure): void {
  const request = requestOf(draft);
  const { attempts, nonces, videos, jobUuids } = draft.candidate.operation;
  if (request.repeat === 'never' || attempts >= MAX_ATTEMPTS) {
    fail(draft, request.repeat === 'never' ? UNKNOWN_SWITCH : otherwise);
    return;
  }
  draft.effects.push({ type: 'warning', text: 'found no message of the job at Midjourney: repeating the request once' });
  changeOperation(draft, {
    attempts: attempts + 1,
    nonces: [...nonces, draft.newNonce()],
    modalNonce: null,
    // The Midjourney job of a video is known before its request.
    jobUuids: videos ? jobUuids : [...request.jobUuids],
    prompt: request.prompt,
    echo: null,
  });
  changeCandidate(draft, { likelyMatches: 'after-wait' });
  change(draft, { isFormSent: false });
  sendRequest(draft, true);
}
