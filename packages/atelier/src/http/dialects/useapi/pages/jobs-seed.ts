import type { FastifyInstance } from 'fastify';
import type { ApiKey } from '../../../../core/key.ts';
import type { Job } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { makesVideo, toButton } from '../buttons.ts';
import { pressedLabel } from '../job-body.ts';
import { invalid, requireText } from '../fields.ts';
import { findJob } from '../find-job.ts';
import { addJobPage, jobOnParent, type PageContext } from '../page.ts';
import { seedRefusals } from '../schemas/errors.ts';
import { seedJob } from '../schemas/job.ts';
import { field, requestBody } from '../schemas/request.ts';
import type { UseapiDraft } from '../submit-job.ts';

/**
 * POST jobs/seed and jobs/seed_async: the seed of a finished picture. The first waits for it, as long as a POST may wait; the
 * second answers when Midjourney has been asked. Source: useapi, jobs/seed; useapi, jobs/seed_async.
 */
export function registerSeed(app: FastifyInstance, context: PageContext): void {
  for (const verb of ['seed', 'seed_async'] as const) {
    const answers = verb === 'seed' ? 'sync' : 'async';
    addJobPage(app, context, {
      path: `/jobs/${verb}`,
      schema: {
        summary: `Seed of a finished picture${answers === 'sync' ? ', waiting for it' : ''}`,
        description: 'The finished job has `seed`, and the single pictures in `attachments`.',
        tags: ['Jobs'],
        body: requestBody({ jobid: field.parentJobId }, ['discord']),
        response: { 200: seedJob(verb), ...seedRefusals() },
      },
      carry: jobOnParent(context, (body, key) => readSeed(body, key, context, verb), answers),
    });
  }
}

async function readSeed(
  body: JsonObject,
  key: ApiKey,
  { deps }: PageContext,
  verb: 'seed' | 'seed_async',
): Promise<{ parent: Job; draft: UseapiDraft }> {
  const parent = await findJob(deps.store, requireText(body, 'jobid').trim(), key);
  const message = parent.output.message;
  if (parent.status !== 'completed' || message === null) throw invalid(`job ${parent.id} is not completed`, 'jobid');
  if (!hasSeed(parent)) throw invalid(`${verb} not supported for job ${parent.id}`, 'jobid');
  return { parent, draft: { input: { verb: 'seed', messageId: message.id }, echo: { verb }, parentId: parent.id } };
}

/** A picture of imagine, button or blend; no video. */
function hasSeed(parent: Job): boolean {
  const button = toButton(pressedLabel(parent.input));
  if ((button !== undefined && makesVideo(button)) || parent.output.assets.some(({ role }) => role === 'video')) return false;
  return parent.verb === 'imagine' || parent.verb === 'button' || parent.verb === 'blend';
}
