import { type ParsedMessage, toUpstreamMessage } from '../../messages/message.ts';
import { readRefusal } from '../../messages/refusals.ts';
import {
  change,
  changeOperation,
  complete,
  type CourseDraft,
  fail,
  failWithWords,
  reportProgress,
  reportStarted,
  requestOf,
  requeue,
  saveOperation,
  waitForAnswer,
  waitForResult,
  waitForSign,
} from './course-draft.ts';

/** Handles a message that matching has given to the job. */
export function onMessage(draft: CourseDraft, parsed: ParsedMessage): void {
  if (isShowAnswer(draft, parsed)) onShowAnswer(draft, parsed);
  else if (requestOf(draft).answer === 'job') onJobMessage(draft, parsed);
  else onReply(draft, parsed);
}

/** `/show` answers with the result, or in words. Its words are not the job's. */
function isShowAnswer({ course }: CourseDraft, { message, stage }: ParsedMessage): boolean {
  if (course.showNonce === null || stage === 'final' || stage === 'waiting' || stage === 'progress') return false;
  return message.nonce === course.showNonce || message.interaction?.name === 'show';
}

function onShowAnswer(draft: CourseDraft, { stage }: ParsedMessage): void {
  const { phase } = draft.course;
  if (phase.for === 'rescue' && stage !== 'loading') failWithWords(draft, phase.otherwise);
}

/** Handles the answer of a small command, its announcement, or a refusal. */
function onReply(draft: CourseDraft, parsed: ParsedMessage): void {
  const { message } = parsed;
  const request = requestOf(draft);
  change(draft, { isAnswered: true });
  if (request.isAnswer(message)) {
    complete(draft, message, request.data(message));
    return;
  }
  if (onRefusal(draft, parsed) === 'ended') return;
  if (request.announces && parsed.stage === 'loading') reportStarted(draft, message);
  else saveOperation(draft);
  waitForAnswer(draft);
}

/** Handles a message that shows the course of the job. */
function onJobMessage(draft: CourseDraft, parsed: ParsedMessage): void {
  const { message, stage } = parsed;
  change(draft, { isAnswered: true });
  const refused = onRefusal(draft, parsed);
  if (refused === 'ended' || (refused !== undefined && stage === 'notice')) return;
  switch (stage) {
    case 'final':
      complete(draft, message, requestOf(draft).data(message));
      return;
    case 'stopped':
      fail(draft, { code: 'cancelled', title: 'The job was stopped at Midjourney', details: null }, message);
      return;
    case 'waiting':
    case 'progress':
      waitForResult(draft);
      reportProgress(draft, parsed);
      return;
    case 'loading':
    case 'notice':
    case 'other':
      saveOperation(draft);
      if (draft.course.phase.for !== 'result' && draft.course.phase.for !== 'rescue') waitForAnswer(draft);
  }
}

/** Handles the refusal or the words in a message; returns undefined if it has none. */
function onRefusal(draft: CourseDraft, { message }: ParsedMessage): 'ended' | 'goes-on' | undefined {
  const refusal = readRefusal(message);
  if (!refusal) return undefined;
  const { operation } = draft.candidate;
  switch (refusal.outcome) {
    case 'failed':
    case 'asks-back':
      fail(draft, refusal.failure, message);
      return 'ended';
    case 'held':
      // A job that Midjourney works on was taken, so it cannot go back to the queue.
      if (draft.course.phase.for !== 'result') requeue(draft, refusal.failure, refusal.forMs);
      else fail(draft, refusal.failure, message);
      return 'ended';
    case 'queued':
      changeOperation(draft, {
        queued: true,
        queuedAtMs: draft.nowMs,
        messageIds: operation.messageIds.filter((id) => id !== message.id),
      });
      saveOperation(draft);
      waitForResult(draft);
      return 'goes-on';
    case 'remark':
      changeOperation(draft, { lastWords: { failure: refusal.failure, message: toWords(message) } });
      saveOperation(draft);
      // The words may be all that comes: a start after them has half a minute.
      if (draft.course.phase.for === 'answer' || draft.course.phase.for === 'request') waitForSign(draft);
      return 'goes-on';
  }
}

function toWords(message: ParsedMessage['message']) {
  const { embeds, ...rest } = toUpstreamMessage(message);
  return { ...rest, embeds: [...embeds] };
}
