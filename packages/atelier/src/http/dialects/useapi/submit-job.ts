import type { FastifyReply, FastifyRequest } from 'fastify';
import { activeHold, type Account } from '../../../core/account.ts';
import type { ApiKey } from '../../../core/key.ts';
import type { MidjourneyInput } from '../../../engine/midjourney/input.ts';
import { requireSinglePrompt } from '../../../engine/midjourney/expand-prompt.ts';
import { usesSlot } from '../../../engine/midjourney/input.ts';
import { JobError, type JobFailure } from '../../../core/errors.ts';
import { isFinal, type Job } from '../../../core/job.ts';
import { requireAllowed } from '../../../policy/policy-service.ts';
import type { JobRequest } from '../../../core/submit.ts';
import type { Clock } from '@atelier/lib/clock';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import type { DialectDeps } from '../../dialect.ts';
import { onceGone, readIdempotency } from '../../exchange.ts';
import { DEFAULT_MAX_JOBS } from './choose-account.ts';
import { bodyOf, checkUrlField, invalid, isAbsent, MAX_REPLY_LENGTH, readText, serverOf } from './fields.ts';
import type { UseapiEcho } from './job-body.ts';

/** Longest wait of a POST for Midjourney's first answer or, on sync pages, for its last one. */
export const ANSWER_LIMIT_MS = 90_000;

/** A job request as its page has read it. */
export interface UseapiDraft {
  input: MidjourneyInput;
  /** Fields that the page repeats to the caller beside the common ones. */
  echo: Partial<UseapiEcho>;
  /** Limit of the request; without it the account's limit counts. Only for verbs that take a slot. */
  maxJobs?: number;
  parentId?: string;
  dedupeKey?: string;
}

/** One POST with its API key and its reply. */
export interface PostExchange {
  request: FastifyRequest;
  reply: FastifyReply;
  key: ApiKey;
}

interface CallbackFields {
  replyUrl?: string;
  replyRef?: string;
}

export interface Submitter {
  /** `replyUrl` and `replyRef` of the request, or else the `replyUrl` of its key. Throws `invalid-request`. */
  readCallback(exchange: PostExchange): CallbackFields;
  /**
   * The accepted job, on the first of these accounts with a free slot. Throws `account-busy` with the executing jobs of all these accounts if each is
   * full. The job's callbacks are suppressed until the reply was sent or its connection closed.
   */
  submit(exchange: PostExchange, accounts: readonly Account[], draft: UseapiDraft & { callback: CallbackFields }): Promise<Job>;
  /** The job after Midjourney's first answer, or the job as it is after `ANSWER_LIMIT_MS`. */
  firstAnswer(exchange: PostExchange, job: Job): Promise<Job>;
  /** The job after it ended, or the job as it is after `ANSWER_LIMIT_MS`. */
  lastAnswer(exchange: PostExchange, job: Job): Promise<Job>;
  /** The ended job of a command. If Midjourney does not answer in time, the job fails: no client polls for a command. */
  commandAnswer(exchange: PostExchange, job: Job): Promise<Job>;
}

export function createSubmitter(deps: DialectDeps): Submitter {
  const mintId = createJobIds(deps.clock);

  async function answer({ reply }: PostExchange, job: Job, until: (job: Job) => boolean, late?: JobFailure): Promise<Job> {
    const reader = new AbortController();
    onceGone(reply, () => reader.abort());
    const options = { timeoutMs: ANSWER_LIMIT_MS, signal: reader.signal };
    const inTime = await waitUnlessHeld(deps, job.id, until, options);
    const answered = inTime ?? (await deps.store.getJob(job.id)) ?? job;
    if (late !== undefined && inTime === undefined && !reader.signal.aborted) return await deps.fail(answered, late);
    if (!isQueuedUpstream(answered)) return answered;
    return await deps.fail(answered, { code: 'job-queued', title: 'Job queued', details: null });
  }

  return {
    readCallback: ({ request, key }) => readCallback(bodyOf(request), key, deps.checkUrl),

    async submit(exchange, accounts, draft) {
      const { input } = draft;
      if ('prompt' in input && input.prompt !== null) {
        requireAllowed(deps.policy, 'useapi', input.prompt);
        requireSinglePrompt(input.prompt);
      }
      const executing: JsonObject[string][] = [];
      let busy: JobError | undefined;
      for (const account of accounts) {
        const id = mintId(exchange.key.number, account.channelId);
        onceGone(exchange.reply, deps.suppressCallbacks(id));
        try {
          return await deps.submit(toJobRequest(id, exchange, account, draft));
        } catch (error) {
          if (!(error instanceof JobError)) throw error;
          if (error.code === 'button-already-used') throw nameButton(error, draft);
          if (error.code !== 'account-busy') throw error;
          busy = error;
          if (Array.isArray(error.facts['executingJobIds'])) executing.push(...error.facts['executingJobIds']);
        }
      }
      if (!busy) throw new JobError('account-missing', 'discord, server or channel value is missing');
      throw new JobError('account-busy', busy.message, { facts: { ...busy.facts, executingJobIds: executing } });
    },
    firstAnswer: (exchange, job) => answer(exchange, job, (now) => !isUnanswered(now) || isQueuedUpstream(now)),
    lastAnswer: (exchange, job) => answer(exchange, job, hasEnded),
    commandAnswer: (exchange, job) => answer(exchange, job, hasEnded, UNANSWERED),
  };
}

