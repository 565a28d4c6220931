import type { DiscordSession, SessionInfo } from '../../../discord/discord.ts';
import type { JobFailure } from '../../../core/errors.ts';
import type { JobStatus } from '../../../core/job.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { CommandBook } from '../requests/command-cache.ts';
import { connect } from './connect.ts';
import type { Desk, Ticket } from '../matching/channel-listener.ts';
import { createAsker, type Asker, type FetchedImage } from '../requests/request-sender.ts';
import type { BotMessage } from '../messages/message.ts';
import type { Operation } from '../requests/operation.ts';
import type { Outbox } from './update-stream.ts';
import { createReport, type Report } from './progress-reporter.ts';
import type { Ask } from '../requests/midjourney-request.ts';

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
  desk: Desk;
  commands: CommandBook;
  fetchImage(url: string): Promise<FetchedImage>;
  postPage: ((path: string, body: JsonObject) => Promise<number>) | undefined;
  /** Messages that are the results of the account's other jobs: the desk knows only those of this process. */
  recentResultIds(): Promise<readonly string[]>;
  outbox: Outbox;
  /** Aborted: stop without a final update. */
  signal: AbortSignal;
}

export interface RunRequest {
  jobId: string;
  status: JobStatus;
  ask: Ask;
  /** The custom id of the button that was pressed, if one was. */
  pressed: string | null;
  operation: Operation;
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
export type Waiting = { untilMs: number; looked: boolean } & (
  | { for: 'answer' }
  | { for: 'search'; otherwise: JobFailure; askAgainAtMs: number }
  | { for: 'result' }
);

/** One job on its way: what all its steps share. */
export interface Run extends RunDeps, Omit<RunRequest, 'operation'> {
  readonly ticket: Ticket;
  readonly report: Report;
  readonly asker: Asker;
  waiting: Waiting;
  /** The bot has answered the request, with whatever. */
  answered: boolean;
  formSent: boolean;
  /** The session was lost while Discord was being asked: the answer may have been said to it before Discord's own came. */
  gapWhileAsking: boolean;
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

/** A run that has asked nothing yet; its ticket is open, so that no answer can be missed. */
export function createRun(deps: RunDeps, request: RunRequest, info: SessionInfo): Run {
  const { jobId, ask, operation, status } = request;
  const ticket = deps.desk.open({ key: jobId, answer: ask.answer, operation, effect: ask.effect, command: ask.command, info });
  const current = (): Operation => ticket.operation;
  if (operation.videos) ticket.markTaken(operation.videos.taken);
  const asker = createAsker({
    session: deps.session,
    connect: () => connect(deps, deps.settings.firstAnswerTimeoutMs),
    commands: deps.commands,
    fetchImage: deps.fetchImage,
    postPage: deps.postPage,
    operation: current,
    expect: (change) => ticket.change(change),
  });
  return {
    ...deps,
    ...request,
    ticket,
    report: createReport(deps.outbox, current, status),
    asker,
    waiting: { for: 'answer', untilMs: Infinity, looked: false },
    answered: false,
    formSent: operation.modalNonce !== null,
    gapWhileAsking: false,
    remark: null,
    failure: undefined,
  };
}

/** Puts a request without waiting for it: events may come before Discord's own answer, and are as good. */
export function send(run: Run, request: () => Promise<void>): void {
  run.gapWhileAsking = false;
  run.waiting = { for: 'answer', untilMs: Infinity, looked: false };
  request().then(
    () => run.ticket.push({ type: 'asked' }),
    (error: unknown) => run.ticket.push({ type: 'ask-failed', error }),
  );
}

export function waitForAnswer(run: Run): void {
  run.waiting = { for: 'answer', untilMs: run.clock.now() + run.settings.firstAnswerTimeoutMs, looked: false };
}

export function waitForResult(run: Run): void {
  run.ticket.setPatience('usual');
  run.waiting = { for: 'result', untilMs: run.clock.now() + STALL_MS, looked: false };
}

/** An interaction that Discord has confirmed gets the time that an answer may take before it is put again; one that may never have arrived, less. */
export function search(run: Run, otherwise: JobFailure): void {
  const { firstAnswerTimeoutMs, historyGraceMs } = run.settings;
  const { interactionIds, messageIds } = run.ticket.operation;
  const taken = interactionIds.length > 0 && messageIds.length === 0;
  const graceMs = taken ? Math.max(firstAnswerTimeoutMs, historyGraceMs) : historyGraceMs;
  const nowMs = run.clock.now();
  run.waiting = { for: 'search', otherwise, untilMs: nowMs + historyGraceMs, askAgainAtMs: nowMs + graceMs, looked: false };
}

/** True, always: the job has ended. */
export function fail(run: Run, failure: JobFailure, message: BotMessage | null = null): true {
  run.failure = failure;
  run.report.failed(failure, message);
  return true;
}

/** Asks once more, under a new nonce that is written first. True when the job has ended instead. */
export async function askAgain(run: Run, otherwise: JobFailure): Promise<boolean> {
  const { ask, ticket, ids } = run;
  if (ask.repeat === 'never') return fail(run, UNKNOWN_SWITCH);
  const { attempts, nonces } = ticket.operation;
  if (attempts >= MAX_ATTEMPTS) return fail(run, otherwise);
  run.log.warn({ jobId: run.jobId }, 'nothing is known of this job at Midjourney: asking again');
  ticket.change({
    attempts: attempts + 1,
    nonces: [...nonces, ids.snowflake()],
    modalNonce: null,
    interactionIds: [],
    messageIds: [],
    // Which job a video belongs to is known before it is asked for.
    jobUuids: ticket.operation.videos ? ticket.operation.jobUuids : [],
    prompt: ask.prompt,
    echo: null,
    cancel: null,
  });
  ticket.setPatience('usual');
  run.formSent = false;
  await run.report.written();
  if (!run.signal.aborted) send(run, () => ask.send(run.asker));
  return false;
}
