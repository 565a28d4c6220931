import type { JsonObject } from '@atelier/lib/json';
import type { JobFailure } from '../../../../core/errors.ts';
import { humanCheck, isRegionEditor, NO_MASK } from '../../messages/refusals.ts';
import { type CourseEvent, LOST, MAX_ATTEMPTS, type OpenJob, SILENT, UNKNOWN_SWITCH } from './course.ts';
import {
  ask,
  change,
  changeCandidate,
  changeOperation,
  type CourseContext,
  type CourseDraft,
  fail,
  failWithWords,
  isHold,
  sendRequest,
  requestOf,
  requeue,
  saveOperation,
  search,
  toDraft,
  waitForAnswer,
  waitForResult,
  waitForSign,
} from './course-draft.ts';
import { fillForm } from '../forms.ts';
import { onMessage } from './on-message.ts';
import { afterHistory, allowLikelyMatches, onTick } from './give-up.ts';

/** Handles one event of an open job. Returns the job's next state and the effects, in order. Pure. The rules stand above `Phase`. */
export function updateCourse(job: OpenJob, event: CourseEvent, context: CourseContext): CourseDraft {
  const draft = toDraft(job, context);
  switch (event.type) {
    case 'begin':
      begin(draft, event.isResumed);
      break;
    case 'ask-accepted':
      onAccepted(draft, event.nonce);
      break;
    case 'ask-failed':
      onAskFailed(draft, event);
      break;
    case 'ask-expects':
      changeOperation(draft, { jobUuids: [...event.jobUuids] });
      break;
    case 'interaction':
      onInteraction(draft, event.isAnswered);
      break;
    case 'interaction-failed':
      onNoResponse(draft);
      break;
    case 'form':
      onForm(draft, event.form);
      break;
    case 'page':
      onPage(draft, event);
      break;
    case 'message':
      onMessage(draft, event.parsed);
      break;
    case 'start-deleted':
      saveOperation(draft);
      if (draft.course.phase.for !== 'rescue') search(draft, LOST);
      break;
    case 'events-lost':
      onGap(draft);
      break;
    case 'fatal':
      onFatal(draft, event.failure);
      break;
    case 'account-stopped':
      if (!draft.candidate.operation.messageIds.length && draft.course.phase.for !== 'result') fail(draft, event.failure);
      break;
    case 'results-known':
      allowLikelyMatches(draft);
      break;
    case 'history-read':
      afterHistory(draft, event);
      break;
    case 'tick':
      onTick(draft);
  }
  return draft;
}

/** A new job sends its request. A resumed job first finds out whether Midjourney has it. */
function begin(draft: CourseDraft, isResumed: boolean): void {
  change(draft, { isResumed });
  const request = requestOf(draft);
  const { operation } = draft.candidate;
  if (!isResumed) {
    sendRequest(draft, false);
    return;
  }
  if (request.repeat === 'never') {
    fail(draft, UNKNOWN_SWITCH);
    return;
  }
  if (request.repeat === 'freely') {
    // The history never shows answers that only this user sees, so the request is sent again.
    changeOperation(draft, { nonces: [...operation.nonces, draft.newNonce()] });
    sendRequest(draft, true);
    return;
  }
  changeCandidate(draft, { sawAllEvents: false, likelyMatches: 'never' });
  if (operation.queued) waitForResult(draft);
  else search(draft, operation.messageIds.length > 0 ? LOST : SILENT);
  draft.effects.push({ type: 'read-history' });
}

function onAccepted(draft: CourseDraft, nonce: string): void {
  const { phase, showNonce } = draft.course;
  if (nonce !== draft.candidate.operation.nonces.at(-1)) return;
  change(draft, { isAccepted: true });
  if (phase.for === 'rescue' && nonce === showNonce) {
    change(draft, { phase: { ...phase, untilMs: draft.nowMs + draft.settings.firstAnswerTimeoutMs } });
    return;
  }
  // Midjourney may have answered before Discord's REST API.
  if (phase.for !== 'request') return;
  if (draft.course.lostEventsWhileAsking) search(draft, SILENT);
  else waitForAnswer(draft);
}

