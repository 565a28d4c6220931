import { asObject, asText, asTexts, type JsonObject } from '@atelier/lib/json';
import type { JobFailure } from '../../core/errors.ts';
import {
  type ChannelDraft,
  type ChannelEffect,
  type ChannelEvent,
  type ChannelSettings,
  type ChannelState,
  courseTickMs,
  newNonce,
  nextWakeMs,
} from './channel-state.ts';
import { countSilence, endHold, noteAnswer, reportTrouble } from './channel-troubles.ts';
import { finishHistory, readHistory, scheduleHistory, startWantedRead } from './channel-history.ts';
import { accountNotice } from './matching/account-notice.ts';
import { type Candidate, createCandidate } from './matching/candidate.ts';
import { findCandidate, type JobEvent, type MatchingOutcome, openCandidates } from './matching/matching-state.ts';
import { isCertain, isPerhapsShown } from './matching/match-message.ts';
import {
  addCandidate,
  changeCandidate,
  deleteMessages,
  endCandidate,
  excludeResults,
  type Matched,
  receiveInteraction,
  receiveMessage,
} from './matching/update-matching.ts';
import { humanCheck, requiredActionFailure } from './messages/refusals.ts';
import { type Course, type CourseEffect, type CourseEvent, createCourse } from './requests/course/course.ts';
import { requestOf } from './requests/course/course-draft.ts';
import { updateCourse } from './requests/course/update-course.ts';
import { videoRequest } from './requests/course/video-selection.ts';

/**
 * The heart of the engine: the next state of a channel after one event, and the effects that follow, in order. Pure: equal arguments give equal
 * results. `matching/` decides which job an event belongs to; `requests/` decides what the job does.
 */
export function updateChannel(
  state: ChannelState,
  event: ChannelEvent,
  context: { nowMs: number; skewMs: number | null; settings: ChannelSettings },
): { state: ChannelState; effects: readonly ChannelEffect[] } {
  const draft: ChannelDraft = { state, effects: [], nowMs: context.nowMs, settings: context.settings };
  setSkew(draft, context.skewMs);
  handle(draft, event);
  scheduleHistory(draft);
  return { state: draft.state, effects: [...draft.effects, { type: 'wake-at', atMs: nextWakeMs(draft.state) }] };
}

function handle(draft: ChannelDraft, event: ChannelEvent): void {
  switch (event.type) {
    case 'job-added':
      addJob(draft, event);
      return;
    case 'job-stopped':
      closeCourse(draft, event.jobId, true);
      return;
    case 'dispatch':
      onDispatch(draft, event.name, event.data);
      return;
    case 'session-ready':
      onReady(draft, event);
      return;
    case 'session-lost':
      draft.state = { ...draft.state, isConnected: false };
      return;
    case 'session-ended':
      tellAll(draft, { type: 'fatal', failure: event.failure });
      return;
    case 'ask-accepted':
    case 'ask-failed':
    case 'ask-expects':
      tellCourse(draft, event.jobId, event);
      return;
    case 'results-known':
      applyMatching(draft, excludeResults(draft.state.matching, event.messageIds, draft.nowMs));
      for (const jobId of draft.state.history.reading?.jobIds ?? []) tellCourse(draft, jobId, { type: 'results-known' });
      return;
    case 'history-read':
      onHistoryRead(draft, event.found);
      return;
    case 'tick':
      onTick(draft);
  }
}

/** Discord's clock is needed wherever ids alone tell what came first. */
function setSkew(draft: ChannelDraft, skewMs: number | null): void {
  if (skewMs === null || skewMs === draft.state.skewMs) return;
  const { matching } = draft.state;
  const candidates = matching.candidates.map((candidate) => ({ ...candidate, skewMs }));
  draft.state = { ...draft.state, skewMs, matching: { ...matching, candidates } };
}

function addJob(draft: ChannelDraft, { job, isResumed }: Extract<ChannelEvent, { type: 'job-added' }>): void {
  const { operation } = job;
  const planned = operation.videos ? { ...job, ...videoRequest(operation.videos) } : job;
  openCourse(draft, createCourse(planned), operation);
  if (operation.videos) applyMatching(draft, excludeResults(draft.state.matching, operation.videos.taken, draft.nowMs));
  tellCourse(draft, job.jobId, { type: 'begin', isResumed });
}

