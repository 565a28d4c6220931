import type { DiscordSession, SessionInfo } from '../../discord/discord.ts';
import type { AccountTrouble } from '../../core/account.ts';
import { ERROR_CODES, JobError, type JobFailure } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import { type JsonObject, type JsonValue, asText } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { Engine, EngineResult, EngineUpdate, RunOptions } from '../../core/engine.ts';
import { failureOf } from './requests/failures.ts';
import { MIDJOURNEY_BOT_ID } from './messages/message.ts';
import { createOperation, parseOperation } from './requests/operation.ts';
import { toBotRequest } from './requests/bot-request.ts';
import type { AddedJob, ChannelSettings } from './channel-state.ts';
import { createSessionPool, type OpenAccount, type SessionPool, type SharedSession } from './run/session-pool.ts';
import { createUpdateStream, type UpdateStream } from './run/update-stream.ts';
import { openSender, type PictureToUpload, waitForSession } from './run/request-sender.ts';

export interface MidjourneyDeps {
  clock: Clock;
  ids: Ids;
  log: Log;
  /** Returns channel, server and decrypted token of an account; undefined if the account was removed. */
  openAccount(accountId: string): Promise<OpenAccount | undefined>;
  createSession(token: string): DiscordSession;
  /** Called when a job shows a problem of the account: a moderation notice, a human check, a ban, a wrong token, a limit that passes. */
  onAccountTrouble(accountId: string, trouble: AccountTrouble): void;
  /** Called when the session is ready or the bot answered: ends a hold with the code `upstream-unreachable`, and resets the back-off of holds. */
  onAccountWell(accountId: string): void;
  /** Called when Discord replaced the token of the account; the old token is to be discarded. */
  onFreshToken(accountId: string, token: string): void;
  /**
   * Called with the result of a job that has already ended without one, however it ended. Returns at once. The files are copied and shown with the job;
   * its state never changes, and a job that has a result takes no other.
   */
  onLateResult(jobId: string, result: EngineResult): void;
  /** Downloads a picture for /blend or /describe through the URL guard, or reads an upload (`upload:…`). Rejects with `UrlFetchError`. */
  fetchImage(url: string): Promise<PictureToUpload>;
  /** POSTs to the host of Midjourney's page inside Discord and returns the HTTP status. If left out, Vary (Region) fails. */
  postPage?(path: string, body: JsonObject): Promise<number>;
  /**
   * Returns ids of messages that are results of other jobs on this account. The engine asks after a restart, so that a job does not take
   * the finished picture of another job with an equal prompt. If left out: none.
   */
  recentResultIds?(accountId: string): Promise<readonly string[]>;
  settings: ChannelSettings;
}

export interface MidjourneyEngine extends Engine {
  /** Opens the Discord session of an account before its first job. Never rejects; problems go to `onAccountTrouble`. */
  warm(accountId: string): Promise<void>;
  /** Returns the id of the private channel between the token's user and the bot. Throws `JobError`. */
  findPrivateChannel(token: string): Promise<string>;
  /** Drops the session of an account that was removed or has a new token. */
  forget(accountId: string): Promise<void>;
  close(): Promise<void>;
}

const GONE: JobFailure = { code: 'upstream-refused', title: 'The account of this job was removed', details: null };

/** Runs jobs on Midjourney through Discord. Sends nothing before the first job runs or an account is warmed. */
export function createMidjourneyEngine(deps: MidjourneyDeps): MidjourneyEngine {
  const { clock, ids, log, settings, postPage } = deps;
  const recentResultIds = async (accountId: string): Promise<readonly string[]> => (await deps.recentResultIds?.(accountId)) ?? [];
  const sessions = createSessionPool({ ...deps, postPage, recentResultIds });
  const closing = new AbortController();
  const parts: EngineParts = { deps, sessions };

  return {
    name: 'midjourney',
    plan: (job) => planJob(deps, job),
    async *run(job: Job, operation: JsonValue, options: RunOptions): AsyncGenerator<EngineUpdate, void> {
      const stopping = new AbortController();
      const signal = AbortSignal.any([options.signal, stopping.signal, closing.signal]);
      const updates = createUpdateStream(clock);
      const done = runJob(parts, job, operation, { isResumed: options.resumed, updates, signal }).then(
        () => updates.end(),
        (error: unknown) => updates.end(error),
      );
      signal.addEventListener('abort', () => updates.drop(), { once: true });
      if (signal.aborted) updates.drop();
      try {
        yield* updates.read();
      } finally {
        stopping.abort();
        await done;
      }
    },
    async cancel(job) {
      try {
        const operation = job.operation === null ? undefined : parseOperation(job.operation);
        const shared = operation?.cancel && (await openShared(parts, operation.accountId));
        if (!operation?.cancel || !shared) return;
        const { firstAnswerTimeoutMs: sessionTimeoutMs } = settings;
        const pressed = { ...operation, nonces: [ids.snowflake()] };
        const { signal } = closing;
        const { session, commands } = shared;
        const { fetchImage } = deps;
        const sender = openSender({ clock, session, commands, fetchImage, operation: pressed, signal, sessionTimeoutMs, expect: () => {} });
        await sender.press({ ...operation.cancel, messageFlags: 0 });
      } catch (error) {
        log.warn({ err: error, jobId: job.id }, 'could not press the Cancel button: the job may go on at Midjourney');
      }
    },
    async warm(accountId) {
      try {
        const shared = await openShared(parts, accountId);
        if (shared) await waitForSession({ clock, session: shared.session, signal: closing.signal }, settings.firstAnswerTimeoutMs);
      } catch (error) {
        // The session's own event reports a wrong token; every other error ends by itself.
        log.warn({ err: error, accountId }, 'could not open the Discord session ahead of the first job: the next job tries again');
      }
    },
    findPrivateChannel: (token) => findPrivateChannel(deps.createSession, token),
    forget: (accountId) => sessions.forget(accountId),
    async close() {
      closing.abort();
      await sessions.close();
    },
  };
}

