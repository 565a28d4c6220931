import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type MidjourneyInput, usesSlot } from '../../../../engine/midjourney/input.ts';
import type { Job } from '../../../../core/job.ts';
import { requireAllowed } from '../../../../policy/policy-service.ts';
import type { DialectDeps } from '../../../dialect.ts';
import { sendEnvelope, success } from '../envelope.ts';
import { recordMissing } from '../errors.ts';
import { bodyOf, requireText, taskIdOf } from '../fields.ts';
import type { TaskDraft, Tasks } from '../tasks.ts';
import { MIDJOURNEY_PATHS } from '../unknown-path.ts';
import type { MidjourneyTaskEcho } from './echo.ts';
import { type IndexField, type PictureAction, pressExtend, pressPicture, readExtend, readPictureNumber } from './follow-up.ts';
import { readGenerate } from './generate.ts';
import { toMidjourneyPrompt } from './prompt.ts';
import { toRecord } from './record.ts';
import { extendSchema, generateSchema, recordSchema, upscaleAliasSchema, upscaleSchema, varyAliasSchema, varySchema } from './schemas.ts';

/** A request as its page has read it. */
interface Draft {
  input: MidjourneyInput;
  taskType: string;
  parent?: Job;
}

/** Every page on Midjourney. */
export function registerMidjourneyRoutes(
  app: FastifyInstance,
  deps: Pick<DialectDeps, 'links' | 'checkUrl' | 'policy'> & { tasks: Tasks },
  options: { stateAliases: boolean },
): void {
  const { tasks } = deps;

  async function requireFinished(request: FastifyRequest): Promise<Job> {
    const parent = await tasks.find(request, 'midjourney', requireText(bodyOf(request), 'taskId'));
    if (parent?.status !== 'completed') throw recordMissing();
    return parent;
  }

  const followUp = (action: PictureAction, field: IndexField) => async (request: FastifyRequest, reply: FastifyReply) => {
    const number = readPictureNumber(bodyOf(request), field);
    const parent = await requireFinished(request);
    const input = pressPicture(parent, action, number);
    return tasks.submit(request, reply, toTask(request, { input, taskType: `mj_${action}`, parent }));
  };

  app.post(MIDJOURNEY_PATHS.generate, { schema: generateSchema }, async (request, reply) => {
    const wanted = readGenerate(bodyOf(request), deps.checkUrl);
    requireAllowed(deps.policy, 'kie', wanted.prompt);
    const input: MidjourneyInput = { verb: 'imagine', prompt: toMidjourneyPrompt(wanted) };
    return tasks.submit(request, reply, toTask(request, { input, taskType: wanted.taskType }));
  });
  app.post(MIDJOURNEY_PATHS.upscale, { schema: upscaleSchema }, followUp('upscale', 'imageIndex'));
  app.post(MIDJOURNEY_PATHS.upscaleAlias, { schema: upscaleAliasSchema }, followUp('upscale', 'index'));
  app.post(MIDJOURNEY_PATHS.vary, { schema: varySchema }, followUp('vary', 'imageIndex'));
  app.post(MIDJOURNEY_PATHS.varyAlias, { schema: varyAliasSchema }, followUp('vary', 'index'));
  app.post(MIDJOURNEY_PATHS.extend, { schema: extendSchema }, async (request, reply) => {
    const wanted = readExtend(bodyOf(request));
    if (wanted.prompt !== null) requireAllowed(deps.policy, 'kie', wanted.prompt);
    const parent = await requireFinished(request);
    return tasks.submit(request, reply, toTask(request, { input: pressExtend(parent, wanted), taskType: wanted.taskType, parent }));
  });

  app.get(MIDJOURNEY_PATHS.record, { schema: recordSchema }, async (request, reply) => {
    const job = await tasks.find(request, 'midjourney', taskIdOf(request));
    // A task that nobody knows is a success without data. Source: kie, recorded replies.
    return sendEnvelope(reply, success(job ? toRecord(job, deps.links, options) : null));
  });
}

function toTask(request: FastifyRequest, { input, taskType, parent }: Draft): TaskDraft {
  const echo: MidjourneyTaskEcho = { taskType, promptJson: JSON.stringify(bodyOf(request)) };
  return {
    engine: 'midjourney',
    verb: input.verb,
    input: { ...input },
    echo: { ...echo },
    usesSlot: usesSlot(input.verb),
    ...(parent ? { parent } : {}),
  };
}
