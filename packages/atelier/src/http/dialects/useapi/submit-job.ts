import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../../../core/account.ts';
import type { ApiKey } from '../../../core/key.ts';
import type { MidjourneyInput } from '../../../engine/midjourney/input.ts';
import { usesSlot } from '../../../engine/midjourney/input.ts';
import { JobError, type JobFailure } from '../../../core/errors.ts';
import { isFinal, type Job } from '../../../core/job.ts';
import { requireAllowed } from '../../../policy/policy-service.ts';
import type { JobRequest } from '../../../core/submit.ts';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import type { DialectDeps } from '../../dialect.ts';
import { onceGone, readIdempotency } from '../../exchange.ts';
import { DEFAULT_MAX_JOBS } from './choose-account.ts';
import { bodyOf, checkUrlField, invalid, isAbsent, MAX_REPLY_LENGTH, readText } from './fields.ts';
import type { Echo } from './echo.ts';
import { createJobIds } from './job-id.ts';
import { serverOf } from './midjourney-account.ts';

/** How long a POST stays open for Midjourney's first answer, or (sync pages) for its last one. */
export const ANSWER_LIMIT_MS = 90_000;

/** A request as its page has read it. */
export interface Draft {
  input: MidjourneyInput;
  /** What the page repeats beside the common fields. */
  echo: Partial<Echo>;
  /** The caller's own threshold; left out: the account's. Only for verbs that take a slot. */
  maxJobs?: number;
  parentId?: string;
  dedupeKey?: string;
}

/** One HTTP request on its way to a job, with what every page reads from it. */
export interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
  key: ApiKey;
}

interface CallbackFields {
  replyUrl?: string;
  replyRef?: string;
}

export interface Submitter {
  /** Who is to be called back, of the request or else of its key. Throws for what is not valid. */
  readCallback(exchange: Exchange): CallbackFields;
  /**
   * The accepted job, on the first of these accounts that has room. Throws `account-busy` with the jobs of all of them when none has.
   * The job's callback is kept back until the reply has left, or its reader has gone.
   */
  submit(exchange: Exchange, accounts: readonly Account[], draft: Draft & { callback: CallbackFields }): Promise<Job>;
  /** The job once Midjourney has said anything about it; as it stands when it says nothing in time. */
  firstAnswer(exchange: Exchange, job: Job): Promise<Job>;
  /** The job once it has ended; as it stands when it does not end in time. */
  lastAnswer(exchange: Exchange, job: Job): Promise<Job>;
  /** The job of a command, which has ended: nobody comes back for one that Midjourney does not answer in time, so it fails. */
  commandAnswer(exchange: Exchange, job: Job): Promise<Job>;
}

export function createSubmitter(deps: DialectDeps): Submitter {
  const mintId = createJobIds(deps.clock);

  async function answer({ reply }: Exchange, job: Job, until: (job: Job) => boolean, late?: JobFailure): Promise<Job> {
    const reader = new AbortController();
    onceGone(reply, () => reader.abort());
    const options = { timeoutMs: ANSWER_LIMIT_MS, signal: reader.signal };
    const inTime = await deps.watch.wait(job.id, until, options);
    const answered = inTime ?? (await deps.store.getJob(job.id)) ?? job;
    if (late !== undefined && inTime === undefined && !reader.signal.aborted) return await deps.fail(answered, late);
    if (!isQueuedUpstream(answered)) return answered;
    return await deps.fail(answered, { code: 'job-queued', title: 'Job queued', details: null });
  }

  return {
    readCallback: ({ request, key }) => readCallback(bodyOf(request), key, deps.checkUrl),

    async submit(exchange, accounts, draft) {
      const { input } = draft;
      if ('prompt' in input && input.prompt !== null) requireAllowed(deps.policy, 'useapi', input.prompt);
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

/** As the engine says it when its own patience ends first. */
const UNANSWERED: JobFailure = { code: 'upstream-silent', title: 'Midjourney did not answer', details: null };

const hasEnded = (job: Job): boolean => isFinal(job.status) || isQueuedUpstream(job);

const isUnanswered = (job: Job): boolean => job.status === 'queued' || job.status === 'starting';

/** Midjourney has put the job into a queue of its own: this dialect says so and lets go of it. Source: useapi v2, jobs/button, "504 Job queued". */
const isQueuedUpstream = (job: Job): boolean => isUnanswered(job) && isJsonObject(job.operation) && job.operation['queued'] === true;

/** How authors of clients guess `replyUrl`: a callback that never comes is worse than a refusal. Source: client code. */
const GUESSES = ['webhook', 'webhookOverride'];

/** `replyUrl` of the request or else of the key's owner, and `replyRef`. Source: useapi v2, jobs/button, `replyUrl`. */
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

/** The 409 repeats the button beside the job that it made. */
const nameButton = (error: JobError, draft: Draft): JobError =>
  new JobError('button-already-used', error.message, { facts: { ...error.facts, button: draft.echo.button ?? '' }, cause: error });

function toJobRequest(id: string, exchange: Exchange, account: Account, draft: Draft & { callback: CallbackFields }): JobRequest {
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
