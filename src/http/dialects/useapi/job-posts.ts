import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKey } from '../../../account/account.ts';
import type { MidjourneyVerb } from '../../../engine/midjourney/input.ts';
import type { Job } from '../../../job/job.ts';
import type { DialectDeps } from '../../dialect.ts';
import { createAccountChooser, readAccountWish } from './choose-account.ts';
import { ASYNC_PAGE, createErrorHandler, SYNC_PAGE, type ErrorReply, type Page } from './errors.ts';
import { bodyOf, readText } from './fields.ts';
import {
  createReadBlend,
  createReadButton,
  createReadDescribe,
  createReadSeed,
  readImagine,
  type ReadNew,
  type ReadOnParent,
} from './job-drafts.ts';
import { toPostReply } from './post-reply.ts';
import { readCallback, type Exchange, type Submitter } from './submit-job.ts';

/** Commands that change or show settings. Source: useapi v2, jobs/info and its siblings; variability and remix are toggles. */
const COMMANDS = ['info', 'relax', 'fast', 'turbo', 'variability', 'remix'] as const satisfies readonly MidjourneyVerb[];

/**
 * The POST pages under jobs/. An async page answers when Midjourney has taken the job, or refused it; a sync page when Midjourney
 * has answered the command.
 */
export function registerJobPosts(
  app: FastifyInstance,
  deps: DialectDeps,
  submitter: Submitter,
  keyOf: (request: FastifyRequest) => ApiKey,
): void {
  const chooser = createAccountChooser(deps.accounts);

  type Carry = (exchange: Exchange) => Promise<ErrorReply>;
  const post = (name: string, page: Page, carry: Carry): void => {
    for (const url of [`/jobs/${name}`, `/jobs/${name}/`]) {
      app.post(url, { errorHandler: createErrorHandler(page, deps.log) }, async (request: FastifyRequest, reply: FastifyReply) => {
        const key = keyOf(request);
        const callback = readCallback(bodyOf(request), key, deps.checkUrl);
        const { status, body } = await carry({ request, reply, key, callback });
        return reply.code(status).send(body);
      });
    }
  };
  const started = async (exchange: Exchange, job: Job): Promise<ErrorReply> =>
    toPostReply(await submitter.firstAnswer(exchange, job), 'async', deps.links);
  const ended = async (exchange: Exchange, job: Job): Promise<ErrorReply> =>
    toPostReply(await submitter.lastAnswer(exchange, job), 'sync', deps.links);

  const onNew =
    (read: ReadNew): Carry =>
    async (exchange) => {
      const body = bodyOf(exchange.request);
      const draft = read(body);
      const accounts = await chooser.forNewJob(readAccountWish(body), draft.maxJobs);
      return await started(exchange, await submitter.submit(exchange, accounts, draft));
    };
  const onParent =
    (read: ReadOnParent, answer: typeof started): Carry =>
    async (exchange) => {
      const body = bodyOf(exchange.request);
      const { parent, draft } = await read(body, exchange.key);
      const account = await chooser.forParent(parent, readText(body, 'discord')?.trim());
      return await answer(exchange, await submitter.submit(exchange, [account], draft));
    };
  const command =
    (verb: (typeof COMMANDS)[number]): Carry =>
    async (exchange) => {
      const account = await chooser.forCommand(readAccountWish(bodyOf(exchange.request)));
      return await ended(exchange, await submitter.submit(exchange, [account], { input: { verb }, echo: {} }));
    };

  post('imagine', ASYNC_PAGE, onNew(readImagine));
  post('blend', ASYNC_PAGE, onNew(createReadBlend(deps)));
  post('describe', ASYNC_PAGE, onNew(createReadDescribe(deps)));
  post('button', ASYNC_PAGE, onParent(createReadButton(deps), started));
  post('seed_async', ASYNC_PAGE, onParent(createReadSeed(deps, 'seed_async'), started));
  post('seed', ASYNC_PAGE, onParent(createReadSeed(deps, 'seed'), ended));
  for (const verb of COMMANDS) post(verb, SYNC_PAGE, command(verb));
}
