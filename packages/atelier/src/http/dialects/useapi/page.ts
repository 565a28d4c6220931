import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { ApiKey } from '../../../core/key.ts';
import type { Job } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { DialectDeps } from '../../dialect.ts';
import { findRepeated } from '../../exchange.ts';
import { readAccountWish, type AccountChooser } from './choose-account.ts';
import { ASYNC_PAGE, createErrorHandler, sendReply, type ErrorReply, type Page } from './errors.ts';
import { bodyOf, readText } from './fields.ts';
import { toPostReply } from './post-reply.ts';
import type { Draft, Exchange, Submitter } from './submit-job.ts';

/** What every page of the manual is written with. */
export interface Desk {
  deps: DialectDeps;
  submitter: Submitter;
  chooser: AccountChooser;
  keyOf(request: FastifyRequest): ApiKey;
}

/** The page as the OpenAPI document has it. It describes; requests are read by the page itself, with the vendor's texts. */
export interface PageSchema extends FastifySchema {
  summary: string;
  description?: string;
  tags: readonly string[];
  /** True for another spelling of a page's path. */
  hide?: boolean;
  response: Record<number, unknown>;
}

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** Without the version, as the manual writes it: `/jobs/imagine`. */
  path: string;
  schema: PageSchema;
  /** 400 where this is left out. */
  page?: Page;
  /** False where a slash at the end makes it another page. */
  slashes?: false;
  /** False where the GET changes something, which a HEAD must not. */
  head?: false;
  handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}

/** Registers a page; the spelling with a slash at the end, and the older version's path, are not listed beside it. */
export function addPage(app: FastifyInstance, { deps }: Pick<Desk, 'deps'>, route: Route): void {
  const { method, path, schema, page = ASYNC_PAGE, slashes = true, head = true, handle } = route;
  const isAlias = app.prefix !== '/v2';
  for (const url of slashes ? [path, `${path}/`] : [path]) {
    const described: PageSchema = { ...schema, hide: isAlias || url !== path };
    app.route({
      method,
      url,
      schema: described,
      exposeHeadRoute: head && method === 'GET',
      errorHandler: createErrorHandler(page, deps.log),
      handler: handle,
    });
  }
}

/** The way from a request to the answer of its POST. */
export interface Carry {
  make(exchange: Exchange): Promise<Job>;
  answer(exchange: Exchange, job: Job): Promise<ErrorReply>;
}

/** Registers a page that makes a job. What was sent before, under one `Idempotency-Key`, has its first answer again. */
export function addJobPage(app: FastifyInstance, desk: Desk, route: Omit<Route, 'method' | 'handle'> & { carry: Carry }): void {
  const { carry, ...rest } = route;
  addPage(app, desk, {
    ...rest,
    method: 'POST',
    async handle(request, reply) {
      const key = desk.keyOf(request);
      const exchange = { request, reply, key };
      const job = (await findRepeated(desk.deps.store, request, key)) ?? (await carry.make(exchange));
      return sendReply(reply, await carry.answer(exchange, job));
    },
  });
}

/** Makes a job of its own: jobs/imagine, jobs/blend, jobs/describe. Answers once Midjourney has taken it or refused it. */
export const newJob = ({ deps, submitter, chooser }: Desk, read: (body: JsonObject) => Draft): Carry => ({
  async make(exchange) {
    const body = bodyOf(exchange.request);
    const callback = submitter.readCallback(exchange);
    const draft = read(body);
    const accounts = await chooser.forNewJob(readAccountWish(body), draft.maxJobs, exchange.key);
    return await submitter.submit(exchange, accounts, { ...draft, callback });
  },
  answer: async (exchange, job) => toPostReply(await submitter.firstAnswer(exchange, job), 'async', deps.links),
});

export type ReadOnParent = (body: JsonObject, key: ApiKey) => Promise<{ parent: Job; draft: Draft }>;

/** Works on a finished job: jobs/button, jobs/seed. Answers once Midjourney has taken it, or (sync) once it has its result. */
export const jobOnParent = ({ deps, submitter, chooser }: Desk, read: ReadOnParent, answers: 'async' | 'sync' = 'async'): Carry => ({
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
