import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { ApiKey } from '../../../account/account.ts';
import type { Job } from '../../../job/job.ts';
import type { JsonObject } from '../../../lib/json.ts';
import type { DialectDeps } from '../../dialect.ts';
import { readAccountWish, type AccountChooser } from './choose-account.ts';
import { ASYNC_PAGE, createErrorHandler, sendReply, type ErrorReply, type Page } from './errors.ts';
import { bodyOf, readText } from './fields.ts';
import { toPostReply } from './post-reply.ts';
import { readCallback, type Draft, type Exchange, type Submitter } from './submit-job.ts';

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

/** One way from a request to the answer of its POST. */
export type Carry = (exchange: Exchange) => Promise<ErrorReply>;

/** Registers a page that makes a job. */
export function addJobPage(app: FastifyInstance, desk: Desk, route: Omit<Route, 'method' | 'handle'> & { carry: Carry }): void {
  const { carry, ...rest } = route;
  addPage(app, desk, {
    ...rest,
    method: 'POST',
    async handle(request, reply) {
      const key = desk.keyOf(request);
      const callback = readCallback(bodyOf(request), key, desk.deps.checkUrl);
      return sendReply(reply, await carry({ request, reply, key, callback }));
    },
  });
}

/** Makes a job of its own: jobs/imagine, jobs/blend, jobs/describe. Answers once Midjourney has taken it or refused it. */
export const newJob =
  ({ deps, submitter, chooser }: Desk, read: (body: JsonObject) => Draft): Carry =>
  async (exchange) => {
    const body = bodyOf(exchange.request);
    const draft = read(body);
    const accounts = await chooser.forNewJob(readAccountWish(body), draft.maxJobs, exchange.key);
    const job = await submitter.submit(exchange, accounts, draft);
    return toPostReply(await submitter.firstAnswer(exchange, job), 'async', deps.links);
  };

export type ReadOnParent = (body: JsonObject, key: ApiKey) => Promise<{ parent: Job; draft: Draft }>;

/** Works on a finished job: jobs/button, jobs/seed. Answers once Midjourney has taken it, or (sync) once it has its result. */
export const jobOnParent =
  ({ deps, submitter, chooser }: Desk, read: ReadOnParent, answers: 'async' | 'sync' = 'async'): Carry =>
  async (exchange) => {
    const body = bodyOf(exchange.request);
    const { parent, draft } = await read(body, exchange.key);
    const account = await chooser.forParent(parent, readText(body, 'discord')?.trim());
    const job = await submitter.submit(exchange, [account], draft);
    const answered = answers === 'sync' ? await submitter.lastAnswer(exchange, job) : await submitter.firstAnswer(exchange, job);
    return toPostReply(answered, answers, deps.links);
  };
