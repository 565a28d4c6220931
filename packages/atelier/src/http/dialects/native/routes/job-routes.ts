import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { ApiKey } from '../../../../core/key.ts';
import { JobError } from '../../../../core/errors.ts';
import { isFinal } from '../../../../core/job.ts';
import type { JobFilter } from '../../../../core/store.ts';
import type { NativeDeps } from '../../../dialect.ts';
import { onceGone } from '../../../exchange.ts';
import { findJob, keyOf, type NativeApp } from '../context.ts';
import { jobPath, toJobBody } from '../job-body.ts';
import { answers, Dialect, Engine, JobStatus, page, PAGING, readPage } from '../schema.ts';
import { createSubmitter } from '../verbs/submit.ts';
import { JobRequest } from '../verbs/verbs.ts';

/** A proxy in between gives up after a minute or so. */
const LONGEST_WAIT_S = 60;
const TAGS = ['jobs'];
const Job = Type.Ref('Job');
const JobParams = Type.Object({ jobId: Type.String() });

/** What is written is in the path: `/jobs`, and under it one job. */
export function registerJobRoutes(app: NativeApp, deps: NativeDeps, closing: AbortSignal): void {
  const { store, links } = deps;
  const submit = createSubmitter(deps);

  const create = {
    summary: 'Make a job',
    description:
      'Answers as soon as the job is on disk; it is carried out when a slot is free. With an `Idempotency-Key` header the same request, sent again, gives the same job.',
    operationId: 'createJob',
    tags: TAGS,
    headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) }),
    body: JobRequest,
    response: answers({ 202: Job }),
  };
  app.post('/jobs', { schema: create }, async (request, reply) => {
    const { job, isRepeated } = await submit(request, reply);
    void reply.header('location', jobPath(job.id));
    if (isRepeated) void reply.header('idempotency-replayed', 'true');
    return reply.code(202).send(toJobBody(job, links));
  });

  const list = {
    summary: 'List jobs, newest first',
    operationId: 'listJobs',
    tags: TAGS,
    querystring: Type.Object(
      {
        status: Type.Optional(Type.Array(JobStatus, { minItems: 1, description: 'One or several, also written with commas' })),
        verb: Type.Optional(Type.String({ maxLength: 50 })),
        dialect: Type.Optional(Dialect),
        engine: Type.Optional(Engine),
        accountId: Type.Optional(Type.String({ maxLength: 100 })),
        parentId: Type.Optional(Type.String({ maxLength: 200 })),
        keyId: Type.Optional(Type.String({ maxLength: 100, description: 'For the admin key, which sees the jobs of all' })),
        ...PAGING,
      },
      { additionalProperties: false },
    ),
    response: answers({ 200: page('Job') }),
  };
  app.get('/jobs', { schema: list }, async (request) => {
    const { status, cursor: _cursor, limit: _limit, ...others } = request.query;
    const filter = visibleTo(keyOf(request), { ...others, ...(status && { statuses: status }) });
    return readPage(
      request.query,
      (paging) => store.listJobs({ ...filter, ...paging }),
      (job) => toJobBody(job, links),
    );
  });

  const read = {
    summary: 'Read a job, made in any dialect',
    operationId: 'getJob',
    tags: TAGS,
    params: JobParams,
    querystring: Type.Object(
      {
        wait: Type.Optional(
          Type.String({
            pattern: '^\\d{1,4}s?$',
            description: `Seconds to wait for the end of the job, at most ${LONGEST_WAIT_S}: \`30\` or \`30s\`. The answer comes as soon as it has ended, or as it stands then.`,
          }),
        ),
      },
      { additionalProperties: false },
    ),
    response: answers({ 200: Job }),
  };
  app.get('/jobs/:jobId', { schema: read }, async (request, reply) => {
    const key = keyOf(request);
    const job = await findJob(store, request.params.jobId, key);
    const waitS = Math.min(Number.parseInt(request.query.wait ?? '0', 10), LONGEST_WAIT_S);
    if (isFinal(job.status) || waitS === 0) return toJobBody(job, links);
    const ended = await deps.watch.wait(job.id, (now) => isFinal(now.status), {
      timeoutMs: waitS * 1_000,
      signal: untilGone(reply, closing),
    });
    return toJobBody(ended ?? (await findJob(store, job.id, key)), links);
  });

  const cancel = {
    summary: 'Cancel a job',
    description: 'A job that has ended stays as it is.',
    operationId: 'cancelJob',
    tags: TAGS,
    params: JobParams,
    response: answers({ 200: Job }),
  };
  app.post('/jobs/:jobId/cancel', { schema: cancel }, async (request) =>
    toJobBody(await deps.cancel(await findJob(store, request.params.jobId, keyOf(request))), links),
  );
}

/** A key lists its own jobs; the admin key all, or those of one key. */
function visibleTo(key: ApiKey, filter: Omit<JobFilter, 'limit'>): Omit<JobFilter, 'limit'> {
  if (key.admin) return filter;
  if (filter.keyId !== undefined && filter.keyId !== key.id)
    throw new JobError('forbidden', 'Only an admin key may list the jobs of another');
  return { ...filter, keyId: key.id };
}

/** Aborts when nobody waits for the reply any more. */
export function untilGone(reply: FastifyReply, closing: AbortSignal): AbortSignal {
  const gone = new AbortController();
  onceGone(reply, () => gone.abort());
  return AbortSignal.any([gone.signal, closing]);
}
