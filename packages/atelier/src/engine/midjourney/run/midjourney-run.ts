import type { DiscordSession, SessionInfo } from '../../../discord/discord.ts';
import type { JobFailure } from '../../../core/errors.ts';
import type { JobStatus } from '../../../core/job.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import { type CommandCache, createRequestSender, type PictureToUpload, type RequestSender } from '../requests/request-sender.ts';
import { waitForSession } from './session-pool.ts';
import type { ChannelListener, JobSubscription } from '../matching/channel-listener.ts';
import type { BotMessage } from '../messages/message.ts';
import type { MidjourneyOperation } from '../requests/operation.ts';
import { createProgressReporter, type ProgressReporter, type UpdateStream } from './progress-reporter.ts';
import type { BotRequest } from '../requests/bot-request.ts';

export interface EngineSettings {
  /** Time that Midjourney has for its first answer to a request. */
  firstAnswerTimeoutMs: number;
  /** Time that a job of unknown fate is searched for before the request is sent again. */
  historyGraceMs: number;
  /** What an account does whose fast hours are used up: it is held, or it goes on in relax mode. */
  fastHoursUsedUp: 'hold' | 'relax';
}

export interface RunDeps {
  clock: Clock;
  ids: Ids;
  log: Log;
  settings: EngineSettings;
  session: DiscordSession;
  listener: ChannelListener;
  commands: CommandCache;
  fetchImage(url: string): Promise<PictureToUpload>;
  postPage: ((path: string, body: JsonObject) => Promise<number>) | undefined;
  /** Ids of messages that are results of the account's other jobs. The channel listener knows only the jobs of this process. */
  recentResultIds(): Promise<readonly string[]>;
  updates: UpdateStream;
  /** Aborted: the run ends without a final update. */
  signal: AbortSignal;
}

export interface RunPlan {
  jobId: string;
  status: JobStatus;
  request: BotRequest;
  /** The custom id of the pressed button, or null. */
  pressed: string | null;
  operation: MidjourneyOperation;
  resumed: boolean;
}

/**
 * The event that a run waits for, and the action if it does not come:
 *
 * - `answer`  The request is being sent or was sent. Without an answer the job fails.
 * - `search`  The fate of the job is unknown: after a restart, a lost connection, or a start message without result. If the search finds nothing, the
 *             request is sent once more under a new nonce; after that the job fails with `otherwise`.
 * - `result`  Midjourney is working on the job or has queued it. The queue's time limit applies.
 *
 * Before each action the channel's history is read (`historyRead`) and its messages are handled.
 */
export type WaitState = { untilMs: number; historyRead: boolean } & (
  | { for: 'answer' }
  | { for: 'search'; otherwise: JobFailure; repeatAtMs: number }
  | { for: 'result' }
);

/** The state of one job's run, shared by all its steps. */
export interface MidjourneyRun extends RunDeps, Omit<RunPlan, 'operation'> {
  readonly subscription: JobSubscription;
  readonly reporter: ProgressReporter;
  readonly sender: RequestSender;
  wait: WaitState;
  /** The bot has answered the request in any way. */
  answered: boolean;
  formSent: boolean;
  /** The session was lost while the request was being sent, so the bot's answer may be lost. */
  lostEventsWhileRequesting: boolean;
  /** The last text of Midjourney that was neither an answer nor a refusal. */
  remark: { failure: JobFailure; message: BotMessage } | null;
  /** Why the job failed, if the failure may concern the account too. */
  failure: JobFailure | undefined;
}

/** The history is searched for a job without any event for this long. */
const STALL_MS = 60_000;
const MAX_ATTEMPTS = 2;

export const SILENT: JobFailure = { code: 'upstream-silent', title: 'Midjourney did not answer', details: null };
export const LOST: JobFailure = {
  code: 'upstream-failed',
  title: 'Midjourney dropped the job',
  details: 'Its start message was deleted, and no result was posted.',
};
export const UNKNOWN_SWITCH: JobFailure = {
  ...SILENT,
  details: 'It is unknown whether the setting was switched. A second request could switch it back, so none was sent.',
};

