import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { requireSinglePrompt } from '../../../../engine/midjourney/expand-prompt.ts';
import { type MidjourneyInput, usesSlot } from '../../../../engine/midjourney/input.ts';
import type { Job } from '../../../../core/job.ts';
import { requireAllowed } from '../../../../policy/policy-service.ts';
import type { DialectDeps } from '../../../dialect.ts';
import { recordMissing } from '../errors.ts';
import { bodyOf, requireText, taskIdOf } from '../fields.ts';
import { MIDJOURNEY_PATHS as PATHS } from '../paths.ts';
import { sendRecord, sendTaskId, type TaskDraft, type Tasks } from '../tasks.ts';
import { type IndexField, type PictureAction, pressExtend, pressPicture, readExtend, readPictureNumber } from './follow-up.ts';
import { readGenerate } from './generate.ts';
import { toMidjourneyPrompt } from './prompt.ts';
import { type MidjourneyTaskEcho, toRecord } from './record.ts';
import { extendSchema, generateSchema, recordSchema, upscaleAliasSchema, upscaleSchema, varyAliasSchema, varySchema } from './schemas.ts';

/** The Midjourney pages. Each request is authenticated already (`tasks.addHooks`). */
export function registerMidjourneyRoutes(
  app: FastifyInstance,
  deps: Pick<DialectDeps, 'links' | 'checkUrl' | 'policy'> & { tasks: Tasks },
  options: { stateAliases: boolean },
): void {
  const { tasks } = deps;

  app.post(PATHS.generate, { schema: generateSchema }, async (request, reply) => {
    const wanted = readGenerate(bodyOf(request), deps.checkUrl);
    requireAllowed(deps.policy, 'kie', wanted.prompt);
    requireSinglePrompt(wanted.prompt);
    const input: MidjourneyInput = { verb: 'imagine', prompt: toMidjourneyPrompt(wanted) };
    return sendTaskId(reply, await tasks.submit(request, reply, toDraft(request, wanted.taskType, input)));
  });

  const followUp = (action: PictureAction, field: IndexField) => async (request: FastifyRequest, reply: FastifyReply) => {
    const number = readPictureNumber(bodyOf(request), field);
    const parent = await requireFinished(tasks, request);
    const input = pressPicture(parent, action, number);
    return sendTaskId(reply, await tasks.submit(request, reply, { ...toDraft(request, `mj_${action}`, input), parent }));
  };
  app.post(PATHS.upscale, { schema: upscaleSchema }, followUp('upscale', 'imageIndex'));
  app.post(PATHS.upscaleAlias, { schema: upscaleAliasSchema }, followUp('upscale', 'index'));
  app.post(PATHS.vary, { schema: varySchema }, followUp('vary', 'imageIndex'));
  app.post(PATHS.varyAlias, { schema: varyAliasSchema }, followUp('vary', 'index'));

  app.post(PATHS.extend, { schema: extendSchema }, async (request, reply) => {
    const wanted = readExtend(bodyOf(request));
    if (wanted.prompt !== null) {
      requireAllowed(deps.policy, 'kie', wanted.prompt);
      requireSinglePrompt(wanted.prompt);
    }
    const parent = await requireFinished(tasks, request);
    const input = pressExtend(parent, wanted);
    return sendTaskId(reply, await tasks.submit(request, reply, { ...toDraft(request, wanted.taskType, input), parent }));
  });

  app.get(PATHS.record, { schema: recordSchema }, async (request, reply) => {
    const job = await tasks.find(request, 'midjourney', taskIdOf(request));
    return sendRecord(reply, job ? toRecord(job, deps.links, options) : null);
  });
}

async function requireFinished(tasks: Tasks, request: FastifyRequest): Promise<Job> {
  const parent = await tasks.find(request, 'midjourney', requireText(bodyOf(request), 'taskId'));
  if (parent?.status !== 'completed') throw recordMissing();
  return parent;
}

function toDraft(request: FastifyRequest, taskType: string, input: MidjourneyInput): TaskDraft {
  const echo: MidjourneyTaskEcho = { taskType, promptJson: JSON.stringify(bodyOf(request)) };
  return { engine: 'midjourney', verb: input.verb, input: { ...input }, echo: { ...echo }, usesSlot: usesSlot(input.verb) };
}