interface EngineParts {
  readonly deps: MidjourneyDeps;
  readonly sessions: SessionPool;
}

async function openShared({ deps, sessions }: EngineParts, accountId: string): Promise<SharedSession | undefined> {
  const account = await deps.openAccount(accountId);
  return account && sessions.of(account);
}

async function planJob({ openAccount, clock, ids }: MidjourneyDeps, job: Job): Promise<JsonValue> {
  if (job.accountId === null) throw new Error(`job ${job.id} has no account`);
  const account = await openAccount(job.accountId);
  const { bot, prompt, sourceMessageId, jobUuids } = toBotRequest(job.verb, job.input);
  return createOperation({
    accountId: job.accountId,
    channelId: account?.channelId ?? '',
    guildId: account?.guildId ?? '',
    plannedAtMs: clock.now(),
    nonce: ids.snowflake(),
    bot,
    prompt,
    sourceMessageId,
    jobUuids,
  });
}

interface EngineRunOptions {
  isResumed: boolean;
  updates: UpdateStream;
  signal: AbortSignal;
}

/** Runs the job and reports through `updates`. If the session is dropped meanwhile, the job continues on the account's next session. */
async function runJob(parts: EngineParts, job: Job, planned: JsonValue, { isResumed, updates, signal }: EngineRunOptions): Promise<void> {
  const fail = (failure: JobFailure): void => updates.push({ type: 'failed', failure, message: null });
  const { refusal } = toBotRequest(job.verb, job.input);
  const pressed = asText(job.input['customId']) ?? null;
  const stored = parseOperation(planned);
  // Progress without other news is not written into the operation.
  const operation = { ...stored, percent: Math.max(stored.percent, job.progressPercent) };
  let run: AddedJob = { jobId: job.id, verb: job.verb, input: job.input, pressed, status: job.status, operation };
  let isAgain = isResumed;
  if (refusal) {
    fail(refusal);
    return;
  }
  while (!signal.aborted) {
    const shared = await openShared(parts, run.operation.accountId);
    if (!shared) {
      fail(GONE);
      return;
    }
    const session = await openSession(parts, shared, { isResumed: isAgain, signal });
    if (!session) return;
    if ('failure' in session) {
      refuse(parts, run.operation.accountId, session.failure, updates);
      return;
    }
    const end = await shared
      .channel(run.operation)
      .run(run, { ...session, isResumed: isAgain, updates, signal: AbortSignal.any([signal, shared.closed]) });
    if (end.ended) return;
    run = { ...run, operation: end.operation, status: end.status };
    isAgain = true;
  }
}

/**
 * Returns the session of the Discord user, a failure if Discord cannot be reached, or undefined after an abort. A resumed job waits without a
 * limit, because it may be running already.
 */
async function openSession(
  { deps: { clock, settings } }: EngineParts,
  { session, closed }: SharedSession,
  { isResumed, signal }: Pick<EngineRunOptions, 'isResumed' | 'signal'>,
): Promise<{ info: SessionInfo } | { failure: JobFailure } | undefined> {
  const stop = AbortSignal.any([signal, closed]);
  try {
    return { info: await waitForSession({ clock, session, signal: stop }, isResumed ? Infinity : settings.firstAnswerTimeoutMs) };
  } catch (error) {
    if (signal.aborted) return undefined;
    const failure = failureOf(error);
    if (!failure) throw error;
    return { failure };
  }
}

/** Nothing was sent: while the account is held the job waits in the queue; any other failure ends it. */
function refuse({ deps }: EngineParts, accountId: string, failure: JobFailure, updates: UpdateStream): void {
  const isHold = ERROR_CODES[failure.code].onAccount === 'hold';
  if (isHold) deps.onAccountTrouble(accountId, { kind: 'hold', failure, forMs: null });
  updates.push(isHold ? { type: 'requeued', failure } : { type: 'failed', failure, message: null });
}

/**
 * Returns the id of the private channel between the token's user and the bot; Discord opens one if there is none. Throws `JobError`:
 * `invalid-request` if Discord does not accept the token, otherwise Discord's failure. Makes no gateway connection. Source: useapi,
 * account/midjourney, August 2025.
 */
async function findPrivateChannel(createSession: (token: string) => DiscordSession, token: string): Promise<string> {
  const session = createSession(token);
  try {
    return await session.openPrivateChannel(MIDJOURNEY_BOT_ID);
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    if (failure.code === 'account-unauthorized')
      throw new JobError('invalid-request', 'Discord does not accept this token', { facts: { field: 'discord' }, cause: error });
    throw new JobError(failure.code, failure.title, { cause: error });
  } finally {
    await session.close();
  }
}
