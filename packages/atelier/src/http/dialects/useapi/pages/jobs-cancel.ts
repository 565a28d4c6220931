import type { FastifyInstance } from 'fastify';
import { readJobId } from '../fields.ts';
import { findJob } from '../find-job.ts';
import { toWireStatus } from '../job-body.ts';
import { addPage, type PageContext } from '../page.ts';
import { readRefusals } from '../schemas/errors.ts';
import { cancelledJob } from '../schemas/job.ts';
import { jobidQuery } from '../schemas/request.ts';

/** GET jobs/cancel/?jobid=: ends a job. One that has ended keeps its status. Source: useapi, jobs/cancel. */
export function registerCancel(app: FastifyInstance, context: PageContext): void {
  const { deps, keyOf } = context;
  addPage(app, context, {
    method: 'GET',
    path: '/jobs/cancel',
    head: false,
    schema: {
      summary: 'Cancel a running job',
      description: 'A GET that changes something: not to be fetched ahead. A job that has ended already answers with its own status.',
      tags: ['Jobs'],
      querystring: jobidQuery,
      response: { 200: cancelledJob, ...readRefusals() },
    },
    async handle(request) {
      const job = await deps.cancel(await findJob(deps.store, readJobId(request), keyOf(request)));
      return { jobid: job.id, status: toWireStatus(job.status), code: 200 };
    },
  });
}
