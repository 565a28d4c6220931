import type { JsonObject } from '@atelier/lib/json';
import { failureOf, fatalFailure, isUncertain } from '../requests/failures.ts';
import { fillForm } from '../requests/forms.ts';
import type { Sighting } from '../messages/message.ts';
import { humanCheck, isRegionEditor, NO_MASK, readRefusal } from '../messages/refusals.ts';
import { askAgain, fail, LOST, search, send, SILENT, waitForAnswer, waitForResult, type Run } from './midjourney-run.ts';
import type { TicketEvent } from '../matching/job-event-queue.ts';

/** Takes one event of a job in. True when it ended the job. */
export async function handleEvent(run: Run, event: TicketEvent): Promise<boolean> {
  switch (event.type) {
    case 'asked':
      // Unless Midjourney was quicker.
      if (!isBeingAsked(run)) return false;
      if (run.gapWhileAsking) search(run, SILENT);
      else waitForAnswer(run);
      return false;
    case 'ask-failed':
      return handleAskFailure(run, event.error);
    case 'interaction':
      run.report.learnt();
      run.answered ||= event.answered;
      if (run.ticket.operation.messageIds.length > 0) return false;
      if (run.waiting.for === 'answer') waitForAnswer(run);
      // What was lost before it was confirmed is still lost: only the patience changes.
      if (run.waiting.for === 'search') search(run, run.waiting.otherwise);
      return false;
    case 'interaction-failed':
      if (run.waiting.for === 'result') return false;
      return fail(run, { ...SILENT, details: 'Discord gave up waiting for the bot.' });
    case 'form':
      return await handleForm(run, event.form);
    case 'page':
      return handlePage(run, event);
    case 'message':
      return run.ask.answer === 'job' ? handleJobMessage(run, event.sighting) : handleReply(run, event.sighting);
    case 'start-gone':
      run.report.learnt();
      search(run, LOST);
      return false;
    case 'gap':
      return await handleGap(run);
    case 'fatal':
      // The session's end is reported for the account by whoever owns the session.
      run.report.failed(fatalFailure(event.error), null);
      return true;
  }
}

function handleAskFailure(run: Run, error: unknown): boolean {
  // Midjourney has answered: it was asked, whatever Discord says.
  if (run.waiting.for === 'result') return false;
  const failure = failureOf(error);
  if (!failure) throw error;
  if (!isUncertain(error)) return fail(run, failure);
  run.log.warn({ jobId: run.jobId, err: error }, 'it is not known whether Discord took the request');
  search(run, failure);
  return false;
}

/** A button opened a form: it is sent with the caller's prompt under a nonce of its own. */
async function handleForm(run: Run, form: JsonObject): Promise<boolean> {
  if (run.formSent) return false;
  const { ticket } = run;
  const filled = fillForm(form, run.ask.formText);
  if (!filled) return fail(run, { code: 'upstream-refused', title: 'Midjourney opened a form without a text field', details: null });
  run.formSent = true;
  const nonce = run.ids.snowflake();
  ticket.change({ nonces: [...ticket.operation.nonces, nonce], modalNonce: nonce, prompt: filled.text });
  await run.report.written();
  if (!run.signal.aborted) send(run, () => run.asker.sendForm(filled.data));
  return false;
}

/** The editor of Vary (Region), whose request is sent in its place; any other page asks for a person. */
function handlePage(run: Run, page: Extract<TicketEvent, { type: 'page' }>): boolean {
  const { mask, formText } = run.ask;
  if (!isRegionEditor(page, run.pressed)) return fail(run, humanCheck(page));
  if (mask === null) return fail(run, NO_MASK);
  if (run.formSent) return false;
  run.formSent = true;
  send(run, () => run.asker.sendRegion(page, { mask, prompt: formText }));
  return false;
}

/** Discord has not answered the request yet, and the bot has not either. */
const isBeingAsked = ({ waiting }: Run): boolean => waiting.for === 'answer' && waiting.untilMs === Infinity;

/** What was said in the gap and only to us is lost. */
async function handleGap(run: Run): Promise<boolean> {
  const { ask, ticket } = run;
  if (ask.answer === 'direct-message') return false;
  if (isBeingAsked(run)) {
    run.gapWhileAsking = true;
    return false;
  }
  if (ask.answer === 'reply') return await askAgain(run, SILENT);
  if (ticket.operation.messageIds.length === 0 && !ticket.operation.queued) search(run, SILENT);
  return false;
}

/** A small command's answer, its announcement, or a refusal. */
function handleReply(run: Run, sighting: Sighting): boolean {
  const { message } = sighting;
  const { ask } = run;
  run.answered = true;
  if (ask.isAnswer(message)) {
    run.report.completed(message, ask.data(message));
    return true;
  }
  if (handleRefusal(run, sighting) === 'ended') return true;
  if (ask.announces && sighting.stage === 'loading') run.report.started(message);
  else run.report.learnt();
  waitForAnswer(run);
  return false;
}

/** One of the messages that show a job's course. */
function handleJobMessage(run: Run, sighting: Sighting): boolean {
  const { message, stage } = sighting;
  run.answered = true;
  const refused = handleRefusal(run, sighting);
  if (refused === 'ended') return true;
  if (refused && stage === 'notice') return false;
  switch (stage) {
    case 'final':
      run.report.completed(message, run.ask.data(message));
      return true;
    case 'stopped':
      return fail(run, { code: 'cancelled', title: 'The job was stopped at Midjourney', details: null }, message);
    case 'waiting':
    case 'progress':
      waitForResult(run);
      run.report.shown(sighting);
      return false;
    case 'loading':
    case 'notice':
    case 'other':
      run.report.learnt();
      waitForAnswer(run);
      return false;
  }
}

/** Deals with what a message refuses or remarks; undefined when it does neither. */
function handleRefusal(run: Run, { message }: Sighting): 'ended' | 'queued' | 'remark' | undefined {
  const { ticket } = run;
  const refusal = readRefusal(message);
  if (!refusal) return undefined;
  switch (refusal.outcome) {
    case 'failed':
      fail(run, refusal.failure, message);
      return 'ended';
    case 'queued': {
      const messageIds = ticket.operation.messageIds.filter((id) => id !== message.id);
      ticket.change({ queued: true, queuedAtMs: run.clock.now(), messageIds });
      run.report.learnt();
      waitForResult(run);
      return 'queued';
    }
    case 'remark':
      run.log.info({ jobId: run.jobId, title: refusal.failure.title }, 'Midjourney remarked');
      run.remark = { failure: refusal.failure, message };
      return 'remark';
  }
}
