import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '@atelier/lib/clock';
import type { ApiKey } from '../../../../core/key.ts';
import { isFinal, UNFINISHED_STATUSES, type Job } from '../../../../core/job.ts';
import type { Store } from '../../../../core/store.ts';
import { findJobView } from '../batch.ts';
import { findJob, keyOf, maySee, untilGone, type NativeRoute, type NativeRouteDeps } from '../context.ts';
import { eventTimeMs, latestEventId, openEventStream, type EventStream } from './event-stream.ts';
import { toJobBody } from '../job-body.ts';
import { answers } from '../schema.ts';

const HEARTBEAT_MS = 15_000;
/** A snapshot shows at most this many unfinished jobs, and reads this many of the newest jobs to find finished ones. */
const SNAPSHOT_SIZE = 200;
const Stream = Type.String({
  description:
    'Server-sent events. First `snapshot`: `{ jobs: Job[] }`; then `job` with the job at each change, and `late-result` with the job when a result came after its end. A slow reader gets only the latest change.',
});
const SCHEMA = { tags: ['events'], produces: ['text/event-stream'], response: answers({ 200: Stream }) };

/** The jobs that a stream is about. */
interface StreamTopic {
  snapshot(): Promise<Job[]>;
  /** The jobs as stored, for changes by another process: this process heard no event about them. */
  reread(): Promise<Job[]>;
  includes(job: Job): boolean;
  /** Whether the stream ends with this change. */
  isLast(job: Job): boolean;
}

const followJob: NativeRoute = (app, deps) => {
  const { store } = deps;
  const schema = {
    ...SCHEMA,
    summary: 'Follow a job',
    description:
      'Ends when the job has ended; for the parent of a batch it follows its jobs and ends with the last. A reader that then reconnects with its last event id gets 204: nothing more will come.',
    operationId: 'jobEvents',
    params: Type.Object({ jobId: Type.String() }),
  };
  app.get('/jobs/:jobId/events', { schema }, async (request, reply) => {
    const key = keyOf(request);
    const { job, children } = await findJobView(store, request.params.jobId, key);
    if (isFinal(job.status) && request.headers['last-event-id'] === latestEventId(children.length === 0 ? [job] : children))
      return reply.code(204).send();
    const topic = children.length === 0 ? topicOfJob(store, job, key) : topicOfBatch(store, job.id, children);
    return follow(deps, { request, reply }, topic);
  });
};

function topicOfJob(store: Store, { id }: Job, key: ApiKey): StreamTopic {
  const readJob = async (): Promise<Job[]> => [await findJob(store, id, key)];
  return { snapshot: readJob, reread: readJob, includes: (job) => job.id === id, isLast: ({ status }) => isFinal(status) };
}

/** The jobs of a batch; the stream ends with the last of them. */
function topicOfBatch(store: Store, batchId: string, children: readonly Job[]): StreamTopic {
  const open = new Set(children.map(({ id }) => id));
  const readJobs = async (): Promise<Job[]> => (await store.listJobs({ batchId, limit: children.length })).toReversed();
  return {
    snapshot: readJobs,
    reread: readJobs,
    includes: (job) => job.batchId === batchId,
    isLast({ id, status }) {
      if (isFinal(status)) open.delete(id);
      return open.size === 0;
    },
  };
}

const followAll: NativeRoute = (app, deps) => {
  const schema = {
    ...SCHEMA,
    summary: 'Follow every job that this key may see',
    description: 'The snapshot holds the jobs that have not ended, and with a `Last-Event-ID` also the jobs that have ended since.',
    operationId: 'events',
  };
  app.get('/events', { schema }, async (request, reply) => {
    const key = keyOf(request);
    return follow(
      deps,
      { request, reply },
      {
        snapshot: () => readSnapshot(deps.store, key, eventTimeMs(request.headers['last-event-id'])),
        reread: async () => [],
        includes: (job) => maySee(key, job),
        isLast: () => false,
      },
    );
  });
};

/** The changes of jobs as server-sent events. */
export const EVENT_ROUTES: readonly NativeRoute[] = [followJob, followAll];

async function readSnapshot(store: Store, key: ApiKey, sinceMs: number | undefined): Promise<Job[]> {
  const visible = key.admin ? {} : { keyId: key.id };
  const unfinished = await store.listJobs({ ...visible, statuses: UNFINISHED_STATUSES, limit: SNAPSHOT_SIZE });
  if (sinceMs === undefined) return unfinished;
  const newest = await store.listJobs({ ...visible, limit: SNAPSHOT_SIZE });
  return [...unfinished, ...newest.filter((job) => isFinal(job.status) && job.updatedAtMs >= sinceMs)];
}

interface StreamRequest {
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Answers with the stream of a topic. It goes on after the returned promise, until the reader disconnects or the server closes. */
async function follow(deps: NativeRouteDeps, { request, reply }: StreamRequest, topic: StreamTopic): Promise<void> {
  const { watch, links, authenticate, closing } = deps;
  const gone = untilGone(reply, closing);
  /** Changes during the read of the snapshot: they are sent after it. */
  const early: Job[] = [];
  let stream: EventStream | undefined;
  const publish = (job: Job): void => {
    if (!topic.includes(job)) return;
    if (!stream) return void early.push(job);
    stream.change(job);
    if (topic.isLast(job)) stream.finish();
  };
  const unsubscribe = watch.subscribe(publish);
  gone.addEventListener('abort', unsubscribe, { once: true });
  try {
    const jobs = await topic.snapshot();
    if (gone.aborted) return;
    reply.hijack();
    stream = openEventStream(reply.raw, reply.getHeaders(), (job) => toJobBody(job, links));
    stream.snapshot(jobs);
    for (const job of early) publish(job);
    if (jobs.filter((job) => topic.isLast(job)).length > 0) stream.finish();
  } catch (error) {
    unsubscribe();
    throw error;
  }
  keepAlive(deps.clock, stream, gone, async () => {
    // Throws for a key that was revoked meanwhile, which ends the stream.
    await authenticate(request);
    for (const job of await topic.reread()) publish(job);
  });
}

/** Sends heartbeats until the reader is gone. After each one `refresh` runs; a refresh that rejects ends the stream. */
function keepAlive(clock: Clock, stream: EventStream, gone: AbortSignal, refresh: () => Promise<void>): void {
  let cancelBeat = (): void => {};
  const beat = async (): Promise<void> => {
    stream.heartbeat();
    await refresh();
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
