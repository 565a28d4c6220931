import type { preValidationAsyncHookHandler } from 'fastify';
import { Type } from 'typebox';
import { isJsonObject, type JsonValue } from '@atelier/lib/json';
import type { ApiKey } from '../../../../core/key.ts';
import { JobError } from '../../../../core/errors.ts';
import { isFinal } from '../../../../core/job.ts';
import type { JobFilter } from '../../../../core/store.ts';
import { findJobView, type BatchView } from '../batch.ts';
import { keyOf, PAGING, readPage, untilGone, type NativeRoute, type NativeRouteDeps } from '../context.ts';
import { jobPath, toJobBody } from '../job-body.ts';
import { answers, Dialect, Engine, JobStatus, type JobBody } from '../schema.ts';
import { NewJobBody, submitJob } from '../verbs/submit.ts';

/** Proxies between caller and server give up after about a minute. */
const MAX_WAIT_S = 60;
/** Room for a few pictures as base64; each is checked on its own. */
const MAX_JOB_BODY_BYTES = 32 * 1024 * 1024;
const MAX_FILES = 8;
const MAX_FILE_BYTES = 10 * 1024 * 1024;
const TAGS = ['jobs'];
const JobRef = Type.Ref('Job');
const JobParams = Type.Object({ jobId: Type.String() });

const createJob: NativeRoute = (app, deps) => {
  const schema = {
    summary: 'Make a job',
    description:
      'Answers as soon as the job is on disk; the job starts when a slot is free. With an `Idempotency-Key` header a repeated request gets the same job. A prompt with `{a, b}` or `--repeat` makes several jobs, all or none; the answer is their parent and lists them as `children`.',
    operationId: 'createJob',
    tags: TAGS,
    headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) }),
    body: NewJobBody,
    response: answers({ 202: JobRef }),
  };
  const limits = { bodyLimit: MAX_JOB_BODY_BYTES, config: { files: { max: MAX_FILES, maxBytes: MAX_FILE_BYTES } } };
  app.post('/jobs', { schema, ...limits, preValidation: readForm }, async (request, reply) => {
    const { view, isRepeated } = await submitJob(deps, request, reply);
    void reply.header('location', jobPath(view.job.id));
    if (isRepeated) void reply.header('idempotency-replayed', 'true');
    return reply.code(202).send(await toViewBody(deps, view));
  });
};

/** A multipart form has text alone, and a single file is no list. */
const readForm: preValidationAsyncHookHandler = async (request) => {
  if (!request.isMultipart() || !isJsonObject(request.body)) return;
  const { images, imageUrls, maxJobs, ...fields } = request.body;
  const toList = (value: JsonValue | undefined): JsonValue[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
  request.body = {
    ...fields,
    ...(images !== undefined && { images: toList(images) }),
    ...(imageUrls !== undefined && { imageUrls: toList(imageUrls) }),
    ...(maxJobs !== undefined && { maxJobs: Number(maxJobs) }),
  };
};

const listJobs: NativeRoute = (app, { store, links }) => {
  const schema = {
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
        batchId: Type.Optional(Type.String({ maxLength: 200, description: 'The jobs of one prompt that stands for several' })),
        keyId: Type.Optional(Type.String({ maxLength: 100, description: 'For the admin key, which sees the jobs of all keys' })),
        ...PAGING,
      },
      { additionalProperties: false },
    ),
    response: answers({ 200: Type.Ref('JobPage') }),
  };
  app.get('/jobs', { schema }, async (request) => {
    const { status, cursor: _cursor, limit: _limit, ...others } = request.query;
    const filter = visibleTo(keyOf(request), { ...others, ...(status && { statuses: status }) });
    return readPage(
      request.query,
      (paging) => store.listJobs({ ...filter, ...paging }),
      (job) => toJobBody(job, links),
    );
  });
};

const readJob: NativeRoute = (app, deps) => {
  const { store, closing } = deps;
  const schema = {
    summary: 'Read a job, made in any dialect',
    operationId: 'getJob',
    tags: TAGS,
    params: JobParams,
    querystring: Type.Object(
      {
        wait: Type.Optional(
          Type.String({
            pattern: '^\\d{1,4}s?$',
            description: `Seconds to wait for the end of the job, at most ${MAX_WAIT_S}: \`30\` or \`30s\`. The answer comes as soon as the job has ended, or shows the job after this time.`,
          }),
        ),
      },
      { additionalProperties: false },
    ),
    response: answers({ 200: JobRef }),
  };
  app.get('/jobs/:jobId', { schema }, async (request, reply) => {
    const key = keyOf(request);
    const view = await findJobView(store, request.params.jobId, key);
    const waitS = Math.min(Number.parseInt(request.query.wait ?? '0', 10), MAX_WAIT_S);
    if (isFinal(view.job.status) || waitS === 0) return toViewBody(deps, view);
    await waitForEnd(deps, view, { timeoutMs: waitS * 1_000, signal: untilGone(reply, closing) });
    return toViewBody(deps, await findJobView(store, view.job.id, key));
  });
};

/** The body of a job or of the parent of a batch; for a queued job with its place in the queue. */
async function toViewBody({ store, links }: Pick<NativeRouteDeps, 'store' | 'links'>, { job, children }: BatchView): Promise<JobBody> {
  const isQueued = job.status === 'queued' && children.length === 0;
  return toJobBody(job, links, { children, queuePosition: isQueued ? await store.queuePosition(job.id) : undefined });
}

/** Resolves when the job, or every job of the batch, has ended, or at the time limit or an abort. */
async function waitForEnd(
  { watch, clock }: Pick<NativeRouteDeps, 'watch' | 'clock'>,
  { job, children }: BatchView,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  const untilMs = clock.now() + timeoutMs;
  for (const { id } of children.length === 0 ? [job] : children) {
    const leftMs = untilMs - clock.now();
    if (signal.aborted || leftMs <= 0) return;
    await watch.wait(id, (now) => isFinal(now.status), { timeoutMs: leftMs, signal });
  }
}

const cancelJob: NativeRoute = (app, deps) => {
  const { store, cancel } = deps;
  const schema = {
    summary: 'Cancel a job',
    description: 'A job that has ended stays as it is. The parent of a batch cancels all its jobs.',
    operationId: 'cancelJob',
    tags: TAGS,
    params: JobParams,
    response: answers({ 200: JobRef }),
  };
  app.post('/jobs/:jobId/cancel', { schema }, async (request) => {
    const key = keyOf(request);
    const { job, children } = await findJobView(store, request.params.jobId, key);
    if (children.length === 0) return toViewBody(deps, { job: await cancel(job), children });
    await Promise.all(children.map(cancel));
    return toViewBody(deps, await findJobView(store, job.id, key));
  });
};

export const JOB_ROUTES: readonly NativeRoute[] = [createJob, listJobs, readJob, cancelJob];

/** A key lists its own jobs; the admin key lists all jobs, or the jobs of one key. */
function visibleTo(key: ApiKey, filter: Omit<JobFilter, 'limit'>): Omit<JobFilter, 'limit'> {
  if (key.admin) return filter;
  if (filter.keyId !== undefined && filter.keyId !== key.id)
    throw new JobError('forbidden', 'Only an admin key may list the jobs of another key');
  return { ...filter, keyId: key.id };
}
