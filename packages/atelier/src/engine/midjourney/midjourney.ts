import type { DiscordSession } from '../../discord/discord.ts';
import type { AccountTrouble } from '../../core/account.ts';
import { ERROR_CODES, JobError, type JobFailure } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import { type JsonObject, type JsonValue, asText } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { Engine, EngineUpdate, RunOptions } from '../../core/engine.ts';
import { afterResult, followJob, holdResult, planVideo, requestVideo, withAllVideos } from './run/follow-job.ts';
import { createRequestSender, type PictureToUpload } from './requests/request-sender.ts';
import { failureOf } from './requests/failures.ts';
import { MIDJOURNEY_BOT_ID } from './messages/message.ts';
import { createOperation, parseOperation } from './requests/operation.ts';
import { createUpdateStream } from './run/progress-reporter.ts';
import type { EngineSettings, RunDeps, RunPlan } from './run/midjourney-run.ts';
import { waitForSession, createSessionPool, type OpenAccount, type SharedSession } from './run/session-pool.ts';
import { toBotRequest } from './requests/bot-request.ts';

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
  /** Downloads a picture for /blend or /describe through the URL guard. Rejects with `UrlFetchError`. */
  fetchImage(url: string): Promise<PictureToUpload>;
  /** POSTs to the host of Midjourney's page inside Discord and returns the HTTP status. If left out, Vary (Region) fails. */
  postPage?(path: string, body: JsonObject): Promise<number>;
  /**
   * Returns ids of messages that are results of other jobs on this account. The engine asks after a restart, so that a job does not take
   * the finished picture of another job with an equal prompt. If left out: none.
   */
  recentResultIds?(accountId: string): Promise<readonly string[]>;
  settings: EngineSettings;
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
  const { clock, ids, log, settings } = deps;
  const sessions = createSessionPool(deps);
  const closing = new AbortController();

  const openShared = async (accountId: string): Promise<SharedSession | undefined> => {
    const account = await deps.openAccount(accountId);
    return account && sessions.of(account);
  };

  async function plan(job: Job): Promise<JsonValue> {
    if (job.accountId === null) throw new Error(`job ${job.id} has no account`);
    const account = await deps.openAccount(job.accountId);
    const { prompt, sourceMessageId } = toBotRequest(job.verb, job.input);
    return createOperation({
      accountId: job.accountId,
      channelId: account?.channelId ?? '',
      guildId: account?.guildId ?? '',
      plannedAtMs: clock.now(),
      nonce: ids.snowflake(),
      prompt,
      sourceMessageId,
    });
  }

  /**
   * Runs the job and reports through `options.updates`. If the session is dropped meanwhile, the job continues on the account's next session.
   */
  async function runJob(job: Job, value: JsonValue, resumed: boolean, options: Pick<RunDeps, 'updates' | 'signal'>): Promise<void> {
    const planned = parseOperation(value);
    const first = planned.videos
      ? requestVideo(planned.videos)
      : { request: toBotRequest(job.verb, job.input), pressed: asText(job.input['customId']) ?? null };
    let runPlan: RunPlan = { jobId: job.id, status: job.status, ...first, operation: planned, resumed };
    const { accountId, channelId } = runPlan.operation;
    const recentResultIds = async (): Promise<readonly string[]> => (await deps.recentResultIds?.(accountId)) ?? [];
    while (!options.signal.aborted) {
      const shared = await openShared(accountId);
      if (!shared) {
        options.updates.push({ type: 'failed', failure: GONE, message: null });
        return;
      }
      const { session, commands, closed } = shared;
      const signal = AbortSignal.any([options.signal, closed]);
      const { updates, result } = holdResult(options.updates);
      const listener = shared.listener(channelId);
      const { fetchImage, postPage } = deps;
      const end = await followJob(
        { clock, ids, log, settings, session, commands, listener, fetchImage, postPage, recentResultIds, updates, signal },
        runPlan,
      );
      if (end.failure && ERROR_CODES[end.failure.code].onAccount === 'pause') {
        deps.onAccountTrouble(accountId, { kind: 'pause', failure: end.failure });
      }
      runPlan = { ...runPlan, operation: end.operation, status: end.status, resumed: true };
      if (!end.ended) continue;
      const last = result();
      if (!last) return;
      const videos = afterResult(end.operation.videos, last);
      if (!videos || videos.left.length === 0) {
        options.updates.push(videos ? withAllVideos(videos, last) : last);
        return;
      }
      const operation = planVideo(end.operation, videos, { nonce: ids.snowflake(), plannedAtMs: clock.now() });
      await options.updates.write({ type: 'operation', operation });
      runPlan = { ...runPlan, ...requestVideo(videos), operation, resumed: false };
    }
  }

  return {
    name: 'midjourney',
    plan,
    async *run(job: Job, operation: JsonValue, options: RunOptions): AsyncGenerator<EngineUpdate, void> {
      const stopping = new AbortController();
      const signal = AbortSignal.any([options.signal, stopping.signal, closing.signal]);
      const updates = createUpdateStream(clock);
      const done = runJob(job, operation, options.resumed, { updates, signal }).then(
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
        const shared = operation?.cancel && (await openShared(operation.accountId));
        if (!operation?.cancel || !shared) return;
        const nonces = [ids.snowflake()];
        const sender = createRequestSender({
          ...shared,
          waitForSession: () => waitForSession({ clock, session: shared.session, signal: closing.signal }, settings.firstAnswerTimeoutMs),
          fetchImage: deps.fetchImage,
          operation: () => ({ ...operation, nonces }),
          expect: () => {},
        });
        await sender.press({ ...operation.cancel, messageFlags: 0 });
      } catch (error) {
        log.warn({ err: error, jobId: job.id }, 'could not press the Cancel button: the job may go on at Midjourney');
      }
    },
    async warm(accountId) {
      try {
        const shared = await openShared(accountId);
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
