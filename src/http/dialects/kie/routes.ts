import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKey } from '../../../account/account.ts';
import { documentOnly } from '../../openapi.ts';
import { type MidjourneyInput, usesSlot } from '../../../engine/midjourney/input.ts';
import type { Job } from '../../../job/job.ts';
import { requireAllowed } from '../../../job/policy-service.ts';
import type { JobRequest } from '../../../job/submit.ts';
import type { DialectDeps } from '../../dialect.ts';
import { findRepeated, onceGone, readIdempotency } from '../../exchange.ts';
import type { Echo } from './echo.ts';
import { sendEnvelope, success } from './envelope.ts';
import { createErrorHandler, invalid, recordMissing } from './errors.ts';
import { bodyOf, readText, requireText } from './fields.ts';
import { type IndexField, type PictureAction, pressExtend, pressPicture, readExtend, readPictureNumber } from './follow-up.ts';
import { readGenerate } from './generate.ts';
import { toMidjourneyPrompt } from './prompt.ts';
import { createRateLimiter, type RateLimit } from './rate-limit.ts';
import { toRecord } from './record.ts';
import {
  creditSchema,
  extendSchema,
  generateSchema,
  recordSchema,
  upscaleAliasSchema,
  upscaleSchema,
  varyAliasSchema,
  varySchema,
} from './schemas.ts';
import { PATHS } from './unknown-path.ts';

export interface KieOptions {
  /** Answers `code` 401 and 429 as HTTP statuses too. */
  mirrorHttpStatus: boolean;
  rateLimit: RateLimit | null;
  /** Adds `state` and `resultJson` to records. */
  stateAliases: boolean;
  /** What `chat/credit` says. Nothing is counted here: Midjourney's own subscription is the limit. */
  creditBalance: number;
}

/** What this dialect needs of what every dialect is given. */
export interface KieDeps extends Pick<
  DialectDeps,
  'clock' | 'ids' | 'log' | 'submit' | 'links' | 'authenticate' | 'holdCallbacks' | 'checkUrl' | 'policy'
> {
  store: Pick<DialectDeps['store'], 'getJob' | 'findRepeated'>;
}

/** A request as its page has read it. */
interface Draft {
  input: MidjourneyInput;
  taskType: string;
  parent?: Job;
}

const API_KEY = 'kieApiKey';

export function createRoutes(deps: KieDeps, options: KieOptions): FastifyPluginAsync {
  const countTask = createRateLimiter({ clock: deps.clock, limit: options.rateLimit });

  /** Accepts the task and answers with its id, before any callback of it can go out. */
  async function submit(request: FastifyRequest, reply: FastifyReply, draft: Draft): Promise<FastifyReply> {
    const key = request.getDecorator<ApiKey>(API_KEY);
    countTask(key.id);
    // 32 hexadecimal digits as at the vendor, in the order of time: the store likes ids that grow.
    const id = deps.ids.uuid().replaceAll('-', '');
    onceGone(reply, deps.holdCallbacks(id));
    const job = await deps.submit(toJobRequest(id, key, request, draft));
    return sendEnvelope(reply, success({ taskId: job.id }));
  }

  /** The caller's own task, or any for the admin key, whatever dialect it was made in. */
  async function findTask(request: FastifyRequest, taskId: string): Promise<Job | undefined> {
    const key = request.getDecorator<ApiKey>(API_KEY);
    const job = await deps.store.getJob(taskId);
    return job?.engine === 'midjourney' && (job.keyId === key.id || key.admin) ? job : undefined;
  }

  async function requireFinished(request: FastifyRequest): Promise<Job> {
    const parent = await findTask(request, requireText(bodyOf(request), 'taskId'));
    if (parent?.status !== 'completed') throw recordMissing();
    return parent;
  }

  const followUp = (action: PictureAction, field: IndexField) => async (request: FastifyRequest, reply: FastifyReply) => {
    const number = readPictureNumber(bodyOf(request), field);
    const parent = await requireFinished(request);
    return submit(request, reply, { input: pressPicture(parent, action, number), taskType: `mj_${action}`, parent });
  };

  return async (app) => {
    app.setErrorHandler(createErrorHandler({ log: deps.log, mirrorHttpStatus: options.mirrorHttpStatus }));
    app.decorateRequest(API_KEY, null);
    // Bodies are read by the pages themselves, and refused in the vendor's words: schemas only document.
    documentOnly(app);
    app.addHook('onRequest', async (request) => request.setDecorator(API_KEY, await deps.authenticate(request)));
    app.addHook('preHandler', async (request, reply) => {
      const repeated = await findRepeated(deps.store, request, request.getDecorator<ApiKey>(API_KEY));
      if (repeated) return sendEnvelope(reply, success({ taskId: repeated.id }));
    });

    app.post(PATHS.generate, { schema: generateSchema }, async (request, reply) => {
      const wanted = readGenerate(bodyOf(request), deps.checkUrl);
      requireAllowed(deps.policy, 'kie', wanted.prompt);
      return submit(request, reply, { input: { verb: 'imagine', prompt: toMidjourneyPrompt(wanted) }, taskType: wanted.taskType });
    });
    app.post(PATHS.upscale, { schema: upscaleSchema }, followUp('upscale', 'imageIndex'));
    app.post(PATHS.upscaleAlias, { schema: upscaleAliasSchema }, followUp('upscale', 'index'));
    app.post(PATHS.vary, { schema: varySchema }, followUp('vary', 'imageIndex'));
    app.post(PATHS.varyAlias, { schema: varyAliasSchema }, followUp('vary', 'index'));
    app.post(PATHS.extend, { schema: extendSchema }, async (request, reply) => {
      const wanted = readExtend(bodyOf(request));
      if (wanted.prompt !== null) requireAllowed(deps.policy, 'kie', wanted.prompt);
      const parent = await requireFinished(request);
      return submit(request, reply, { input: pressExtend(parent, wanted), taskType: wanted.taskType, parent });
    });

    app.get<{ Querystring: { taskId?: string } }>(PATHS.record, { schema: recordSchema }, async (request, reply) => {
      const { taskId } = request.query;
      if (typeof taskId !== 'string' || taskId === '') throw invalid('taskId', 'taskId is required');
      const job = await findTask(request, taskId);
      // A task that nobody knows is a success without data. Source: kie, recorded replies.
      return sendEnvelope(reply, success(job ? toRecord(job, deps.links, options) : null));
    });
    app.get(PATHS.credit, { schema: creditSchema }, async (_request, reply) => sendEnvelope(reply, success(options.creditBalance)));
  };
}

function toJobRequest(id: string, key: ApiKey, request: FastifyRequest, draft: Draft): JobRequest {
  const body = bodyOf(request);
  const { input, parent } = draft;
  const callbackUrl = readText(body, 'callBackUrl');
  const idempotency = readIdempotency(request, key);
  const echo: Echo = { taskType: draft.taskType, promptJson: JSON.stringify(body) };
  return {
    id,
    dialect: 'kie',
    engine: 'midjourney',
    verb: input.verb,
    keyId: key.id,
    input: { ...input },
    echo: { ...echo },
    usesSlot: usesSlot(input.verb),
    ...(parent ? { parentId: parent.id } : {}),
    // A button can be pressed only where its message stands.
    ...(parent?.accountId ? { accountId: parent.accountId } : {}),
    ...(callbackUrl === null ? {} : { callbackUrl }),
    ...(idempotency === undefined ? {} : { idempotency }),
  };
}
