import type { EngineUpdate } from '../../../core/engine.ts';
import type { JobFailure } from '../../../core/errors.ts';
import type { JobStatus } from '../../../core/job.ts';
import type { SessionInfo } from '../../../discord/discord.ts';
import { lastUuid, videoChoices } from '../messages/message.ts';
import { type BotRequest, toBotRequest } from '../requests/bot-request.ts';
import { failureOf } from '../requests/failures.ts';
import { createOperation, type MidjourneyOperation, type VideoSelection } from '../requests/operation.ts';
import { handleEvent } from './handle-event.ts';
import {
  createRun,
  fail,
  LOST,
  type MidjourneyRun,
  repeatRequest,
  type RunDeps,
  type RunPlan,
  searchHistory,
  send,
  SILENT,
  UNKNOWN_SWITCH,
  waitForResult,
} from './midjourney-run.ts';
import { createProgressReporter, type UpdateStream } from './progress-reporter.ts';
import { waitForSession } from './session-pool.ts';

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

/**
 * Selecting the videos of a job. A video job ends with one moving preview of all its videos. Each video has a button under that message
 * (`video_virtual_upscale`), and the bot answers a press with a new message that carries the video. The engine presses these buttons one
 * after the other and completes the job with all videos. If the message itself carries the videos, it is the result. Source: midjourney-bot, videos.
 */
export type CompletedUpdate = Extract<EngineUpdate, { type: 'completed' }>;

/** Wraps an update stream: the `completed` update is held back, so that the engine can decide whether more videos must be requested. */
export function holdResult(updates: UpdateStream): { updates: UpdateStream; result(): CompletedUpdate | undefined } {
  let held: CompletedUpdate | undefined;
  return {
    updates: {
      ...updates,
      push(update) {
        if (update.type === 'completed') held = update;
        else updates.push(update);
      },
    },
    result: () => held,
  };
}

/** Returns the state of the video selection after a result, or null if the job has no videos to select. */
export function afterResult(videos: VideoSelection | null, result: CompletedUpdate): VideoSelection | null {
  const { message, buttons, media } = result;
  if (videos) return withVideo(videos, result);
  const choices = videoChoices(buttons);
  if (message === null || choices.length === 0 || media.some(({ role }) => role === 'video')) return null;
  return { messageId: message.id, taken: [message.id], left: choices.map(({ customId }) => customId), media: [], buttons: [] };
}

function withVideo(videos: VideoSelection, { message, buttons, media }: CompletedUpdate): VideoSelection {
  const messageId = message?.id ?? videos.messageId;
  const files = media.flatMap(({ source, filename, width = 0, height = 0 }) =>
    'url' in source ? [{ url: source.url, filename, width, height }] : [],
  );
  const offered = buttons.map(({ label, customId, style }) => ({ label, customId, style, messageId }));
  return {
    messageId: videos.messageId,
    taken: [...videos.taken, messageId],
    left: videos.left.slice(1),
    media: [...videos.media, ...files],
    buttons: [...videos.buttons, ...offered],
  };
}

/** Builds the final update of a job. `last` is the update with its last video. */
export const withAllVideos = (videos: VideoSelection, last: CompletedUpdate): CompletedUpdate => ({
  ...last,
  buttons: videos.buttons,
  media: videos.media.map(({ url, ...file }) => ({ role: 'video', source: { url }, ...file })),
});

/** Returns the request for the next video. */
export function requestVideo(videos: VideoSelection): { request: BotRequest; pressed: string } {
  const [customId = ''] = videos.left;
  const { messageId } = videos;
  return { request: toBotRequest('button', { customId, messageId, messageFlags: 0, prompt: null }), pressed: customId };
}

/** Plans the operation for the press of the next video's button. Its Midjourney job id is known: the button's custom id names it. */
export function planVideo(
  before: MidjourneyOperation,
  videos: VideoSelection,
  facts: { nonce: string; plannedAtMs: number },
): MidjourneyOperation {
  const { accountId, channelId, guildId } = before;
  const uuid = lastUuid(videos.left[0] ?? '');
  return {
    ...createOperation({ accountId, channelId, guildId, ...facts, sourceMessageId: videos.messageId, prompt: null }),
    jobUuids: uuid === null ? [] : [uuid],
    videos,
  };
}
