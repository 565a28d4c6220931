import type { Clock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { AccountTrouble } from '../../../core/account.ts';
import type { EngineResult, EngineUpdate } from '../../../core/engine.ts';
import type { JobStatus } from '../../../core/job.ts';
import type { DiscordSession, SessionEvent, SessionInfo } from '../../../discord/discord.ts';
import {
  type AddedJob,
  type ChannelEffect,
  type ChannelEvent,
  type ChannelSettings,
  type ChannelState,
  createChannelState,
} from '../channel-state.ts';
import { mediaOf, offeredButtons, type ParsedMessage, toUpstreamMessage } from '../messages/message.ts';
import { fatalFailure, toAskFailure } from '../requests/failures.ts';
import { findCandidate } from '../matching/matching-state.ts';
import { createOperation, type MidjourneyOperation } from '../requests/operation.ts';
import { updateChannel } from '../update-channel.ts';
import type { CommandCache } from './command-cache.ts';
import { readChannelHistory } from './read-history.ts';
import { type PictureToUpload, sendAsk, sendRelax, type AskDeps } from './request-sender.ts';
import type { UpdateStream } from './update-stream.ts';

/** A result that came after the end of its job. */
export interface ChannelDriverDeps {
  clock: Clock;
  log: Log;
  session: DiscordSession;
  channelId: string;
  guildId: string;
  commands: CommandCache;
  settings: ChannelSettings;
  nonceSalt: number;
  fetchImage(url: string): Promise<PictureToUpload>;
  postPage: ((path: string, body: JsonObject) => Promise<number>) | undefined;
  /** Ids of messages that are results of the account's other jobs. A channel knows only the jobs of this process. */
  recentResultIds(accountId: string): Promise<readonly string[]>;
  onTrouble(trouble: AccountTrouble): void;
  onWell(): void;
  onLateResult(jobId: string, result: EngineResult): void;
}

/** The state of a job when its run ends. */
export interface RunEnd {
  /** False if the run was aborted before the job ended. */
  ended: boolean;
  operation: MidjourneyOperation;
  status: JobStatus;
}

/** Runs the jobs of one channel as one Discord user: feeds events to `updateChannel` and performs its effects, and nothing else. */
export interface ChannelDriver {
  /** Runs a job until its final update, or until the signal aborts. Throws if the engine has a bug. */
  run(job: AddedJob, options: { info: SessionInfo; isResumed: boolean; updates: UpdateStream; signal: AbortSignal }): Promise<RunEnd>;
  onEvent(event: SessionEvent): void;
  /** Takes no more events and performs no more effects. */
  close(): void;
}

/** The ports of a job that runs. */
interface DrivenJob {
  readonly updates: UpdateStream;
  readonly signal: AbortSignal;
  /** Takes back a request that has not been sent. */
  recall: AbortController;
  status: JobStatus;
  readonly end: (ended: boolean) => void;
  readonly crash: (error: unknown) => void;
}

/** The parts of a driver. `dispatch` alone replaces the state. */
interface Driver {
  readonly deps: ChannelDriverDeps;
  state: ChannelState | undefined;
  readonly jobs: Map<string, DrivenJob>;
  readonly waiting: ChannelEvent[];
  isBusy: boolean;
  isClosed: boolean;
  wakeAtMs: number;
  cancelWake: () => void;
}

export function createChannelDriver(deps: ChannelDriverDeps): ChannelDriver {
  const driver: Driver = {
    deps,
    state: undefined,
    jobs: new Map(),
    waiting: [],
    isBusy: false,
    isClosed: false,
    wakeAtMs: Infinity,
    cancelWake: () => {},
  };
  return {
    run: (job, options) => runJob(driver, job, options),
    onEvent: (event) => onSessionEvent(driver, event),
    close() {
      driver.isClosed = true;
      driver.cancelWake();
    },
  };
}

async function runJob(driver: Driver, job: AddedJob, options: Parameters<ChannelDriver['run']>[1]): Promise<RunEnd> {
  const { info, isResumed, updates, signal } = options;
  openState(driver, info);
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const running: DrivenJob = { updates, signal, recall: new AbortController(), status: job.status, end: resolve, crash: reject };
  driver.jobs.set(job.jobId, running);
  const onAbort = (): void => resolve(false);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) resolve(false);
  else dispatch(driver, { type: 'job-added', job, isResumed });
  try {
    const ended = await promise;
    const operation = driver.state && findCandidate(driver.state.matching, job.jobId)?.operation;
    if (!ended) dispatch(driver, { type: 'job-stopped', jobId: job.jobId });
    return { ended, operation: operation ?? job.operation, status: running.status };
  } finally {
    signal.removeEventListener('abort', onAbort);
    running.recall.abort();
    if (driver.jobs.get(job.jobId) === running) driver.jobs.delete(job.jobId);
  }
}

function openState(driver: Driver, info: SessionInfo): void {
  const { channelId, nonceSalt, session } = driver.deps;
  driver.state ??= createChannelState({ channelId, nonceSalt, ...info, skewMs: session.clockSkewMs() });
}

function onSessionEvent(driver: Driver, event: SessionEvent): void {
  if (driver.isClosed) return;
  if (event.type === 'ready') {
    openState(driver, event.info);
    const { sessionId, userId, requiredAction = null } = event.info;
    dispatch(driver, { type: 'session-ready', sessionId, userId, requiredAction });
  } else if (!driver.state) return;
  else if (event.type === 'dispatch') dispatch(driver, { type: 'dispatch', name: event.name, data: event.data });
  else if (event.type === 'resumed') {
    const { sessionId, matching } = driver.state;
    dispatch(driver, { type: 'session-ready', sessionId, userId: matching.userId, requiredAction: null });
  } else if (event.type === 'disconnected') dispatch(driver, { type: 'session-lost' });
  else if (event.type === 'fatal') dispatch(driver, { type: 'session-ended', failure: fatalFailure(event.error) });
}

