import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { ApiKey } from '../../../core/key.ts';
import type { AssetLinks } from '../../../core/asset.ts';
import type { JobFailure } from '../../../core/errors.ts';
import { isFinal, type Job } from '../../../core/job.ts';
import { parseJsonObject, type JsonObject } from '@atelier/lib/json';
import type { DialectDeps } from '../../dialect.ts';
import { findRepeated } from '../../exchange.ts';
import { readRequestedAccount, type AccountChooser } from './choose-account.ts';
import { ASYNC_PAGE, STATUS, toErrorReply, type ErrorReply, type Page } from './errors.ts';
import { createErrorHandler } from '../../error-handler.ts';
import type { Log } from '@atelier/lib/log';
import { failureFields, toJobBody, toWireStatus, type WireStatus } from './job-body.ts';
import { bodyOf, readText } from './fields.ts';
import { ANSWER_LIMIT_MS, type UseapiDraft, type PostExchange, type Submitter } from './submit-job.ts';

/** Dependencies of every page of the manual. */
export interface PageContext {
  deps: DialectDeps;
  submitter: Submitter;
  chooser: AccountChooser;
  keyOf(request: FastifyRequest): ApiKey;
}

/** The page in the OpenAPI document. It only describes: the page itself reads the request and refuses it with the vendor's texts. */
export interface PageSchema extends FastifySchema {
  summary: string;
  description?: string;
  tags: readonly string[];
  /** True for the second path of a page. */
  hide?: boolean;
  response: Record<number, unknown>;
}

export interface UseapiRoute {
  method: 'GET' | 'POST' | 'DELETE';
  /** Without the version, as the manual writes it: `/jobs/imagine`. */
  path: string;
  schema: PageSchema;
  /** 400 where this is left out. */
  page?: Page;
  /** False where the GET changes something, which a HEAD must not. */
  head?: false;
  handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}

/** Registers a page. The path of the older version stays out of the OpenAPI document. */
export function addPage(app: FastifyInstance, { deps }: Pick<PageContext, 'deps'>, route: UseapiRoute): void {
  const { method, path, schema, page = ASYNC_PAGE, head = true, handle } = route;
  app.route({
    method,
    url: path,
    schema: { ...schema, hide: app.prefix !== '/v2' },
    exposeHeadRoute: head && method === 'GET',
    errorHandler: createPageErrorHandler(page, deps.log),
    handler: handle,
  });
}

/** Makes a job from a request, and the answer to its POST. */
export interface JobPage {
  make(exchange: PostExchange): Promise<Job>;
  answer(exchange: PostExchange, job: Job): Promise<ErrorReply>;
}

/** Registers a page that makes a job. A repeat under the same `Idempotency-Key` gets the answer of its first job. */
export function addJobPage(
  app: FastifyInstance,
  context: PageContext,
  route: Omit<UseapiRoute, 'method' | 'handle'> & { carry: JobPage },
): void {
  const { carry, ...rest } = route;
  addPage(app, context, {
    ...rest,
    method: 'POST',
    async handle(request, reply) {
      const key = context.keyOf(request);
      const exchange = { request, reply, key };
      const job = (await findRepeated(context.deps.store, request, key)) ?? (await carry.make(exchange));
      return sendReply(reply, await carry.answer(exchange, job));
    },
  });
}

/** A page that makes a job without a parent (imagine, blend, describe). It answers once Midjourney has accepted or refused the job. */
export const newJob = ({ deps, submitter, chooser }: PageContext, read: (body: JsonObject) => UseapiDraft): JobPage => ({
  async make(exchange) {
    const body = bodyOf(exchange.request);
    const callback = submitter.readCallback(exchange);
    const draft = read(body);
    const accounts = await chooser.forNewJob(readRequestedAccount(body), draft.maxJobs, exchange.key);
    return await submitter.submit(exchange, accounts, { ...draft, callback });
  },
  answer: async (exchange, job) => toPostReply(await submitter.firstAnswer(exchange, job), 'async', deps.links),
});

export type ReadOnParent = (body: JsonObject, key: ApiKey) => Promise<{ parent: Job; draft: UseapiDraft }>;

