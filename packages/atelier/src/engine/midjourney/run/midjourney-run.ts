import type { DiscordSession, SessionInfo } from '../../../discord/discord.ts';
import type { JobFailure } from '../../../core/errors.ts';
import type { JobStatus } from '../../../core/job.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { CommandCache } from '../requests/command-cache.ts';
import { waitForSession } from './session-pool.ts';
import type { ChannelListener, JobSubscription } from '../matching/channel-listener.ts';
import { createRequestSender, type RequestSender, type PictureToUpload } from '../requests/request-sender.ts';
import type { BotMessage } from '../messages/message.ts';
import type { MidjourneyOperation } from '../requests/operation.ts';
import type { UpdateStream } from './update-stream.ts';
import { createProgressReporter, type ProgressReporter } from './progress-reporter.ts';
import type { MidjourneyRequest } from '../requests/midjourney-request.ts';

export interface EngineSettings {
  /** How long Midjourney may leave a request without any answer. */
  firstAnswerTimeoutMs: number;
  /** How long evidence of a job is waited for, when it is not known what became of it, before it is asked for again. */
  historyGraceMs: number;
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
  /** Messages that are the results of the account's other jobs: the listener knows only those of this process. */
  recentResultIds(): Promise<readonly string[]>;
  updates: UpdateStream;
  /** Aborted: stop without a final update. */
  signal: AbortSignal;
}

export interface RunPlan {
  jobId: string;
  status: JobStatus;
  request: MidjourneyRequest;
  /** The custom id of the button that was pressed, if one was. */
  pressed: string | null;
  operation: MidjourneyOperation;
  resumed: boolean;
}

/**
 * What a run waits for, and what it does when that does not come:
 *
 * - `answer`  Midjourney is being asked, or was. Without any answer the job fails.
 * - `search`  It is not known what became of the job: a restart, a lost connection, a start message that vanished. Without
 *             evidence it is asked for again, once, under a new nonce; then it fails with `otherwise`.
 * - `result`  Midjourney is at work, or holds the job back. It has all the time that the queue allows.
 *
 * In each case the channel's history is read first (`looked`), and what it holds is taken before anything is concluded.
 */
export type WaitState = { untilMs: number; historyRead: boolean } & (
  | { for: 'answer' }
  | { for: 'search'; otherwise: JobFailure; repeatAtMs: number }
  | { for: 'result' }
);

/** One job on its way: what all its steps share. */
export interface MidjourneyRun extends RunDeps, Omit<RunPlan, 'operation'> {
  readonly subscription: JobSubscription;
  readonly reporter: ProgressReporter;
  readonly sender: RequestSender;
  wait: WaitState;
  /** The bot has answered the request, with whatever. */
  answered: boolean;
  formSent: boolean;
  /** The session was lost while Discord was being asked: the answer may have been said to it before Discord's own came. */
  lostEventsWhileRequesting: boolean;
  /** The latest thing Midjourney said that was no answer and no refusal. */
  remark: { failure: JobFailure; message: BotMessage } | null;
  /** Why the job failed, where that is news about the account too. */
  failure: JobFailure | undefined;
}

/** A job that shows no sign of life for so long is looked for in the history. */
const STALL_MS = 60_000;
const MAX_ATTEMPTS = 2;

export const SILENT: JobFailure = { code: 'upstream-silent', title: 'Midjourney did not answer', details: null };
export const LOST: JobFailure = {
  code: 'upstream-failed',
  title: 'Midjourney dropped the job',
  details: 'Its start message is gone, and there is no result.',
};
export const UNKNOWN_SWITCH: JobFailure = {
  ...SILENT,
  details: 'It is not known whether the setting was switched; asking again could switch it back.',
};

/** A run that has asked nothing yet; its subscription is open, so that no answer can be missed. */
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

/** Puts a request without waiting for it: events may come before Discord's own answer, and are as good. */
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

/** An interaction that Discord has confirmed gets the time that an answer may take before it is put again; one that may never have arrived, less. */
export function searchHistory(run: MidjourneyRun, otherwise: JobFailure): void {
  const { firstAnswerTimeoutMs, historyGraceMs } = run.settings;
  const { interactionIds, messageIds } = run.subscription.operation;
  const taken = interactionIds.length > 0 && messageIds.length === 0;
  const graceMs = taken ? Math.max(firstAnswerTimeoutMs, historyGraceMs) : historyGraceMs;
  const nowMs = run.clock.now();
  run.wait = { for: 'search', otherwise, untilMs: nowMs + historyGraceMs, repeatAtMs: nowMs + graceMs, historyRead: false };
}

/** True, always: the job has ended. */
export function fail(run: MidjourneyRun, failure: JobFailure, message: BotMessage | null = null): true {
  run.failure = failure;
  run.reporter.failed(failure, message);
  return true;
}

/** Asks once more, under a new nonce that is written first. True when the job has ended instead. */
export async function repeatRequest(run: MidjourneyRun, otherwise: JobFailure): Promise<boolean> {
  const { request, subscription, ids } = run;
  if (request.repeat === 'never') return fail(run, UNKNOWN_SWITCH);
  const { attempts, nonces } = subscription.operation;
  if (attempts >= MAX_ATTEMPTS) return fail(run, otherwise);
  run.log.warn({ jobId: run.jobId }, 'nothing is known of this job at Midjourney: asking again');
  subscription.change({
    attempts: attempts + 1,
    nonces: [...nonces, ids.snowflake()],
    modalNonce: null,
    interactionIds: [],
    messageIds: [],
    // Which job a video belongs to is known before it is asked for.
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