function openCourse(draft: ChannelDraft, course: Course, operation: Candidate['operation']): void {
  const { answer, effect, command } = requestOf({ course });
  const { matching, skewMs } = draft.state;
  const facts = { key: course.jobId, userId: matching.userId, answer, operation, effect, command, pressed: course.pressed };
  draft.state = { ...draft.state, courses: { ...draft.state.courses, [course.jobId]: course } };
  applyMatching(draft, addCandidate(matching, createCandidate(facts, draft.nowMs, skewMs), draft.nowMs));
}

/** `isKept`: the job may go on at Midjourney, and its result is a late result. */
function closeCourse(draft: ChannelDraft, jobId: string, isKept: boolean): void {
  const { [jobId]: closed, ...courses } = draft.state.courses;
  if (!closed) return;
  draft.state = { ...draft.state, courses };
  applyMatching(draft, endCandidate(draft.state.matching, jobId, isKept, draft.nowMs));
}

function onDispatch(draft: ChannelDraft, name: string, data: unknown): void {
  const { matching } = draft.state;
  const event = asObject(data) ?? {};
  if (name === 'MESSAGE_CREATE') applyMatching(draft, receiveMessage(matching, data, 'creation', draft.nowMs));
  else if (name === 'MESSAGE_UPDATE') applyMatching(draft, receiveMessage(matching, data, 'update', draft.nowMs));
  else if (name === 'MESSAGE_DELETE') applyMatching(draft, deleteMessages(matching, [asText(event['id']) ?? ''], draft.nowMs));
  else if (name === 'MESSAGE_DELETE_BULK') applyMatching(draft, deleteMessages(matching, asTexts(event['ids']), draft.nowMs));
  else if (name.startsWith('INTERACTION_')) onInteraction(draft, name, event);
  else if (name === 'USER_REQUIRED_ACTION_UPDATE' && asText(event['required_action'])) {
    stopAccount(draft, requiredActionFailure(asText(event['required_action']) ?? ''));
  }
}

/** A web page that opens for no job is a human check: Discord shows it to this user alone. */
function onInteraction(draft: ChannelDraft, name: string, event: JsonObject): void {
  const matched = receiveInteraction(draft.state.matching, name, event, draft.nowMs);
  applyMatching(draft, matched);
  if (matched.outcomes.length > 0 || name !== 'INTERACTION_IFRAME_MODAL_CREATE') return;
  stopAccount(draft, humanCheck({ title: asText(event['title']) ?? '' }));
}

/** The account needs a person. Jobs without any message of Midjourney end; the others go on. */
function stopAccount(draft: ChannelDraft, failure: JobFailure): void {
  reportTrouble(draft, { kind: 'pause', failure });
  tellAll(draft, { type: 'account-stopped', failure });
}

/** Events from before a new session are lost, so the history is read for messages that are still there. */
function onReady(draft: ChannelDraft, { sessionId, userId, requiredAction }: Extract<ChannelEvent, { type: 'session-ready' }>): void {
  const isNew = draft.state.sessionId !== sessionId;
  const { matching, heldBy } = draft.state;
  const candidates = isNew ? matching.candidates.map((one) => (one.isOwn ? { ...one, sawAllEvents: false } : one)) : matching.candidates;
  draft.state = { ...draft.state, sessionId, isConnected: true, matching: { ...matching, userId, candidates } };
  if (heldBy === null || heldBy === 'upstream-unreachable') endHold(draft);
  if (requiredAction !== null) stopAccount(draft, requiredActionFailure(requiredAction));
  if (!isNew) return;
  const tellsLoss = readHistory(draft, []);
  draft.state = { ...draft.state, history: { ...draft.state.history, tellsLoss } };
  if (!tellsLoss) tellAll(draft, { type: 'events-lost' });
}

/** Messages first, then the deletions that the read shows, then the jobs that waited for it. */
function onHistoryRead(draft: ChannelDraft, found: Extract<ChannelEvent, { type: 'history-read' }>['found']): void {
  const { reading, tellsLoss } = draft.state.history;
  for (const message of found?.messages ?? []) {
    applyMatching(draft, receiveMessage(draft.state.matching, message, 'history', draft.nowMs));
  }
  if (found?.isComplete && reading) {
    const there = new Set(found.messages.map((message) => asText(asObject(message)?.['id']) ?? ''));
    const gone = reading.expectedIds.filter((id) => !there.has(id));
    applyMatching(draft, deleteMessages(draft.state.matching, gone, draft.nowMs, false));
  }
  applyMatching(draft, finishHistory(draft, found !== null));
  for (const jobId of reading?.jobIds ?? [])
    tellCourse(draft, jobId, { type: 'history-read', isOk: found !== null, isPerhapsShown: isPerhapsShown(draft.state.matching, jobId) });
  if (tellsLoss && found !== null) tellAll(draft, { type: 'events-lost' });
  startWantedRead(draft);
}