/**
 * Waits like `JobWatch.wait`. A job that went back to the queue because its account is held fails with the reason: the vendor never lets a job wait, and
 * its callers send the request again.
 */
async function waitUnlessHeld(
  { watch, accounts, clock, fail }: DialectDeps,
  jobId: string,
  until: (job: Job) => boolean,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<Job | undefined> {
  const endMs = clock.now() + options.timeoutMs;
  const job = await watch.wait(jobId, (now) => until(now) || wentBack(now), options);
  if (!job || !wentBack(job)) return job;
  const account = job.accountId === null ? undefined : await accounts.get(job.accountId);
  const hold = account && activeHold(account, clock.now());
  if (hold) return await fail(job, { code: hold.code, title: hold.title, details: hold.details });
  return await watch.wait(jobId, until, { ...options, timeoutMs: endMs - clock.now() });
}

/** A queued job is written only when it goes back to the queue. */
const wentBack = ({ status, version }: Job): boolean => status === 'queued' && version > 1;

/** The same failure as the engine's own time-out. */
const UNANSWERED: JobFailure = { code: 'upstream-silent', title: 'Midjourney did not answer', details: null };

const hasEnded = (job: Job): boolean => isFinal(job.status) || isQueuedUpstream(job);

const isUnanswered = (job: Job): boolean => job.status === 'queued' || job.status === 'starting';

/** Midjourney has queued the job upstream: this dialect fails it with 504. Source: useapi, jobs/button, 504. */
const isQueuedUpstream = (job: Job): boolean => isUnanswered(job) && isJsonObject(job.operation) && job.operation['queued'] === true;

/** Wrong names of `replyUrl` in clients. A refusal is better than a callback that never comes. Source: useapi, client programs. */
const GUESSES = ['webhook', 'webhookOverride'];

/** `replyUrl` of the request or else of the key, and `replyRef`. Source: useapi, jobs/button, `replyUrl`. */
function readCallback(body: JsonObject, key: ApiKey, checkUrl: (url: string) => string): CallbackFields {
  const replyRef = readText(body, 'replyRef', MAX_REPLY_LENGTH);
  const replyUrl = readText(body, 'replyUrl', MAX_REPLY_LENGTH)?.trim() ?? key.replyUrl ?? undefined;
  const guess = 'replyUrl' in body ? undefined : GUESSES.find((name) => !isAbsent(body[name]));
  if (guess !== undefined) throw invalid(`${guess} is not supported, use replyUrl`, guess);
  return {
    ...(replyUrl === undefined ? {} : { replyUrl: checkUrlField(replyUrl, 'replyUrl', checkUrl) }),
    ...(replyRef === undefined ? {} : { replyRef }),
  };
}

/** Adds the button: the 409 names it beside the job that it made. */
const nameButton = (error: JobError, draft: UseapiDraft): JobError =>
  new JobError('button-already-used', error.message, { facts: { ...error.facts, button: draft.echo.button ?? '' }, cause: error });

function toJobRequest(id: string, exchange: PostExchange, account: Account, draft: UseapiDraft & { callback: CallbackFields }): JobRequest {
  const { key } = exchange;
  const { callback } = draft;
  const takesSlot = usesSlot(draft.input.verb);
  const idempotency = readIdempotency(exchange.request, key);
  const own = { discord: account.maskedToken, channel: account.channelId, ...serverOf(account) };
  return {
    id,
    dialect: 'useapi',
    engine: 'midjourney',
    verb: draft.input.verb,
    keyId: key.id,
    input: { ...draft.input },
    echo: { ...draft.echo, ...own, ...callback },
    accountId: account.id,
    usesSlot: takesSlot,
    ...(takesSlot ? { refuseWhenBusy: true, maxJobs: draft.maxJobs ?? defaultMaxJobs(account) } : {}),
    ...(draft.parentId === undefined ? {} : { parentId: draft.parentId }),
    ...(draft.dedupeKey === undefined ? {} : { dedupeKey: draft.dedupeKey }),
    ...(callback.replyUrl === undefined ? {} : { callbackUrl: callback.replyUrl }),
    ...(idempotency === undefined ? {} : { idempotency }),
  };
}

const defaultMaxJobs = (account: Account): number => (account.listed ? account.maxJobs : DEFAULT_MAX_JOBS);

/**
 * Mints ids like `job:20241218021941022-user:1308-channel:1316232391072944131-bot:midjourney`. Clients take the part before
 * the first `-` as a key or a file name, so no two ids of one server share it: on a clash the millisecond is stepped.
 * Source: useapi, job ids.
 */
function createJobIds(clock: Clock): (userNumber: number, channelId: string) => string {
  let lastMs = 0;
  return (userNumber, channelId) => {
    lastMs = Math.max(clock.now(), lastMs + 1);
    const timestamp = new Date(lastMs).toISOString().replaceAll(/\D/g, '');
    return `job:${timestamp}-user:${userNumber}-channel:${channelId}-bot:midjourney`;
  };
}
