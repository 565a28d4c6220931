import type { FastifyInstance, FastifyRequest, RouteShorthandOptions } from 'fastify';
import type { ApiKey } from '../../../account/account.ts';
import type { Job } from '../../../job/job.ts';
import { isJsonObject, type JsonObject } from '../../../lib/json.ts';
import type { DialectDeps } from '../../dialect.ts';
import { invalid } from './fields.ts';
import { findJob, listAllJobs } from './find-job.ts';
import { toJobBody, toWireStatus } from './job-body.ts';

/** Cancelling changes state over GET, so there must be no HEAD that does it too. */
const NO_HEAD: RouteShorthandOptions = { exposeHeadRoute: false };

/**
 * The GET pages under jobs/. Reading one job and listing those that run differ by the slash or the query alone: `jobs/?jobid=`
 * (also written `jobs?jobid=`) and `jobs`. A paused account does not keep anyone from reading.
 * Source: useapi v2, jobs/?jobid, jobs, jobs/cancel.
 */
export function registerJobGets(app: FastifyInstance, deps: DialectDeps, keyOf: (request: FastifyRequest) => ApiKey): void {
  const { store } = deps;

  /** A child is shown under a finished job alone: nothing can be made from one that runs. */
  const childrenOf = async (job: Job): Promise<Job[]> =>
    job.status === 'completed' ? await listAllJobs(store, { parentId: job.id, dialect: 'useapi' }) : [];

  const readOne = async (request: FastifyRequest): Promise<JsonObject> => {
    const job = await findJob(store, readJobId(request), keyOf(request));
    return toJobBody(job, { links: deps.links, code: 200, children: await childrenOf(job) });
  };

  const listExecuting = async (request: FastifyRequest): Promise<string[]> => {
    const statuses = ['queued', 'starting', 'started', 'progress'] as const;
    const jobs = await listAllJobs(store, { keyId: keyOf(request).id, dialect: 'useapi', statuses });
    return jobs.map((job) => job.id);
  };

  const cancel = async (request: FastifyRequest): Promise<JsonObject> => {
    const job = await deps.cancel(await findJob(store, readJobId(request), keyOf(request)));
    return { jobid: job.id, status: toWireStatus(job.status), code: 200 };
  };

  app.get('/jobs/', readOne);
  app.get('/jobs', (request) => (hasJobId(request) ? readOne(request) : listExecuting(request)));
  app.get('/jobs/cancel', NO_HEAD, cancel);
  app.get('/jobs/cancel/', NO_HEAD, cancel);
}

const queryOf = (request: FastifyRequest): JsonObject => (isJsonObject(request.query) ? request.query : {});
const hasJobId = (request: FastifyRequest): boolean => 'jobid' in queryOf(request);

/** The `jobid` of the query; one client sends it twice. */
function readJobId(request: FastifyRequest): string {
  const value = queryOf(request)['jobid'];
  const candidates = Array.isArray(value) ? value : [value];
  const jobid = candidates.find((candidate): candidate is string => typeof candidate === 'string' && candidate.trim() !== '');
  if (jobid === undefined) throw invalid('Query param jobid not provided', 'jobid');
  return jobid.trim();
}
