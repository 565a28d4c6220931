import type { FastifyInstance } from 'fastify';
import type { DialectDeps } from '../../../dialect.ts';
import type { JsonObject } from '@atelier/lib/json';
import { checkUrlField, invalid, readList, readText, readThreshold } from '../fields.ts';
import { addJobPage, newJob, type PageContext } from '../page.ts';
import { newJobRefusals } from '../schemas/errors.ts';
import { startedJob } from '../schemas/job.ts';
import { field, requestBody } from '../schemas/request.ts';
import type { UseapiDraft } from '../submit-job.ts';

/** Source: useapi, jobs/blend, `blendUrls`. */
const FEWEST_BLEND_URLS = 2;
const MOST_BLEND_URLS = 5;

const DIMENSIONS = { Portrait: 'portrait', Square: 'square', Landscape: 'landscape' } as const;
const isDimension = (text: string): text is keyof typeof DIMENSIONS => Object.hasOwn(DIMENSIONS, text);

/** POST jobs/blend: one picture out of several. Source: useapi, jobs/blend. */
export function registerBlend(app: FastifyInstance, context: PageContext): void {
  addJobPage(app, context, {
    path: '/jobs/blend',
    schema: {
      summary: 'Blend: four pictures out of 2 to 5 others',
      description: 'The pictures are fetched and handed to Midjourney before the answer; one that cannot be fetched is a 400.',
      tags: ['Jobs'],
      body: requestBody({ blendUrls: field.blendUrls, blendDimensions: field.blendDimensions }, [
        'discord',
        'server',
        'channel',
        'maxJobs',
      ]),
      response: { 200: startedJob('blend', ['blendUrls'], ['blendDimensions']), ...newJobRefusals() },
    },
    carry: newJob(context, (body) => readBlend(body, context.deps)),
  });
}

function readBlend(body: JsonObject, { checkUrl }: Pick<DialectDeps, 'checkUrl'>): UseapiDraft {
  const blendUrls = readList(body, 'blendUrls');
  if (blendUrls.length === 0) throw invalid('blendUrls is missing', 'blendUrls');
  if (blendUrls.length < FEWEST_BLEND_URLS || blendUrls.length > MOST_BLEND_URLS) {
    throw invalid(`blendUrls must have ${FEWEST_BLEND_URLS} to ${MOST_BLEND_URLS} URLs`, 'blendUrls');
  }
  for (const url of blendUrls) checkUrlField(url, 'blendUrls', checkUrl);
  const blendDimensions = readText(body, 'blendDimensions');
  if (blendDimensions !== undefined && !isDimension(blendDimensions)) {
    throw invalid(`blendDimensions ${blendDimensions} is not valid, Portrait, Square or Landscape supported`, 'blendDimensions');
  }
  return {
    input: {
      verb: 'blend',
      imageUrls: blendUrls,
      dimensions: blendDimensions === undefined ? null : DIMENSIONS[blendDimensions],
    },
    echo: { blendUrls, ...(blendDimensions === undefined ? {} : { blendDimensions }) },
    ...readThreshold(body),
  };
}
