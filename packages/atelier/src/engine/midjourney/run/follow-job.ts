import type { SessionInfo } from '../../../discord/discord.ts';
import type { JobFailure } from '../../../core/errors.ts';
import type { JobStatus } from '../../../core/job.ts';
import { handleEvent } from './handle-event.ts';
import { waitForSession } from './session-pool.ts';
import { failureOf } from '../requests/failures.ts';
import type { MidjourneyOperation } from '../requests/operation.ts';
import { createProgressReporter } from './progress-reporter.ts';
import {
  repeatRequest,
  createRun,
  fail,
  LOST,
  searchHistory,
  send,
  SILENT,
  UNKNOWN_SWITCH,
  waitForResult,
  type MidjourneyRun,
  type RunDeps,
  type RunPlan,
} from './midjourney-run.ts';

/** The state of a job when its run ends. */
export interface RunEnd {
  /** False if the run was aborted before the job ended. */
  ended: boolean;
  operation: MidjourneyOperation;
  status: JobStatus;
  /** Why the job failed, if the failure may concern the account too. */
  failure: JobFailure | undefined;
}

/** Runs one job and reports its updates, until the job has ended or the signal aborts. */
export async function followJob(deps: RunDeps, plan: RunPlan): Promise<RunEnd> {
  const { updates, signal } = deps;
  const { operation, status, request, resumed } = plan;
  const early = createProgressReporter(updates, () => operation, status);
  if (request.refusal) {
    early.failed(request.refusal, null);
    return { ended: true, operation, status, failure: undefined };
  }
  const info = await waitForSessionOrFail(deps, resumed);
  if (!info || 'code' in info) {
    if (info) early.failed(info, null);
    return { ended: info !== undefined, operation, status, failure: undefined };
  }
  const run = createRun(deps, plan, info);
  let ended = false;
  try {
    if (resumed) ended = await findAgain(run);
    else send(run, () => request.send(run.sender));
    while (!ended && !signal.aborted) {
      const event = await run.subscription.next(run.wait.untilMs, signal);
      if (signal.aborted) break;
      ended = event ? await handleEvent(run, event) : await giveUpWaiting(run);
    }
  } finally {
    run.subscription.close(ended);
  }
  return { ended, operation: run.subscription.operation, status: run.reporter.status(), failure: run.failure };
}

/**
 * Returns the session of the Discord user, a failure if Discord cannot be reached, or undefined after an abort. A resumed job waits without
 * a limit, because it may be running already.
 */
async function waitForSessionOrFail(deps: RunDeps, resumed: boolean): Promise<SessionInfo | JobFailure | undefined> {
  try {
    return await waitForSession(deps, resumed ? Infinity : deps.settings.firstAnswerTimeoutMs);
  } catch (error) {
    if (deps.signal.aborted) return undefined;
    const failure = failureOf(error);
    if (!failure) throw error;
    return failure;
  }
}

/** Finds a job again after a restart. Returns true if the job has ended. */
async function findAgain(run: MidjourneyRun): Promise<boolean> {
  const { request, subscription, ids } = run;
  if (request.repeat === 'never') return fail(run, UNKNOWN_SWITCH);
  if (request.repeat === 'freely') {
    // The history never shows answers that only this user sees, so the request is sent again.
    subscription.change({ nonces: [...subscription.operation.nonces, ids.snowflake()] });
    await run.reporter.writeOperation();
    if (!run.signal.aborted) send(run, () => request.send(run.sender));
    return false;
  }
  subscription.markEventsMissed();
  subscription.setLikelyMatches('never');
  if (subscription.operation.queued) waitForResult(run);
  else searchHistory(run, subscription.operation.messageIds.length > 0 ? LOST : SILENT);
  await subscription.readHistory();
  return false;
}

/** Called when nothing came before the time limit. Returns true if the job has ended. */
async function giveUpWaiting(run: MidjourneyRun): Promise<boolean> {
  const { wait, subscription, request } = run;
  if (request.answer === 'job' && !wait.historyRead) {
    if (wait.for !== 'result') {
      subscription.markDelivered(await run.recentResultIds());
      // After such a long silence, events were probably lost.
      if (subscription.operation.messageIds.length === 0) subscription.markEventsMissed();
      subscription.setLikelyMatches('now');
    }
    // If the history could not be read, nothing is decided now; the run tries again later.
    if (await subscription.readHistory()) {
      wait.historyRead = true;
      if (wait.for === 'search') wait.untilMs = wait.repeatAtMs;
    } else wait.untilMs = run.clock.now() + run.settings.historyGraceMs;
    return false;
  }
  if (wait.for === 'search') return await repeatRequest(run, wait.otherwise);
  if (wait.for === 'answer' && run.remark) return fail(run, run.remark.failure, run.remark.message);
  // After its answer, a button may need a long time: an upscale posts nothing before its result.
  if (wait.for === 'result' || (run.answered && request.answer === 'job' && request.command === null)) {
    waitForResult(run);
    return false;
  }
  return fail(run, request.repeat === 'never' ? UNKNOWN_SWITCH : SILENT);
}
