import type { DiscordSession } from '../../discord/discord.ts';
import { ERROR_CODES, type JobFailure } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { JsonObject, JsonValue } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { Engine, EngineUpdate, RunOptions } from '../../core/engine.ts';
import { connect } from './run/connect.ts';
import { followJob } from './run/follow-job.ts';
import { createAsker, type FetchedImage } from './requests/request-sender.ts';
import { newOperation, readOperation } from './requests/operation.ts';
import { createOutbox } from './run/update-stream.ts';
import { findPrivateChannel } from './requests/private-channel.ts';
import { asText } from './messages/read-json.ts';
import type { EngineSettings, RunDeps, RunRequest } from './run/midjourney-run.ts';
import { createSessions, type OpenAccount, type SharedSession } from './run/session-pool.ts';
import { toAsk } from './requests/midjourney-request.ts';
import { afterResult, askForVideo, holdResult, planVideo, withAllVideos } from './messages/videos.ts';

export interface MidjourneyDeps {
  clock: Clock;
  ids: Ids;
  log: Log;
  /** Channel, server and opened token of an account; undefined when it is gone. */
  openAccount(accountId: string): Promise<OpenAccount | undefined>;
  createSession(token: string): DiscordSession;
  /** Something is wrong with the account itself, whichever job showed it: a moderation notice, a human check, a ban, a wrong token. */
  onAccountTrouble(accountId: string, failure: JobFailure): void;
  /** Downloads a picture for /blend or /describe; guarded. Rejects with `UrlFetchError`. */
  fetchImage(url: string): Promise<FetchedImage>;
  /** Sends what a page of Midjourney's inside Discord would send to its own host; the HTTP status. Left out: cannot be done. */
  postPage?(path: string, body: JsonObject): Promise<number>;
  /**
   * Messages that are already the results of jobs on this account, as far as they are at hand. Asked after a restart, so that
   * a job that was about to begin does not take the finished picture of another with the same prompt. Left out: none.
   */
  recentResultIds?(accountId: string): Promise<readonly string[]>;
  settings: EngineSettings;
}

export interface MidjourneyEngine extends Engine {
  /** Opens the Discord session of an account ahead of its first job. Never rejects; what is wrong is reported as trouble. */
  warm(accountId: string): Promise<void>;
  /** The private channel of a token's user with the bot. Throws `JobError`. */
  findPrivateChannel(token: string): Promise<string>;
  /** Lets go of an account's session: the account was removed, or has another token. */
  forget(accountId: string): Promise<void>;
  close(): Promise<void>;
}

const GONE: JobFailure = { code: 'upstream-refused', title: 'The account of this job was removed', details: null };

/** The engine for Midjourney through Discord. Nothing is sent until the first job runs or an account is warmed. */
export function createMidjourneyEngine(deps: MidjourneyDeps): MidjourneyEngine {
  const { clock, ids, log, settings } = deps;
  const sessions = createSessions(deps);
  const closing = new AbortController();

  const openShared = async (accountId: string): Promise<SharedSession | undefined> => {
    const account = await deps.openAccount(accountId);
    return account && sessions.of(account);
  };

  async function plan(job: Job): Promise<JsonValue> {
    if (job.accountId === null) throw new Error(`job ${job.id} has no account`);
    const account = await deps.openAccount(job.accountId);
    const { prompt, sourceMessageId } = toAsk(job.verb, job.input);
    return newOperation({
      accountId: job.accountId,
      channelId: account?.channelId ?? '',
      guildId: account?.guildId ?? '',
      plannedAtMs: clock.now(),
      nonce: ids.snowflake(),
      prompt,
      sourceMessageId,
    });
  }

  /** Reports everything through the outbox. A session that is let go of under the job is replaced by the account's next one. */
  async function carryOut(job: Job, value: JsonValue, resumed: boolean, way: Pick<RunDeps, 'outbox' | 'signal'>): Promise<void> {
    const planned = readOperation(value);
    const asked = planned.videos
      ? askForVideo(planned.videos)
      : { ask: toAsk(job.verb, job.input), pressed: asText(job.input['customId']) ?? null };
    let request: RunRequest = { jobId: job.id, status: job.status, ...asked, operation: planned, resumed };
    const { accountId, channelId } = request.operation;
    const recentResultIds = async (): Promise<readonly string[]> => (await deps.recentResultIds?.(accountId)) ?? [];
    while (!way.signal.aborted) {
      const shared = await openShared(accountId);
      if (!shared) {
        way.outbox.push({ type: 'failed', failure: GONE, message: null });
        return;
      }
      const { session, commands, closed } = shared;
      const signal = AbortSignal.any([way.signal, closed]);
      const { outbox, result } = holdResult(way.outbox);
      const desk = shared.desk(channelId);
      const { fetchImage, postPage } = deps;
      const end = await followJob(
        { clock, ids, log, settings, session, commands, desk, fetchImage, postPage, recentResultIds, outbox, signal },
        request,
      );
      if (end.failure && ERROR_CODES[end.failure.code].pausesAccount) deps.onAccountTrouble(accountId, end.failure);
      request = { ...request, operation: end.operation, status: end.status, resumed: true };
      if (!end.ended) continue;
      const last = result();
      if (!last) return;
      const videos = afterResult(end.operation.videos, last);
      if (!videos || videos.left.length === 0) {
        way.outbox.push(videos ? withAllVideos(videos, last) : last);
        return;
      }
      const operation = planVideo(end.operation, videos, { nonce: ids.snowflake(), plannedAtMs: clock.now() });
      await way.outbox.write({ type: 'operation', operation });
      request = { ...request, ...askForVideo(videos), operation, resumed: false };
    }
  }

  return {
    name: 'midjourney',
    plan,
    async *run(job: Job, operation: JsonValue, options: RunOptions): AsyncGenerator<EngineUpdate, void> {
      const stopping = new AbortController();
      const signal = AbortSignal.any([options.signal, stopping.signal, closing.signal]);
      const outbox = createOutbox();
      const done = carryOut(job, operation, options.resumed, { outbox, signal }).then(
        () => outbox.end(),
        (error: unknown) => outbox.end(error),
      );
      signal.addEventListener('abort', () => outbox.drop(), { once: true });
      if (signal.aborted) outbox.drop();
      try {
        yield* outbox.read();
      } finally {
        stopping.abort();
        await done;
      }
    },
    async cancel(job) {
      try {
        const operation = job.operation === null ? undefined : readOperation(job.operation);
        const shared = operation?.cancel && (await openShared(operation.accountId));
        if (!operation?.cancel || !shared) return;
        const nonces = [ids.snowflake()];
        const asker = createAsker({
          ...shared,
          connect: () => connect({ clock, session: shared.session, signal: closing.signal }, settings.firstAnswerTimeoutMs),
          fetchImage: deps.fetchImage,
          operation: () => ({ ...operation, nonces }),
          expect: () => {},
        });
        await asker.press({ ...operation.cancel, messageFlags: 0 });
      } catch (error) {
        log.warn({ err: error, jobId: job.id }, 'Midjourney could not be asked to stop a job');
      }
    },
    async warm(accountId) {
      try {
        const shared = await openShared(accountId);
        if (shared) await connect({ clock, session: shared.session, signal: closing.signal }, settings.firstAnswerTimeoutMs);
      } catch (error) {
        // A wrong token is reported by the session's own event; all else heals by itself.
        log.warn({ err: error, accountId }, 'the Discord session is not ready yet');
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