function onAskFailed(draft: CourseDraft, { nonce, failure, outcome, forMs }: Extract<CourseEvent, { type: 'ask-failed' }>): void {
  const { phase, showNonce } = draft.course;
  if (nonce === showNonce) {
    if (phase.for === 'rescue') failWithWords(draft, phase.otherwise);
    return;
  }
  // A later request is in use, or Midjourney has answered: the request arrived, and Discord's error does not matter.
  if (nonce !== draft.candidate.operation.nonces.at(-1) || phase.for === 'result') return;
  if (outcome === 'unknown') {
    draft.effects.push({ type: 'warning', text: 'unknown whether Discord accepted the request: searching the history' });
    search(draft, failure);
  } else if (isHold(failure)) requeue(draft, failure, forMs);
  else fail(draft, failure);
}

function onInteraction(draft: CourseDraft, isAnswered: boolean): void {
  if (isAnswered) change(draft, { isAnswered: true });
  if (!draft.candidate.operation.isSeen) changeOperation(draft, { isSeen: true });
  saveOperation(draft);
  if (draft.candidate.operation.messageIds.length > 0) return;
  const { phase } = draft.course;
  if (phase.for === 'answer') waitForAnswer(draft);
  // The failure that started the search stays; only the time limit changes.
  if (phase.for === 'search') search(draft, phase.otherwise);
}

/** The bot may answer later, with a message that names neither nonce nor interaction. */
function onNoResponse(draft: CourseDraft): void {
  if (requestOf(draft).answer === 'job') changeCandidate(draft, { sawAllEvents: false });
  const { phase } = draft.course;
  if (phase.for === 'request' || phase.for === 'answer') waitForSign(draft);
}

/** Sends the form that a button opened, with the client's prompt and a new nonce. */
function onForm(draft: CourseDraft, form: JsonObject): void {
  if (draft.course.isFormSent) return;
  const filled = fillForm(form, requestOf(draft).formText);
  if (!filled) {
    fail(draft, { code: 'upstream-refused', title: 'Midjourney opened a form without a text field', details: null });
    return;
  }
  const nonce = draft.newNonce();
  changeOperation(draft, { nonces: [...draft.candidate.operation.nonces, nonce], modalNonce: nonce, prompt: filled.text });
  change(draft, { isFormSent: true, lostEventsWhileAsking: false, phase: { for: 'request' } });
  ask(draft, { kind: 'form', data: filled.data }, true);
}

/** Sends the mask if the page is the editor of Vary (Region). Every other page needs a person, so the job fails. */
function onPage(draft: CourseDraft, page: { title: string; customId: string }): void {
  const { mask, formText } = requestOf(draft);
  if (!isRegionEditor(page, draft.course.pressed)) fail(draft, humanCheck(page));
  else if (mask === null) fail(draft, NO_MASK);
  else if (!draft.course.isFormSent) {
    change(draft, { isFormSent: true, lostEventsWhileAsking: false, phase: { for: 'request' } });
    ask(draft, { kind: 'region', customId: page.customId, mask, prompt: formText }, false);
  }
}

/** Called after events were lost. Answers that only this user sees cannot be found in the history. */
function onGap(draft: CourseDraft): void {
  const request = requestOf(draft);
  const { operation } = draft.candidate;
  if (request.answer === 'direct-message') return;
  if (draft.course.phase.for === 'request') {
    change(draft, { lostEventsWhileAsking: true });
    return;
  }
  if (request.answer === 'reply') {
    if (request.repeat === 'never') fail(draft, UNKNOWN_SWITCH);
    else repeatReply(draft);
    return;
  }
  if (operation.messageIds.length === 0 && !operation.queued) search(draft, SILENT);
}

/** A small command whose answer was lost is sent once more: it changes nothing and costs nothing. */
function repeatReply(draft: CourseDraft): void {
  const { attempts, nonces } = draft.candidate.operation;
  if (attempts >= MAX_ATTEMPTS) {
    fail(draft, SILENT);
    return;
  }
  changeOperation(draft, { attempts: attempts + 1, nonces: [...nonces, draft.newNonce()], interactionIds: [], messageIds: [] });
  sendRequest(draft, true);
}

function onFatal(draft: CourseDraft, failure: JobFailure): void {
  const isUnsent = draft.course.phase.for === 'request' && !draft.candidate.operation.isSeen;
  if (isUnsent && isHold(failure)) requeue(draft, failure, null);
  else draft.effects.push({ type: 'report', update: { type: 'failed', failure, message: null } });
  draft.isEnded = true;
}
