import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ApiKey } from '../../../../core/key.ts';
import { isFinal, type Job, type JobStatus } from '../../../../core/job.ts';
import type { NativeDeps } from '../../../dialect.ts';
import { findJob, keyOf, maySee, type NativeApp } from '../context.ts';
import { eventId, eventTimeMs, openEventStream, type EventStream } from './event-stream.ts';
import { toJobBody } from '../job-body.ts';
import { untilGone } from './job-routes.ts';
import { answers } from '../schema.ts';

const HEARTBEAT_MS = 15_000;
/** How many of the newest jobs a snapshot looks at, and how many unfinished ones it shows. */
const SNAPSHOT_SIZE = 200;
const UNFINISHED: readonly JobStatus[] = ['queued', 'starting', 'started', 'progress'];

const Stream = Type.String({
  description:
    'Server-sent events. First `snapshot`: `{ jobs: Job[] }`; then `job` with the job at each change. A reader that is too slow for each change gets the latest.',
});
const schema = { tags: ['events'], produces: ['text/event-stream'], response: answers({ 200: Stream }) };

/** What a stream is about. */
interface Subject {
  snapshot(): Promise<Job[]>;
  /** What another process may have changed unheard. */
  reread(): Promise<Job[]>;
  isAbout(job: Job): boolean;
  /** Nothing more will come once this job has changed so. */
  isLast(job: Job): boolean;
}

/** The changes of jobs as server-sent events. */
export function registerEventRoutes(app: NativeApp, deps: NativeDeps, closing: AbortSignal): void {
  const { store } = deps;
  const follow = createFollower(deps, closing);

  const one = {
    ...schema,
    summary: 'Follow a job',
    description: 'Ends when the job has ended. Who then comes back with its last event id is told 204: there is no more.',
    operationId: 'jobEvents',
    params: Type.Object({ jobId: Type.String() }),
  };
  app.get('/jobs/:jobId/events', { schema: one }, async (request, reply) => {
    const key = keyOf(request);
    const job = await findJob(store, request.params.jobId, key);
    if (isFinal(job.status) && request.headers['last-event-id'] === eventId(job)) return reply.code(204).send();
    return follow(request, reply, {
      snapshot: async () => [await findJob(store, job.id, key)],
      reread: async () => [await findJob(store, job.id, key)],
      isAbout: ({ id }) => id === job.id,
      isLast: ({ status }) => isFinal(status),
    });
  });

  const all = {
    ...schema,
    summary: 'Follow every job that this key may see',
    description: 'The snapshot holds the jobs that have not ended, and with a `Last-Event-ID` also those that have ended since.',
    operationId: 'events',
  };
  app.get('/events', { schema: all }, async (request, reply) => {
    const key = keyOf(request);
    return follow(request, reply, {
      snapshot: () => readSnapshot(deps, key, eventTimeMs(request.headers['last-event-id'])),
      reread: async () => [],
      isAbout: (job) => maySee(key, job),
      isLast: () => false,
    });
  });
}

async function readSnapshot({ store }: Pick<NativeDeps, 'store'>, key: ApiKey, sinceMs: number | undefined): Promise<Job[]> {
  const mine = key.admin ? {} : { keyId: key.id };
  const unfinished = await store.listJobs({ ...mine, statuses: UNFINISHED, limit: SNAPSHOT_SIZE });
  if (sinceMs === undefined) return unfinished;
  const newest = await store.listJobs({ ...mine, limit: SNAPSHOT_SIZE });
  return [...unfinished, ...newest.filter((job) => isFinal(job.status) && job.updatedAtMs >= sinceMs)];
}

function createFollower({ clock, watch, links, authenticate }: NativeDeps, closing: AbortSignal) {
  return async (request: FastifyRequest, reply: FastifyReply, subject: Subject): Promise<void> => {
    const gone = untilGone(reply, closing);
    /** Changes made while the snapshot is read: they are sent after it. */
    const early: Job[] = [];
    let stream: EventStream | undefined;
    const tell = (job: Job): void => {
      if (!subject.isAbout(job)) return;
      if (!stream) return void early.push(job);
      stream.change(job);
      if (subject.isLast(job)) stream.finish();
    };
    const unsubscribe = watch.subscribe(tell);
    gone.addEventListener('abort', unsubscribe, { once: true });
    try {
      const jobs = await subject.snapshot();
      if (gone.aborted) return;
      reply.hijack();
      stream = openEventStream(reply.raw, reply.getHeaders(), (job) => toJobBody(job, links));
      stream.snapshot(jobs);
      for (const job of early) tell(job);
      if (jobs.some((job) => subject.isLast(job))) stream.finish();
    } catch (error) {
      unsubscribe();
      throw error;
    }
    keepUp(stream, gone, async () => {
      // A key that was revoked meanwhile sees no more.
      await authenticate(request);
      for (const job of await subject.reread()) tell(job);
    });
  };

  function keepUp(stream: EventStream, gone: AbortSignal, look: () => Promise<void>): void {
    let cancelBeat = (): void => {};
    const beat = async (): Promise<void> => {
      stream.heartbeat();
      await look();
      arm();
    };
    const arm = (): void => {
      if (!gone.aborted) cancelBeat = clock.after(HEARTBEAT_MS, () => void beat().catch(() => stream.cut()));
    };
    const end = (): void => {
      cancelBeat();
      stream.cut();
    };
    gone.addEventListener('abort', end, { once: true });
    if (gone.aborted) end();
    arm();
  }
}