/** Events that arrive while effects are performed wait their turn. */
function dispatch(driver: Driver, event: ChannelEvent): void {
  driver.waiting.push(event);
  if (driver.isBusy) return;
  driver.isBusy = true;
  try {
    for (let next = driver.waiting.shift(); next; next = driver.waiting.shift()) step(driver, next);
  } finally {
    driver.isBusy = false;
  }
}

function step(driver: Driver, event: ChannelEvent): void {
  const { clock, session, settings } = driver.deps;
  if (!driver.state || driver.isClosed) return;
  const { state, effects } = updateChannel(driver.state, event, { nowMs: clock.now(), skewMs: session.clockSkewMs(), settings });
  driver.state = state;
  for (const effect of effects) perform(driver, effect);
}

function perform(driver: Driver, effect: ChannelEffect): void {
  const { deps } = driver;
  switch (effect.type) {
    case 'report':
      report(driver, effect.jobId, effect.update);
      return;
    case 'ask':
      void send(driver, effect);
      return;
    case 'recall':
      driver.jobs.get(effect.jobId)?.recall.abort();
      return;
    case 'read-history':
      void readHistory(driver, effect);
      return;
    case 'late-result':
      deps.onLateResult(effect.jobId, toLateResult(effect.parsed));
      return;
    case 'trouble':
      deps.onTrouble(effect.trouble);
      return;
    case 'well':
      deps.onWell();
      return;
    case 'switch-to-relax':
      void switchToRelax(driver, effect.nonce);
      return;
    case 'warning':
      deps.log.warn(effect.facts, effect.text);
      return;
    case 'wake-at':
      wakeAt(driver, effect.atMs);
  }
}

function report(driver: Driver, jobId: string, update: EngineUpdate): void {
  const job = driver.jobs.get(jobId);
  if (!job) return;
  job.updates.push(update);
  if (update.type === 'started' || update.type === 'progress') job.status = update.type;
  if (update.type === 'completed' || update.type === 'failed' || update.type === 'requeued') job.end(true);
}

async function send(driver: Driver, { jobId, nonce, ask, operation, mustWrite }: Extract<ChannelEffect, { type: 'ask' }>): Promise<void> {
  const job = driver.jobs.get(jobId);
  if (!job) return;
  if (mustWrite) await job.updates.write({ type: 'operation', operation });
  if (job.signal.aborted) return;
  if (job.recall.signal.aborted) job.recall = new AbortController();
  const expect = (jobUuids: readonly string[]): void => dispatch(driver, { type: 'ask-expects', jobId, jobUuids });
  const { verb, input } = driver.state?.courses[jobId] ?? { verb: '', input: {} };
  try {
    await sendAsk({ ...askDeps(driver, operation, job.recall.signal), expect }, { ask, verb, input });
    dispatch(driver, { type: 'ask-accepted', jobId, nonce });
  } catch (error) {
    const failed = toAskFailure(error);
    if (failed) dispatch(driver, { type: 'ask-failed', jobId, nonce, ...failed });
    else job.crash(error);
  }
}

function askDeps({ deps }: Driver, operation: MidjourneyOperation, signal: AbortSignal): Omit<AskDeps, 'expect'> {
  const { clock, session, commands, fetchImage, postPage, settings } = deps;
  return { clock, session, commands, fetchImage, postPage, operation, signal, sessionTimeoutMs: settings.firstAnswerTimeoutMs };
}

async function readHistory(driver: Driver, { afterId, accountId }: Extract<ChannelEffect, { type: 'read-history' }>): Promise<void> {
  const { deps } = driver;
  try {
    dispatch(driver, { type: 'results-known', messageIds: await deps.recentResultIds(accountId) });
    const { messages, isComplete } = await readChannelHistory(deps.session, deps.channelId, BigInt(afterId));
    dispatch(driver, { type: 'history-read', found: { messages, isComplete } });
  } catch (error) {
    deps.log.warn(
      { err: error, channelId: deps.channelId },
      "could not read the channel's history: unmatched messages wait for the next read",
    );
    dispatch(driver, { type: 'history-read', found: null });
  }
}

async function switchToRelax(driver: Driver, nonce: string): Promise<void> {
  const { deps } = driver;
  const { channelId, guildId, clock } = deps;
  const facts = { accountId: '', channelId, guildId, plannedAtMs: clock.now(), nonce, prompt: null, sourceMessageId: null };
  try {
    await sendRelax(askDeps(driver, createOperation(facts), new AbortController().signal));
    deps.log.info({ channelId: deps.channelId }, 'fast hours are used up: the account goes on in relax mode');
  } catch (error) {
    deps.log.warn({ err: error, channelId: deps.channelId }, 'could not switch the account to relax mode: it is held');
  }
}

const toLateResult = ({ message }: ParsedMessage): EngineResult => ({
  message: toUpstreamMessage(message),
  buttons: offeredButtons(message),
  media: mediaOf(message),
  data: {},
});

function wakeAt(driver: Driver, atMs: number): void {
  if (atMs === driver.wakeAtMs) return;
  driver.cancelWake();
  driver.wakeAtMs = atMs;
  driver.cancelWake = () => {};
  if (!Number.isFinite(atMs)) return;
  driver.cancelWake = driver.deps.clock.after(Math.max(0, atMs - driver.deps.clock.now()), () => {
    driver.wakeAtMs = Infinity;
    dispatch(driver, { type: 'tick' });
  });
}