/** A page that works on a finished job (button, seed). It answers once Midjourney has accepted the job, or (sync) once it has its result. */
export const jobOnParent = (
  { deps, submitter, chooser }: PageContext,
  read: ReadOnParent,
  answers: 'async' | 'sync' = 'async',
): JobPage => ({
  async make(exchange) {
    const body = bodyOf(exchange.request);
    const callback = submitter.readCallback(exchange);
    const { parent, draft } = await read(body, exchange.key);
    const account = await chooser.forParent(parent, readText(body, 'discord')?.trim());
    return await submitter.submit(exchange, [account], { ...draft, callback });
  },
  async answer(exchange, job) {
    const answered = answers === 'sync' ? await submitter.lastAnswer(exchange, job) : await submitter.firstAnswer(exchange, job);
    return toPostReply(answered, answers, deps.links);
  },
});

/**
 * Answer to the POST that made a job, after Midjourney's first or last answer. An async page says `started` even if the job has already
 * completed or was cancelled: its model has only `started`, `moderated` and `failed`, and strict clients check that. The model of a sync
 * page has `completed` and `failed`. Source: useapi, jobs/button, model; useapi, jobs/info.
 */
export function toPostReply(job: Job, page: 'async' | 'sync', links: AssetLinks): ErrorReply {
  const { failure } = job;
  const isCancelled = job.status === 'cancelled';
  if (failure !== null && !isCancelled) return toFailureReply(job, failure, links);
  const body = (status: WireStatus): JsonObject => toJobBody(job, { links, code: 200, status });
  if (page === 'async' || !isFinal(job.status)) return { status: 200, body: body('started') };
  if (failure !== null) return { status: 200, body: { ...body('failed'), ...failureFields(failure) } };
  return { status: 200, body: body('completed') };
}

/** Source: useapi, jobs/button, 422, 429, 504 and 596. */
function toFailureReply(job: Job, failure: JobFailure, links: AssetLinks): ErrorReply {
  const code = STATUS[failure.code];
  if (isRefusedRequest(job)) return toRefusal(isUnusablePicture(job) ? STATUS['invalid-request'] : code, failure);
  if (code === STATUS['pending-moderation']) return { status: code, body: toJobBody(job, { links, code }) };
  return { status: code, body: { ...failureFields(failure), jobid: job.id, status: toWireStatus(job.status), code } };
}

/**
 * True for a job whose POST was answered like a refused request: Discord's rate limit (429), or a picture that could not be fetched for blend or
 * describe (400). The caller never saw its id and sends the request again, often with the same `replyRef`, so this job sends no callback. A job that
 * fails like this after its POST was answered is an ordinary failed job.
 */
export function isRefusedRequest(job: Job): boolean {
  const endedAtMs = job.finishedAtMs ?? job.updatedAtMs;
  if (job.output.message !== null || endedAtMs - job.createdAtMs >= ANSWER_LIMIT_MS) return false;
  return job.failure?.code === 'upstream-rate-limited' || isUnusablePicture(job);
}

const isUnusablePicture = (job: Job): boolean =>
  job.failure?.code === 'media-unavailable' && (job.verb === 'blend' || job.verb === 'describe');

function toRefusal(code: number, failure: JobFailure): ErrorReply {
  // Discord's own answer, as text. Source: useapi, jobs/button, 429, second case.
  const retryAfter = parseJsonObject(failure.details ?? '')['retry_after'];
  const body = { ...failureFields(failure), code };
  return { status: code, body, ...(typeof retryAfter === 'number' && retryAfter >= 0 ? { retryAfterSeconds: retryAfter } : {}) };
}

/** The `code` of a callback's body: the failure's own. Source: useapi, callbacks, 422. */
export const callbackCode = (job: Job): number => (job.failure === null ? 200 : STATUS[job.failure.code]);

/** The error handler of a page: sends every error in the vendor's shape, `{ error, errorDetails?, code }` and extras. */
export const createPageErrorHandler = (page: Page, log: Log) =>
  createErrorHandler({ log, send: (error, reply) => sendReply(reply, toErrorReply(error, page)) });

/** Sends the answer with its headers. */
export function sendReply(reply: FastifyReply, { status, body, retryAfterSeconds }: ErrorReply): FastifyReply {
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', Math.ceil(retryAfterSeconds));
  return reply.code(status).send(body);
}
