import type { JobFailure } from './errors.ts';
import type { EngineName, Job, OfferedButton, UpstreamMessage } from './job.ts';
import type { JsonObject, JsonValue } from '@atelier/lib/json';

/**
 * Runs jobs on one upstream. The queue owns waiting, slots, time limits, storage and callbacks; an engine only sends requests to the
 * upstream and reports the answers. Answers, refusals included, are updates and never exceptions: an exception from `plan` or `run` is a
 * bug, and the job fails with `internal`.
 *
 * The steps of one job:
 *
 *   1. `plan(job)` decides everything that must be known after a crash (nonce, channel) and sends nothing.
 *   2. The queue writes the operation with the job.
 *   3. `run(job, operation, …)` sends the request, yields updates, and ends after a terminal update.
 *      The queue writes each update before it takes the next.
 *   4. After a restart the queue calls `run` again with the last written operation and `resumed: true`.
 *      The engine then first finds out whether the upstream has the request, and sends it again only when it was certainly never sent.
 */
export interface Engine {
  readonly name: EngineName;
  /**
   * How many jobs of this engine run at once in this process; the others wait in the store, the oldest starts first. Left out by engines
   * that run on accounts: there each account has slots.
   */
  readonly slots?: number;
  plan(job: Job): Promise<JsonValue>;
  run(job: Job, operation: JsonValue, options: RunOptions): AsyncIterable<EngineUpdate>;
  /** Asks the upstream to stop; best effort, never throws. The queue ends the job also when the upstream goes on. */
  cancel(job: Job): Promise<void>;
}

export interface RunOptions {
  resumed: boolean;
  /** Aborted at shutdown, cancel and time-out: stop quietly, without a terminal update. */
  signal: AbortSignal;
}

/** `operation`, where present, replaces the job's operation in the same write. */
export type EngineUpdate =
  | { type: 'operation'; operation: JsonValue }
  | { type: 'started'; operation?: JsonValue; message: UpstreamMessage; buttons: readonly OfferedButton[] }
  | {
      type: 'progress';
      operation?: JsonValue;
      percent: number;
      /** Left out by upstreams without messages. */
      message?: UpstreamMessage;
      buttons?: readonly OfferedButton[];
    }
  | {
      /** A part of the result is ready, the rest is still in the making. The queue copies its files and sends a callback where the dialect has one for parts. */
      type: 'part';
      operation?: JsonValue;
      percent: number;
      /** Files that no earlier part listed; they are added to the job's files. */
      media: readonly Media[];
      /** Replaces the output's data. */
      data: JsonObject;
    }
  | {
      type: 'completed';
      message: UpstreamMessage | null;
      buttons: readonly OfferedButton[];
      /** The queue copies these files into the blob store at once: upstream links expire. After parts: only the files that no part listed. */
      media: readonly Media[];
      data: JsonObject;
    }
  | {
      /**
       * The upstream has taken nothing of this job: it goes back to `queued`, keeps its place, and loses its operation and the account that the
       * scheduler chose. The last update of a run. Only for a job that is still `starting`; any other job ends with `failure`. The engine reports
       * the trouble of the account first; without a report the queue holds the account by its back-off, so that the job does not start again at once.
       */
      type: 'requeued';
      failure: JobFailure;
    }
  | { type: 'failed'; failure: JobFailure; message: UpstreamMessage | null };

/** The whole result of a job. */
export type EngineResult = Omit<Extract<EngineUpdate, { type: 'completed' }>, 'type'>;

/** A file of the result before it is copied: at the upstream, or on disk when it was rendered here. */
export interface Media {
  /** A `grid` is kept whole and also cut into four pictures. */
  readonly role: 'grid' | 'image' | 'video' | 'audio' | 'cover';
  readonly source: { url: string } | { path: string };
  readonly filename: string;
  /** The number of the file among files of the same role, from 1. Left out: its place in the list. */
  readonly index?: number;
  /** For sound and video; left out: MP3 and MP4. The type of a picture is read from its bytes. */
  readonly contentType?: string;
  /** Pixels, where the upstream says them. Needed for videos, which the server does not measure. */
  readonly width?: number;
  readonly height?: number;
}
