import type { ServerResponse } from 'node:http';
import type { Job } from '../../../../core/job.ts';

/** A stream of server-sent events about jobs, to one reader. */
export interface EventStream {
  /** Sends the jobs that the reader should know now. They replace everything that it knew. */
  snapshot(jobs: readonly Job[]): void;
  /** Sends the changed job, unless the reader has this version already. A slow reader gets only the latest version of each job. */
  change(job: Job): void;
  /** Sends a comment, so that no proxy closes a quiet connection. */
  heartbeat(): void;
  /** Ends the stream once everything has been sent. */
  finish(): void;
  /** Ends the stream at once. */
  cut(): void;
}

/**
 * A reader that lacks changes of more jobs than this is disconnected, and gets a snapshot when it reconnects. Together with the one event in the
 * socket's buffer this limits the memory for a reader that does not read.
 */
const MAX_WAITING_JOBS = 1_000;

/** The id of a job's event: the value of `Last-Event-ID` when the reader reconnects. */
export const eventId = (job: Job): string => `${job.updatedAtMs}-${job.version}`;

/** The id of a snapshot of these jobs: the id of the job that changed last. */
export const latestEventId = (jobs: readonly Job[]): string =>
  jobs.reduce((id, job) => (Number.parseInt(id, 10) > job.updatedAtMs ? id : eventId(job)), '0-0');

/** The instant in an event id, or undefined for any other text. */
export function eventTimeMs(id: unknown): number | undefined {
  const time = typeof id === 'string' ? /^(\d{1,15})-\d{1,10}$/.exec(id)?.[1] : undefined;
  return time === undefined ? undefined : Number(time);
}

/** The changes that a reader lacks: the latest version of each job, in the order of the first change. */
export function createChangeQueue() {
  const waiting = new Map<string, Job>();
  /** The version that the reader has, for each job that can still change. */
  const sentVersions = new Map<string, number>();

  function markSent(job: Job): void {
    waiting.delete(job.id);
    if (job.finishedAtMs === null) sentVersions.set(job.id, job.version);
    else sentVersions.delete(job.id);
  }
  return {
    /** Records that the reader gets these jobs in a snapshot. */
    markSnapshot(jobs: readonly Job[]): void {
      for (const job of jobs) sentVersions.set(job.id, job.version);
    },
    /** Adds a change, unless the reader has this version or the queue has it already. False: the reader lacks too many changes. */
    add(job: Job): boolean {
      if ((sentVersions.get(job.id) ?? 0) < job.version && (waiting.get(job.id)?.version ?? 0) < job.version) waiting.set(job.id, job);
      return waiting.size <= MAX_WAITING_JOBS;
    },
    /** Removes and returns the next job to send. */
    next(): Job | undefined {
      const [job] = waiting.values();
      if (job) markSent(job);
      return job;
    },
  };
}

/** The open stream. It owns `raw` from now on. */
export function openEventStream(
  raw: ServerResponse,
  headers: Readonly<Record<string, string | number | string[] | undefined>>,
  toBody: (job: Job) => unknown,
): EventStream {
  const queue = createChangeQueue();
  /** `isFull`: the socket's buffer is full, and nothing is written before `drain`. */
  const state = { isFull: false, isFinishing: false };

  const write = (text: string): void => {
    if (!raw.writableEnded && !raw.destroyed) state.isFull = !raw.write(text);
  };
  const send = (event: string, id: string, data: unknown): void => write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  function flush(): void {
    while (!state.isFull) {
      const job = queue.next();
      if (!job) break;
      send(job.lateResult ? 'late-result' : 'job', eventId(job), toBody(job));
    }
    if (state.isFinishing && !state.isFull) raw.end();
  }

  writeHead(raw, headers);
  raw.on('drain', () => {
    state.isFull = false;
    flush();
  });
  // A reader that disconnects is not an error of this server.
  raw.on('error', () => {});

  return {
    snapshot(jobs) {
      queue.markSnapshot(jobs);
      send('snapshot', latestEventId(jobs), { jobs: jobs.map(toBody) });
    },
    change(job) {
      if (queue.add(job)) flush();
      else raw.destroy();
    },
    heartbeat() {
      if (!state.isFull) write(': still here\n\n');
    },
    finish() {
      state.isFinishing = true;
      flush();
    },
    cut() {
      if (state.isFull) raw.destroy();
      else raw.end();
    },
  };
}

function writeHead(raw: ServerResponse, headers: Readonly<Record<string, string | number | string[] | undefined>>): void {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    // Tells nginx not to buffer the stream.
    'x-accel-buffering': 'no',
  });
}
