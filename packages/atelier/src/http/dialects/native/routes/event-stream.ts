import type { ServerResponse } from 'node:http';
import type { Job } from '../../../../core/job.ts';

/** A stream of server-sent events about jobs, to one reader. */
export interface EventStream {
  /** All that the reader should know at this moment, in place of what it knew. */
  snapshot(jobs: readonly Job[]): void;
  /** A job has changed. What the reader has not taken yet of an older state of it is never sent. */
  change(job: Job): void;
  /** Keeps what is in between from giving up on a quiet connection. */
  heartbeat(): void;
  /** Ends the stream once everything has been sent. */
  finish(): void;
  /** Ends it at once. */
  cut(): void;
}

/**
 * With so many jobs waiting for it a reader has lost touch: it is cut off, and gets a snapshot when it comes back. Together with the
 * one event that may lie in the socket this bounds what a reader that stands still can hold.
 */
const MOST_WAITING = 1_000;

/** Where the reader got to: what it names as `Last-Event-ID` when it comes back. */
export const eventId = (job: Job): string => `${job.updatedAtMs}-${job.version}`;

/** The instant in an event id, or undefined for what is none. */
export function eventTimeMs(id: unknown): number | undefined {
  const time = typeof id === 'string' ? /^(\d{1,15})-\d{1,10}$/.exec(id)?.[1] : undefined;
  return time === undefined ? undefined : Number(time);
}

/** The open stream. `raw` belongs to it from now on. */
export function openEventStream(
  raw: ServerResponse,
  headers: Readonly<Record<string, string | number | string[] | undefined>>,
  toBody: (job: Job) => unknown,
): EventStream {
  /** The latest state of each job that the reader has not been sent, in the order of the first change. */
  const waiting = new Map<string, Job>();
  /** The version of each job that was sent, for as long as the job may change. */
  const sent = new Map<string, number>();
  let isFull = false;
  let isFinishing = false;

  for (const [name, value] of Object.entries(headers)) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    // Tells nginx not to collect the stream.
    'x-accel-buffering': 'no',
  });

  const write = (text: string): void => {
    if (raw.writableEnded || raw.destroyed) return;
    isFull = !raw.write(text);
  };
  const send = (event: string, id: string, data: unknown): void => write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  const note = (job: Job): void => {
    if (job.finishedAtMs === null) sent.set(job.id, job.version);
    else sent.delete(job.id);
  };

  function flush(): void {
    for (const [id, job] of waiting) {
      if (isFull) return;
      waiting.delete(id);
      note(job);
      send('job', eventId(job), toBody(job));
    }
    if (isFinishing && !isFull) raw.end();
  }
  raw.on('drain', () => {
    isFull = false;
    flush();
  });
  // A reader that goes away is no error of ours.
  raw.on('error', () => {});

  return {
    snapshot(jobs) {
      for (const job of jobs) sent.set(job.id, job.version);
      const latest = jobs.reduce((id, job) => (Number.parseInt(id, 10) > job.updatedAtMs ? id : eventId(job)), '0-0');
      send('snapshot', latest, { jobs: jobs.map(toBody) });
    },
    change(job) {
      if ((sent.get(job.id) ?? 0) >= job.version || (waiting.get(job.id)?.version ?? 0) >= job.version) return;
      waiting.set(job.id, job);
      if (waiting.size > MOST_WAITING) raw.destroy();
      else if (!isFull) flush();
    },
    heartbeat() {
      if (!isFull) write(': still here\n\n');
    },
    finish() {
      isFinishing = true;
      if (!isFull) flush();
    },
    cut() {
      if (isFull) raw.destroy();
      else raw.end();
    },
  };
}
