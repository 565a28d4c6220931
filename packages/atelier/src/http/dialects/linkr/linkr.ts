import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { unreachableHold, type Account } from '../../../core/account.ts';
import { JobError } from '../../../core/errors.ts';
import type { Job } from '../../../core/job.ts';
import type { ApiKey } from '../../../core/key.ts';
import { type MidjourneyInput, usesSlot } from '../../../engine/midjourney/input.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { Dialect, DialectDeps } from '../../dialect.ts';
import { createErrorHandler } from '../../error-handler.ts';
import { documentOnly, findRepeated, onceGone, readIdempotency } from '../../exchange.ts';
import { answerUnknownPath, sendRefusal } from './errors.ts';
import { createInfoReader } from './info.ts';
import { bodyOf, pressAction, readImagine, readText, requireText } from './requests.ts';
import { actionSchema, fetchSchema, imagineSchema, infoSchema } from './schemas.ts';
import { actionName, echoOf, type LinkrTaskEcho, renderLinkrCallback, toTask } from './task.ts';

export interface LinkrOptions {
  /** Milliseconds for which an answer of `/info` is repeated. */
  infoCacheMs: number;
}

export interface LinkrDeps extends Pick<
  DialectDeps,
  'clock' | 'ids' | 'log' | 'submit' | 'watch' | 'links' | 'authenticate' | 'suppressCallbacks' | 'checkUrl' | 'policy'
> {
  store: Pick<DialectDeps['store'], 'getJob' | 'findRepeated'>;
  accounts: Pick<DialectDeps['accounts'], 'list' | 'get'>;
}

/** The LinkrAPI Midjourney API. */
export function createLinkrDialect(deps: LinkrDeps & { options?: Partial<LinkrOptions> }): Dialect {
  return {
    name: 'linkr',
    plugin: createPlugin(deps, { infoCacheMs: 60_000, ...deps.options }),
    renderCallback: (job) => renderLinkrCallback(job, deps.links),
    answerUnknownPath,
  };
}

const API_KEY = 'linkrApiKey';
const keyOf = (request: FastifyRequest): ApiKey => request.getDecorator<ApiKey>(API_KEY);

/** The vendor's base URL ends in `/api`; client programs that left it out are served too. */
const PREFIXES = ['', '/api'];

function createPlugin(deps: LinkrDeps, options: LinkrOptions): FastifyPluginAsync {
  const tasks = createLinkrTasks(deps);
  const readInfo = createInfoReader(deps, { cacheMs: options.infoCacheMs });
  return async (app) => {
    app.setErrorHandler(createErrorHandler({ log: deps.log, send: sendRefusal }));
    app.decorateRequest(API_KEY, null);
    // Schemas only document: the handlers read bodies themselves and refuse them in the vendor's words.
    documentOnly(app);
    // Authenticates every request before its body is read.
    app.addHook('onRequest', async (request) => request.setDecorator(API_KEY, await deps.authenticate(request)));
    for (const prefix of PREFIXES) registerRoutes(app, `${prefix}/v1`, { ...deps, tasks, readInfo });
  };
}

interface RouteDeps extends LinkrDeps {
  tasks: ReturnType<typeof createLinkrTasks>;
  readInfo: ReturnType<typeof createInfoReader>;
}

