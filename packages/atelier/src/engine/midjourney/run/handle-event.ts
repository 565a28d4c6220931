import type { JsonObject } from '@atelier/lib/json';
import { failureOf, fatalFailure, isUncertain } from '../requests/failures.ts';
import { fillForm } from '../requests/forms.ts';
import type { ParsedMessage } from '../messages/message.ts';
import { humanCheck, isRegionEditor, NO_MASK, readRefusal } from '../messages/refusals.ts';
import {
  repeatRequest,
  fail,
  LOST,
  searchHistory,
  send,
  SILENT,
  waitForAnswer,
  waitForResult,
  type MidjourneyRun,
} from './midjourney-run.ts';
import type { JobEvent } from '../matching/job-event-queue.ts';

/** Handles one event of a job. Returns true if the job has ended. */
export async function handleEvent(run: MidjourneyRun, event: JobEvent): Promise<boolean> {
  switch (event.type) {
    case 'request-sent':
      // Midjourney may have answered before Discord's REST API.
      if (!isRequestPending(run)) return false;
      if (run.lostEventsWhileRequesting) searchHistory(run, SILENT);
      else waitForAnswer(run);
      return false;
    case 'request-failed':
      return handleRequestFailure(run, event.error);
    case 'interaction':
      run.reporter.saveOperation();
      run.answered ||= event.answered;
      if (run.subscription.operation.messageIds.length > 0) return false;
      if (run.wait.for === 'answer') waitForAnswer(run);
      // The failure that started the search stays; only the time limit changes.
      if (run.wait.for === 'search') searchHistory(run, run.wait.otherwise);
      return false;
    case 'interaction-failed':
      if (run.wait.for === 'result') return false;
      return fail(run, { ...SILENT, details: 'Discord gave up waiting for the bot.' });
    case 'form':
      return await handleForm(run, event.form);
    case 'page':
      return handlePage(run, event);
    case 'message':
      return run.request.answer === 'job' ? handleJobMessage(run, event.parsed) : handleReply(run, event.parsed);
    case 'start-deleted':
      run.reporter.saveOperation();
      searchHistory(run, LOST);
      return false;
    case 'events-lost':
      return await handleGap(run);
    case 'fatal':
      // The session pool reports the end of the session for the account.
      run.reporter.failed(fatalFailure(event.error), null);
      return true;
  }
}

function handleRequestFailure(run: MidjourneyRun, error: unknown): boolean {
  // Midjourney has answered, so the request arrived and Discord's error does not matter.
  if (run.wait.for === 'result') return false;
  const failure = failureOf(error);
  if (!failure) throw error;
  if (!isUncertain(error)) return fail(run, failure);
  run.log.warn({ jobId: run.jobId, err: error }, 'unknown whether Discord accepted the request: searching the history');
  searchHistory(run, failure);
  return false;
}

/** Sends the form that a button opened, with the client's prompt and a new nonce. */
async function handleForm(run: MidjourneyRun, form: JsonObject): Promise<boolean> {
  if (run.formSent) return false;
  const { subscription } = run;
  const filled = fillForm(form, run.request.formText);
  if (!filled) return fail(run, { code: 'upstream-refused', title: 'Midjourney opened a form without a text field', details: null });
  run.formSent = true;
  const nonce = run.ids.snowflake();
  subscription.change({ nonces: [...subscription.operation.nonces, nonce], modalNonce: nonce, prompt: filled.text });
  await run.reporter.writeOperation();
  if (!run.signal.aborted) send(run, () => run.sender.sendForm(filled.data));
  return false;
}

/** Sends the mask if the page is the editor of Vary (Region). Every other page needs a person, so the job fails. */
function handlePage(run: MidjourneyRun, page: Extract<JobEvent, { type: 'page' }>): boolean {
  const { mask, formText } = run.request;
  if (!isRegionEditor(page, run.pressed)) return fail(run, humanCheck(page));
  if (mask === null) return fail(run, NO_MASK);
  if (run.formSent) return false;
  run.formSent = true;
  send(run, () => run.sender.sendRegion(page, { mask, prompt: formText }));
  return false;
}

/** Neither Discord's REST API nor the bot has answered the request yet. */
const isRequestPending = ({ wait }: MidjourneyRun): boolean => wait.for === 'answer' && wait.untilMs === Infinity;

/** Called after events were lost. Answers that only this user sees cannot be found in the history. */
async function handleGap(run: MidjourneyRun): Promise<boolean> {
  const { request, subscription } = run;
  if (request.answer === 'direct-message') return false;
  if (isRequestPending(run)) {
    run.lostEventsWhileRequesting = true;
    return false;
  }
  if (request.answer === 'reply') return await repeatRequest(run, SILENT);
  if (subscription.operation.messageIds.length === 0 && !subscription.operation.queued) searchHistory(run, SILENT);
  return false;
}

/** Handles the answer of a small command, its announcement, or a refusal. */
function handleReply(run: MidjourneyRun, parsed: ParsedMessage): boolean {
  const { message } = parsed;
  const { request } = run;
  run.answered = true;
  if (request.isAnswer(message)) {
    run.reporter.completed(message, request.data(message));
    return true;
  }
  if (handleRefusal(run, parsed) === 'ended') return true;
  if (request.announces && parsed.stage === 'loading') run.reporter.started(message);
  else run.reporter.saveOperation();
  waitForAnswer(run);
  return false;
}

/** Handles a message that shows the course of the job. */
function handleJobMessage(run: MidjourneyRun, parsed: ParsedMessage): boolean {
  const { message, stage } = parsed;
  run.answered = true;
  const refused = handleRefusal(run, parsed);
  if (refused === 'ended') return true;
  if (refused && stage === 'notice') return false;
  switch (stage) {
    case 'final':
      run.reporter.completed(message, run.request.data(message));
      return true;
    case 'stopped':
      return fail(run, { code: 'cancelled', title: 'The job was stopped at Midjourney', details: null }, message);
    case 'waiting':
    case 'progress':
      waitForResult(run);
      run.reporter.progressed(parsed);
      return false;
    case 'loading':
    case 'notice':
    case 'other':
      run.reporter.saveOperation();
      waitForAnswer(run);
      return false;
  }
}

/** Handles the refusal or remark in a message; returns undefined if it has none. */
function handleRefusal(run: MidjourneyRun, { message }: ParsedMessage): 'ended' | 'queued' | 'remark' | undefined {
  const { subscription } = run;
  const refusal = readRefusal(message);
  if (!refusal) return undefined;
  switch (refusal.outcome) {
    case 'failed':
    case 'held':
    case 'asks-back':
      fail(run, refusal.failure, message);
      return 'ended';
    case 'queued': {
      const messageIds = subscription.operation.messageIds.filter((id) => id !== message.id);
      subscription.change({ queued: true, queuedAtMs: run.clock.now(), messageIds });
      run.reporter.saveOperation();
      waitForResult(run);
      return 'queued';
    }
    case 'remark':
      run.log.info({ jobId: run.jobId, title: refusal.failure.title }, 'remark from Midjourney: the job goes on');
      run.remark = { failure: refusal.failure, message };
      return 'remark';
  }
}
