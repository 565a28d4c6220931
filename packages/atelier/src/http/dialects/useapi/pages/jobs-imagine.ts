import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '@atelier/lib/json';
import { MAX_PROMPT_LENGTH, readThreshold, requireText } from '../fields.ts';
import { addJobPage, newJob, type PageContext } from '../page.ts';
import { newJobRefusals } from '../schemas/errors.ts';
import { startedJob } from '../schemas/job.ts';
import { field, requestBody } from '../schemas/request.ts';
import type { UseapiDraft } from '../submit-job.ts';

/** POST jobs/imagine: a picture from a prompt. Source: useapi, jobs/imagine. */
export function registerImagine(app: FastifyInstance, context: PageContext): void {
  addJobPage(app, context, {
    path: '/jobs/imagine',
    schema: {
      summary: 'Imagine: four pictures from a prompt',
      description: 'Answers once Midjourney has taken the job or refused it. The result comes by callback, or from GET jobs/?jobid=.',
      tags: ['Jobs'],
      body: requestBody({ prompt: field.prompt }, ['discord', 'server', 'channel', 'maxJobs']),
      response: { 200: startedJob('imagine', ['prompt']), ...newJobRefusals() },
    },
    carry: newJob(context, readImagine),
  });
}

function readImagine(body: JsonObject): UseapiDraft {
  const prompt = requireText(body, 'prompt', MAX_PROMPT_LENGTH);
  return { input: { verb: 'imagine', prompt }, echo: { prompt }, ...readThreshold(body) };
}