/** The four pages of the manual. A repeated POST gets its first task even where the policy or the account's state forbids that task now. */
function registerRoutes(app: FastifyInstance, base: string, deps: RouteDeps): void {
  const { accounts, clock, tasks } = deps;

  app.post(`${base}/imagine`, { schema: imagineSchema }, async (request, reply) => {
    const repeated = await tasks.findRepeated(request);
    if (repeated) return submitted('Task', repeated);
    const { prompt, midjourneyPrompt } = readImagine(bodyOf(request), deps);
    requireReady(await accounts.list(), clock.now());
    const input: MidjourneyInput = { verb: 'imagine', prompt: midjourneyPrompt };
    return submitted('Task', await tasks.submit(request, reply, { input, echo: { action: 'imagine', prompt } }));
  });

  app.post(`${base}/action`, { schema: actionSchema }, async (request, reply) => {
    const repeated = await tasks.findRepeated(request);
    if (repeated) return submitted('Action', repeated);
    const body = bodyOf(request);
    const taskId = requireText(body, 'task_id');
    const action = requireText(body, 'action');
    const source = await tasks.require(request, taskId);
    const input = pressAction(source, action);
    if (source.accountId !== null) {
      requireReady(
        [await accounts.get(source.accountId)].filter((account) => account !== undefined),
        clock.now(),
      );
    }
    const echo: LinkrTaskEcho = { action: actionName(input.label), prompt: echoOf(source).prompt };
    return submitted('Action', await tasks.submit(request, reply, { input, echo, source }));
  });

  app.get<{ Params: { taskId: string } }>(`${base}/fetch/:taskId`, { schema: fetchSchema }, async (request) =>
    toTask(await tasks.require(request, request.params.taskId), deps.links),
  );

  app.get(`${base}/info`, { schema: infoSchema }, async (request) => {
    requireReady(await accounts.list(), clock.now());
    return { status: 'SUCCESS', data: await deps.readInfo(keyOf(request)) };
  });
}

const submitted = (kind: 'Task' | 'Action', { id }: Job): JsonObject => ({
  status: 'SUCCESS',
  task_id: id,
  message: `${kind} submitted successfully`,
});

/**
 * Throws when every account is paused (403 for a suspended account, 502 for an account that Discord does not let in), and 502 while Discord cannot be
 * reached from any of them. The tasks of accounts that are held for another reason wait. Source: linkr, imagine, 502.
 */
function requireReady(accounts: readonly Account[], nowMs: number): void {
  if (unreachableHold(accounts, nowMs)) throw new JobError('upstream-unreachable', 'Failed to connect to Discord. Please try again later.');
  if (accounts.some(({ pause }) => pause === null)) return;
  const [pause] = accounts.flatMap((account) => account.pause ?? []);
  if (!pause) throw new JobError('account-missing', 'Failed to connect to Discord. No Discord account is connected.');
  if (pause.code === 'account-unauthorized') throw new JobError('account-unauthorized', pause.title);
  throw new JobError('account-paused', `Hold account is suspended: ${pause.title}`);
}

/** A validated request: the task that its page wants to submit. */
interface LinkrTaskDraft {
  input: MidjourneyInput;
  echo: LinkrTaskEcho;
  /** The task that offers the button. */
  source?: Job;
}

/** Submits and finds the tasks of authenticated requests. */
function createLinkrTasks(deps: Pick<LinkrDeps, 'ids' | 'store' | 'submit' | 'suppressCallbacks'>) {
  return {
    findRepeated: (request: FastifyRequest): Promise<Job | undefined> => findRepeated(deps.store, request, keyOf(request)),

    /** Stores the task. Its callbacks wait until `reply` is sent. */
    async submit(request: FastifyRequest, reply: FastifyReply, { input, echo, source }: LinkrTaskDraft): Promise<Job> {
      const key = keyOf(request);
      const callbackUrl = readText(bodyOf(request), 'webhook_url');
      const idempotency = readIdempotency(request, key);
      const id = deps.ids.uuid();
      onceGone(reply, deps.suppressCallbacks(id));
      return deps.submit({
        id,
        dialect: 'linkr',
        engine: 'midjourney',
        verb: input.verb,
        keyId: key.id,
        input: { ...input },
        echo: { ...echo },
        usesSlot: usesSlot(input.verb),
        ...(source ? { parentId: source.id } : {}),
        // A button can be pressed only in the channel of its message.
        ...(source?.accountId ? { accountId: source.accountId } : {}),
        ...(callbackUrl === null ? {} : { callbackUrl }),
        ...(idempotency === undefined ? {} : { idempotency }),
      });
    },

    /** A task of the request's key, or any task for the admin key; every dialect's tasks are found. Throws `JobError('job-not-found')`. */
    async require(request: FastifyRequest, taskId: string): Promise<Job> {
      const key = keyOf(request);
      const job = await deps.store.getJob(taskId);
      const isVisible = job?.engine === 'midjourney' && (job.keyId === key.id || key.admin);
      // The jobs behind `info` are internal to this server.
      if (!job || !isVisible || (job.dialect === 'linkr' && job.verb === 'info')) throw new JobError('job-not-found', 'Task not found');
      return job;
    },
  };
}
