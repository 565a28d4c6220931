import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiKey } from '../../../../core/key.ts';
import { UNFINISHED_STATUSES, type Job } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { echoOf } from '../job-body.ts';
import { queryOf, readJobId } from '../fields.ts';
import { findJob, listAllJobs, visibleTo } from '../find-job.ts';
import { toJobBody } from '../job-body.ts';
import { addPage, type PageContext, type PageSchema } from '../page.ts';
import { readRefusals } from '../schemas/errors.ts';
import { executingJobs, oneOrList, readJob } from '../schemas/job.ts';
import { jobidQuery, optionalJobidQuery } from '../schemas/request.ts';

const READ: PageSchema = {
  summary: 'One job: its status and result',
  description: 'A job that failed, was moderated or cancelled is read with 200, too: `status` and `error` say so.',
  tags: ['Jobs'],
  querystring: jobidQuery,
  response: { 200: readJob, ...readRefusals() },
};

const LIST: PageSchema = {
  summary: 'Ids of the jobs being executed',
  description: 'The jobs of this API token; with an admin key, those of all. With `jobid` in the query it is the page of that one job.',
  tags: ['Jobs'],
  querystring: optionalJobidQuery,
  response: { 200: oneOrList(executingJobs, readJob), ...readRefusals() },
};

/**
 * GET jobs/?jobid= reads one job, GET jobs lists the ids of the running jobs: only the slash or the query tells them apart. A key
 * sees its own jobs and their children, an admin key every job. Reading works while an account is paused.
 * Source: useapi, jobs/?jobid; useapi, jobs.
 */
export function registerJobs(app: FastifyInstance, context: PageContext): void {
  const { deps, keyOf } = context;
  const { store } = deps;

  /** Only a completed job has children: buttons appear with the result. */
  const childrenOf = async (job: Job, key: ApiKey): Promise<Job[]> =>
    job.status === 'completed' ? await listAllJobs(store, { parentId: job.id, ...visibleTo(key) }) : [];

  const readOne = async (request: FastifyRequest): Promise<JsonObject> => {
    const key = keyOf(request);
    const job = await findJob(store, readJobId(request), key);
    const account = job.accountId === null ? undefined : await deps.accounts.get(job.accountId);
    return toJobBody(job, { links: deps.links, code: 200, echo: echoOf(job, account), children: await childrenOf(job, key) });
  };

  const listExecuting = async (request: FastifyRequest): Promise<string[]> => {
    const jobs = await listAllJobs(store, { statuses: UNFINISHED_STATUSES, ...visibleTo(keyOf(request)) });
    return jobs.map((job) => job.id);
  };

  addPage(app, context, { method: 'GET', path: '/jobs/', schema: READ, handle: readOne });
  addPage(app, context, {
    method: 'GET',
    path: '/jobs',
    schema: LIST,
    handle: (request) => ('jobid' in queryOf(request) ? readOne(request) : listExecuting(request)),
  });
}