/** Creates a run that has sent nothing yet. Its subscription is open, so no answer is lost. */
export function createRun(deps: RunDeps, plan: RunPlan, info: SessionInfo): MidjourneyRun {
  const { jobId, request, operation, status } = plan;
  const subscription = deps.listener.subscribe({
    key: jobId,
    answer: request.answer,
    operation,
    effect: request.effect,
    command: request.command,
    info,
  });
  const current = (): MidjourneyOperation => subscription.operation;
  if (operation.videos) subscription.markDelivered(operation.videos.taken);
  const sender = createRequestSender({
    session: deps.session,
    waitForSession: () => waitForSession(deps, deps.settings.firstAnswerTimeoutMs),
    commands: deps.commands,
    fetchImage: deps.fetchImage,
    postPage: deps.postPage,
    operation: current,
    expect: (change) => subscription.change(change),
  });
  return {
    ...deps,
    ...plan,
    subscription,
    reporter: createProgressReporter(deps.updates, current, status),
    sender,
    wait: { for: 'answer', untilMs: Infinity, historyRead: false },
    answered: false,
    formSent: operation.modalNonce !== null,
    lostEventsWhileRequesting: false,
    remark: null,
    failure: undefined,
  };
}

/** Sends a request without waiting for it: the bot's events may arrive before Discord's REST answer and count as much. */
export function send(run: MidjourneyRun, request: () => Promise<void>): void {
  run.lostEventsWhileRequesting = false;
  run.wait = { for: 'answer', untilMs: Infinity, historyRead: false };
  request().then(
    () => run.subscription.push({ type: 'request-sent' }),
    (error: unknown) => run.subscription.push({ type: 'request-failed', error }),
  );
}

export function waitForAnswer(run: MidjourneyRun): void {
  run.wait = { for: 'answer', untilMs: run.clock.now() + run.settings.firstAnswerTimeoutMs, historyRead: false };
}

export function waitForResult(run: MidjourneyRun): void {
  run.subscription.setLikelyMatches('after-wait');
  run.wait = { for: 'result', untilMs: run.clock.now() + STALL_MS, historyRead: false };
}

/** If Discord has confirmed the interaction, the request is repeated only after the time that an answer may take; otherwise sooner. */
export function searchHistory(run: MidjourneyRun, otherwise: JobFailure): void {
  const { firstAnswerTimeoutMs, historyGraceMs } = run.settings;
  const { interactionIds, messageIds } = run.subscription.operation;
  const taken = interactionIds.length > 0 && messageIds.length === 0;
  const graceMs = taken ? Math.max(firstAnswerTimeoutMs, historyGraceMs) : historyGraceMs;
  const nowMs = run.clock.now();
  run.wait = { for: 'search', otherwise, untilMs: nowMs + historyGraceMs, repeatAtMs: nowMs + graceMs, historyRead: false };
}

/** Reports the failure. Always returns true: the job has ended. */
export function fail(run: MidjourneyRun, failure: JobFailure, message: BotMessage | null = null): true {
  run.failure = failure;
  run.reporter.failed(failure, message);
  return true;
}

/** Sends the request once more, under a new nonce that is written first. Returns true if the job has ended instead. */
export async function repeatRequest(run: MidjourneyRun, otherwise: JobFailure): Promise<boolean> {
  const { request, subscription, ids } = run;
  if (request.repeat === 'never') return fail(run, UNKNOWN_SWITCH);
  const { attempts, nonces } = subscription.operation;
  if (attempts >= MAX_ATTEMPTS) return fail(run, otherwise);
  run.log.warn({ jobId: run.jobId }, 'found no message of the job at Midjourney: repeating the request once');
  subscription.change({
    attempts: attempts + 1,
    nonces: [...nonces, ids.snowflake()],
    modalNonce: null,
    interactionIds: [],
    messageIds: [],
    // The Midjourney job of a video is known before its request.
    jobUuids: subscription.operation.videos ? subscription.operation.jobUuids : [],
    prompt: request.prompt,
    echo: null,
    cancel: null,
  });
  subscription.setLikelyMatches('after-wait');
  run.formSent = false;
  await run.reporter.writeOperation();
  if (!run.signal.aborted) send(run, () => request.send(run.sender));
  return false;
}
