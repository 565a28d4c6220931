import type { SessionInfo } from '../../../discord/discord.ts';
import type { JobFailure } from '../../../core/errors.ts';
import type { JobStatus } from '../../../core/job.ts';
import { handleEvent } from './handle-event.ts';
import { connect } from './connect.ts';
import { failureOf } from '../requests/failures.ts';
import type { Operation } from '../requests/operation.ts';
import { createReport } from './progress-reporter.ts';
import {
  askAgain,
  createRun,
  fail,
  LOST,
  search,
  send,
  SILENT,
  UNKNOWN_SWITCH,
  waitForResult,
  type Run,
  type RunDeps,
  type RunRequest,
} from './midjourney-run.ts';

/** Where a run ended. */
export interface RunEnd {
  /** False: it was aborted before. */
  ended: boolean;
  operation: Operation;
  status: JobStatus;
  /** Why the job failed, when that was said about it: it may concern the account too. */
  failure: JobFailure | undefined;
}

/** Follows one job and reports through the outbox, until it has ended or the signal is aborted. */
export async function followJob(deps: RunDeps, request: RunRequest): Promise<RunEnd> {
  const { outbox, signal } = deps;
  const { operation, status, ask, resumed } = request;
  const early = createReport(outbox, () => operation, status);
  if (ask.refusal) {
    early.failed(ask.refusal, null);
    return { ended: true, operation, status, failure: undefined };
  }
  const info = await connectOrFail(deps, resumed);
  if (!info || 'code' in info) {
    if (info) early.failed(info, null);
    return { ended: info !== undefined, operation, status, failure: undefined };
  }
  const run = createRun(deps, request, info);
  let ended = false;
  try {
    if (resumed) ended = await findAgain(run);
    else send(run, () => ask.send(run.asker));
    while (!ended && !signal.aborted) {
      const event = await run.ticket.next(run.waiting.untilMs, signal);
      if (signal.aborted) break;
      ended = event ? await handleEvent(run, event) : await giveUpWaiting(run);
    }
  } finally {
    run.ticket.close(ended);
  }
  return { ended, operation: run.ticket.operation, status: run.report.status(), failure: run.failure };
}

/** Who we are; or why Discord cannot be reached; undefined when aborted. A job that may be running already waits for ever. */
async function connectOrFail(deps: RunDeps, resumed: boolean): Promise<SessionInfo | JobFailure | undefined> {
  try {
    return await connect(deps, resumed ? Infinity : deps.settings.firstAnswerTimeoutMs);
  } catch (error) {
    if (deps.signal.aborted) return undefined;
    const failure = failureOf(error);
    if (!failure) throw error;
    return failure;
  }
}

/** After a restart. True when the job has ended. */
async function findAgain(run: Run): Promise<boolean> {
  const { ask, ticket, ids } = run;
  if (ask.repeat === 'never') return fail(run, UNKNOWN_SWITCH);
  if (ask.repeat === 'freely') {
    // Answers that only we see are never in the history.
    ticket.change({ nonces: [...ticket.operation.nonces, ids.snowflake()] });
    await run.report.written();
    if (!run.signal.aborted) send(run, () => ask.send(run.asker));
    return false;
  }
  ticket.breakOff();
  ticket.setPatience('certain-only');
  if (ticket.operation.queued) waitForResult(run);
  else search(run, ticket.operation.messageIds.length > 0 ? LOST : SILENT);
  await ticket.look();
  return false;
}

/** What was waited for has not come. True when the job has ended. */
async function giveUpWaiting(run: Run): Promise<boolean> {
  const { waiting, ticket, ask } = run;
  if (ask.answer === 'job' && !waiting.looked) {
    if (waiting.for !== 'result') {
      ticket.markTaken(await run.recentResultIds());
      // So long a silence says that events were missed after all.
      if (ticket.operation.messageIds.length === 0) ticket.breakOff();
      ticket.setPatience('spent');
    }
    // Without the history nothing may be concluded: the same again later.
    if (await ticket.look()) {
      waiting.looked = true;
      if (waiting.for === 'search') waiting.untilMs = waiting.askAgainAtMs;
    } else waiting.untilMs = run.clock.now() + run.settings.historyGraceMs;
    return false;
  }
  if (waiting.for === 'search') return await askAgain(run, waiting.otherwise);
  if (waiting.for === 'answer' && run.remark) return fail(run, run.remark.failure, run.remark.message);
  // A button that was answered may take its time: an upscale shows nothing until it is done.
  if (waiting.for === 'result' || (run.answered && ask.answer === 'job' && ask.command === null)) {
    waitForResult(run);
    return false;
  }
  return fail(run, ask.repeat === 'never' ? UNKNOWN_SWITCH : SILENT);
}