function onTick(draft: ChannelDraft): void {
  for (const [jobId, course] of Object.entries(draft.state.courses)) {
    if (courseTickMs(draft.state, course) <= draft.nowMs) tellCourse(draft, jobId, { type: 'tick' });
  }
  const { dueAtMs } = draft.state.history;
  if (dueAtMs !== null && dueAtMs <= draft.nowMs) readHistory(draft, []);
}

function tellAll(draft: ChannelDraft, event: CourseEvent): void {
  for (const jobId of Object.keys(draft.state.courses)) tellCourse(draft, jobId, event);
}

/** Takes over a result of matching and handles its outcomes, one after the other. */
export function applyMatching(draft: ChannelDraft, { state, outcomes }: Matched): void {
  draft.state = { ...draft.state, matching: state };
  for (const outcome of outcomes) handleOutcome(draft, outcome);
}

function handleOutcome(draft: ChannelDraft, outcome: MatchingOutcome): void {
  switch (outcome.type) {
    case 'warning':
      draft.effects.push(outcome);
      return;
    case 'no-job': {
      const failure = accountNotice(outcome.parsed, draft.state.matching.userId);
      if (failure) reportTrouble(draft, { kind: 'pause', failure });
      return;
    }
    case 'job':
      if (draft.state.courses[outcome.jobId]) {
        if (outcome.event.type === 'message') noteAnswer(draft, outcome.event.parsed);
        tellCourse(draft, outcome.jobId, outcome.event, outcome.candidate);
      } else if (outcome.event.type === 'message') onLateMessage(draft, outcome.jobId, outcome.event);
  }
}

/** Nobody waits for a late result, so it is kept only if its ids or the deletion of its start message prove it. */
function onLateMessage(draft: ChannelDraft, jobId: string, { parsed, by }: Extract<JobEvent, { type: 'message' }>): void {
  const isProven = by === 'deletion' || isCertain(by);
  if (parsed.stage === 'final' && isProven) draft.effects.push({ type: 'late-result', jobId, parsed });
}

/** Passes an event to a job's course and takes over the result. */
function tellCourse(draft: ChannelDraft, jobId: string, event: CourseEvent, snapshot?: Candidate): void {
  const course = draft.state.courses[jobId];
  const candidate = findCandidate(draft.state.matching, jobId) ?? snapshot;
  if (!course || !candidate) return;
  const context = { nowMs: draft.nowMs, settings: draft.settings, newNonce: () => newNonce(draft) };
  const next = updateCourse({ course, candidate }, event, context);
  draft.state = { ...draft.state, courses: { ...draft.state.courses, [jobId]: next.course } };
  const matched = openCandidates(draft.state.matching).some(({ key }) => key === jobId);
  if (!next.isEnded && next.isContinued) continueWithVideo(draft, next.course, next.candidate);
  else if (matched && next.candidate !== candidate) {
    applyMatching(draft, changeCandidate(draft.state.matching, jobId, next.candidate, draft.nowMs));
  }
  for (const effect of next.effects) addEffect(draft, jobId, effect);
  if (next.isEnded) closeCourse(draft, jobId, next.isUnfinished);
}

/** The next video of a job is a request of its own, with its own candidate. */
function continueWithVideo(draft: ChannelDraft, course: Course, { operation }: Candidate): void {
  openCourse(draft, course, operation);
  applyMatching(draft, excludeResults(draft.state.matching, operation.videos?.taken ?? [], draft.nowMs));
}

function addEffect(draft: ChannelDraft, jobId: string, effect: CourseEffect): void {
  switch (effect.type) {
    case 'report':
      draft.effects.push({ ...effect, jobId });
      if (effect.update.type === 'failed') countSilence(draft, effect.update.failure);
      return;
    case 'ask':
      draft.effects.push({ ...effect, jobId });
      return;
    case 'read-history':
      readHistory(draft, [jobId]);
      return;
    case 'warning':
      draft.effects.push({ ...effect, facts: { jobId } });
      return;
    case 'trouble':
      reportTrouble(draft, effect.trouble, jobId);
  }
}
