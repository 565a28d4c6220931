import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiKey } from '../../../../core/key.ts';
import type { Job } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { echoOf } from '../echo.ts';
import { queryOf, readJobId } from '../fields.ts';
import { findJob, listAllJobs, visibleTo } from '../find-job.ts';
import { toJobBody } from '../job-body.ts';
import { addPage, type Desk, type PageSchema } from '../page.ts';
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
 * GET jobs/?jobid= reads one job, GET jobs lists the ids of those that run: the slash or the query alone tells them apart. A key
 * sees its own jobs, an admin key all; so with the children of a job. A paused account does not keep anyone from reading.
 * Source: useapi v2, jobs/?jobid, jobs.
 */
export function registerJobs(app: FastifyInstance, desk: Desk): void {
  const { deps, keyOf } = desk;
  const { store } = deps;

  /** A child is shown under a finished job alone: nothing can be made from one that runs. */
  const childrenOf = async (job: Job, key: ApiKey): Promise<Job[]> =>
    job.status === 'completed' ? await listAllJobs(store, { parentId: job.id, ...visibleTo(key) }) : [];

  const readOne = async (request: FastifyRequest): Promise<JsonObject> => {
    const key = keyOf(request);
    const job = await findJob(store, readJobId(request), key);
    const account = job.accountId === null ? undefined : await deps.accounts.get(job.accountId);
    return toJobBody(job, { links: deps.links, code: 200, echo: echoOf(job, account), children: await childrenOf(job, key) });
  };

  const listExecuting = async (request: FastifyRequest): Promise<string[]> => {
    const statuses = ['queued', 'starting', 'started', 'progress'] as const;
    const jobs = await listAllJobs(store, { statuses, ...visibleTo(keyOf(request)) });
    return jobs.map((job) => job.id);
  };

  addPage(app, desk, { method: 'GET', path: '/jobs/', slashes: false, schema: READ, handle: readOne });
  addPage(app, desk, {
    method: 'GET',
    path: '/jobs',
    slashes: false,
    schema: LIST,
    handle: (request) => ('jobid' in queryOf(request) ? readOne(request) : listExecuting(request)),
  });
}
