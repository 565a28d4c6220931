import type { FastifyInstance } from 'fastify';
import type { DialectDeps } from '../../../dialect.ts';
import type { JsonObject } from '@atelier/lib/json';
import { checkUrlField, readThreshold, requireText } from '../fields.ts';
import { addJobPage, newJob, type PageContext } from '../page.ts';
import { newJobRefusals } from '../schemas/errors.ts';
import { startedJob } from '../schemas/job.ts';
import { field, requestBody } from '../schemas/request.ts';
import type { UseapiDraft } from '../submit-job.ts';

/** POST jobs/describe: four prompts for a picture. Source: useapi, jobs/describe. */
export function registerDescribe(app: FastifyInstance, context: PageContext): void {
  addJobPage(app, context, {
    path: '/jobs/describe',
    schema: {
      summary: 'Describe: four prompts that would give this picture',
      description: 'The prompts stand in `embeds[0].description` of the finished job, and in `content`.',
      tags: ['Jobs'],
      body: requestBody({ describeUrl: field.describeUrl }, ['discord', 'server', 'channel', 'maxJobs']),
      response: { 200: startedJob('describe', ['describeUrl']), ...newJobRefusals() },
    },
    carry: newJob(context, (body) => readDescribe(body, context.deps)),
  });
}

function readDescribe(body: JsonObject, { checkUrl }: Pick<DialectDeps, 'checkUrl'>): UseapiDraft {
  const describeUrl = checkUrlField(requireText(body, 'describeUrl'), 'describeUrl', checkUrl);
  return { input: { verb: 'describe', imageUrl: describeUrl }, echo: { describeUrl }, ...readThreshold(body) };
}
