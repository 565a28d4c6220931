import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../../../core/account.ts';
import type { ApiKey } from '../../../core/key.ts';
import { documentOnly } from '../../openapi.ts';
import { type MidjourneyInput, usesSlot } from '../../../engine/midjourney/input.ts';
import { JobError } from '../../../core/errors.ts';
import type { Job } from '../../../core/job.ts';
import type { JobRequest } from '../../../core/submit.ts';
import type { DialectDeps } from '../../dialect.ts';
import { findRepeated, onceGone, readIdempotency } from '../../exchange.ts';
import { pressAction } from './action.ts';
import { actionName, type LinkrTaskEcho, echoOf } from './echo.ts';
import { createErrorHandler } from '../../error-handler.ts';
import { sendRefusal } from './errors.ts';
import { bodyOf, readText, requireText } from './fields.ts';
import { readImagine } from './imagine.ts';
import { createInfoReader } from './info.ts';
import { actionSchema, fetchSchema, imagineSchema, infoSchema } from './schemas.ts';
import { toTask } from './task.ts';

export interface LinkrOptions {
  /** How long an answer of `/info` is repeated. */
  infoCacheMs: number;
}

/** What this dialect needs of what every dialect is given. */
export interface LinkrDeps extends Pick<
  DialectDeps,
  'clock' | 'ids' | 'log' | 'submit' | 'watch' | 'links' | 'authenticate' | 'suppressCallbacks' | 'checkUrl' | 'policy'
> {
  store: Pick<DialectDeps['store'], 'getJob' | 'findRepeated'>;
  accounts: Pick<DialectDeps['accounts'], 'list' | 'get'>;
}

/** A request as its page has read it. */
interface Draft {
  input: MidjourneyInput;
  echo: LinkrTaskEcho;
  source?: Job;
}

const API_KEY = 'linkrApiKey';

/** The vendor's base URL ends in `/api`; callers that left it out are served too. */
const PREFIXES = ['', '/api'];

export function createRoutes(deps: LinkrDeps, options: LinkrOptions): FastifyPluginAsync {
  const readInfo = createInfoReader(deps, { cacheMs: options.infoCacheMs });

  /** Accepts the task, before any callback of it can go out. */
  async function submit(request: FastifyRequest, reply: FastifyReply, draft: Draft): Promise<Job> {
    const id = deps.ids.uuid();
    onceGone(reply, deps.suppressCallbacks(id));
    return deps.submit(toJobRequest(id, request, draft));
  }

  /** The caller's own task, or any for the admin key, whatever dialect it was made in. */
  async function requireTask(request: FastifyRequest, taskId: string): Promise<Job> {
    const key = request.getDecorator<ApiKey>(API_KEY);
    const job = await deps.store.getJob(taskId);
    const isTheirs = job?.engine === 'midjourney' && (job.keyId === key.id || key.admin);
    // The questions of `info` are this server's own.
    if (!job || !isTheirs || (job.dialect === 'linkr' && job.verb === 'info')) throw new JobError('job-not-found', 'Task not found');
    return job;
  }

  const repeatedOf = (request: FastifyRequest): Promise<Job | undefined> =>
    findRepeated(deps.store, request, request.getDecorator<ApiKey>(API_KEY));

  async function imagine(request: FastifyRequest, reply: FastifyReply): Promise<Job> {
    const { prompt, midjourneyPrompt } = readImagine(bodyOf(request), deps);
    requireReady(await deps.accounts.list());
    return submit(request, reply, { input: { verb: 'imagine', prompt: midjourneyPrompt }, echo: { action: 'imagine', prompt } });
  }

  async function act(request: FastifyRequest, reply: FastifyReply): Promise<Job> {
    const body = bodyOf(request);
    const taskId = requireText(body, 'task_id');
    const action = requireText(body, 'action');
    const source = await requireTask(request, taskId);
    const input = pressAction(source, action);
    if (source.accountId !== null) requireReady([await deps.accounts.get(source.accountId)].filter((account) => account !== undefined));
    return submit(request, reply, { input, echo: { action: actionName(input.label), prompt: echoOf(source).prompt }, source });
  }

  return async (app) => {
    app.setErrorHandler(createErrorHandler({ log: deps.log, send: sendRefusal }));
    app.decorateRequest(API_KEY, null);
    // Bodies are read by the pages themselves, and refused in the vendor's words: schemas only document.
    documentOnly(app);
    app.addHook('onRequest', async (request) => request.setDecorator(API_KEY, await deps.authenticate(request)));

    for (const prefix of PREFIXES) {
      app.post(`${prefix}/v1/imagine`, { schema: imagineSchema }, async (request, reply) => {
        const job = (await repeatedOf(request)) ?? (await imagine(request, reply));
        return { status: 'SUCCESS', task_id: job.id, message: 'Task submitted successfully' };
      });

      app.get<{ Params: { taskId: string } }>(`${prefix}/v1/fetch/:taskId`, { schema: fetchSchema }, async (request) =>
        toTask(await requireTask(request, request.params.taskId), deps.links),
      );

      app.post(`${prefix}/v1/action`, { schema: actionSchema }, async (request, reply) => {
        const job = (await repeatedOf(request)) ?? (await act(request, reply));
        return { status: 'SUCCESS', task_id: job.id, message: 'Action submitted successfully' };
      });

      app.get(`${prefix}/v1/info`, { schema: infoSchema }, async (request) => {
        requireReady(await deps.accounts.list());
        return { status: 'SUCCESS', data: await readInfo(request.getDecorator<ApiKey>(API_KEY)) };
      });
    }
  };
}

/** Throws when none of the accounts can be used: 403 for a suspended one, 502 for one that Discord does not let in. */
function requireReady(accounts: readonly Account[]): void {
  if (accounts.some(({ pause }) => pause === null)) return;
  const [pause] = accounts.flatMap((account) => account.pause ?? []);
  if (!pause) throw new JobError('account-missing', 'Failed to connect to Discord. No Discord account is connected.');
  if (pause.code === 'account-unauthorized') throw new JobError('account-unauthorized', pause.title);
  throw new JobError('account-paused', `Hold account is suspended: ${pause.title}`);
}

function toJobRequest(id: string, request: FastifyRequest, { input, echo, source }: Draft): JobRequest {
  const key = request.getDecorator<ApiKey>(API_KEY);
  const callbackUrl = readText(bodyOf(request), 'webhook_url');
  const idempotency = readIdempotency(request, key);
  return {
    id,
    dialect: 'linkr',
    engine: 'midjourney',
    verb: input.verb,
    keyId: key.id,
    input: { ...input },
    echo: { ...echo },
    usesSlot: usesSlot(input.verb),
    ...(source ? { parentId: source.id } : {}),
    // A button can be pressed only where its message stands.
    ...(source?.accountId ? { accountId: source.accountId } : {}),
    ...(callbackUrl === null ? {} : { callbackUrl }),
    ...(idempotency === undefined ? {} : { idempotency }),
  };
}
