import type { JobFailure } from './errors.ts';
import type { EngineName, Job, OfferedButton, UpstreamMessage } from './job.ts';
import type { JsonObject, JsonValue } from '@atelier/lib/json';

/**
 * Runs jobs on one upstream. The queue owns waiting, slots, time limits, storage and callbacks; an engine only asks the
 * upstream and reports what it says. The upstream's answers, refusals included, are updates and never exceptions: what
 * `plan` or `run` throws is a bug, and the job fails with `internal`.
 *
 * One job goes like this:
 *
 *   1. `plan(job)` decides everything that must be known after a crash (nonce, channel) and sends nothing.
 *   2. The queue writes the operation with the job.
 *   3. `run(job, operation, …)` asks the upstream, yields updates, and ends after a terminal one.
 *      The queue writes each update before it takes the next.
 *   4. After a restart the queue calls `run` again with the last operation written and `resumed: true`.
 *      The engine then first finds out what became of it, and asks again only when it was certainly never asked.
 */
export interface Engine {
  readonly name: EngineName;
  /**
   * How many of its jobs this process runs at once; the others wait in the store, the oldest first. Left out by engines whose accounts have slots
   * of their own.
   */
  readonly slots?: number;
  plan(job: Job): Promise<JsonValue>;
  run(job: Job, operation: JsonValue, options: RunOptions): AsyncIterable<EngineUpdate>;
  /** Asks the upstream to stop; best effort, never throws. The queue ends the job whatever the answer. */
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
      /** A part of the result is there and the rest is being made: its files are kept, and where the dialect has a callback for it, that is sent. */
      type: 'part';
      operation?: JsonValue;
      percent: number;
      /** Files that no part before held; they are added to the job's. */
      media: readonly Media[];
      /** Replaces the output's data. */
      data: JsonObject;
    }
  | {
      type: 'completed';
      message: UpstreamMessage | null;
      buttons: readonly OfferedButton[];
      /** Copied into the asset store at once by the queue: upstream links expire. After parts: only what they did not hold. */
      media: readonly Media[];
      data: JsonObject;
    }
  | { type: 'failed'; failure: JobFailure; message: UpstreamMessage | null };

/** A file of the result, still at the upstream or (rendered here) on disk. */
export interface Media {
  /** `grid` is kept whole and also cut into four. */
  readonly role: 'grid' | 'image' | 'video' | 'audio' | 'cover';
  readonly source: { url: string } | { path: string };
  readonly filename: string;
  /** Its number among the files of its role, from 1; its place in the list when left out. */
  readonly index?: number;
  /** Of sound and video; MP3 and MP4 when left out. Pictures are measured. */
  readonly contentType?: string;
  /** Pixels, where the upstream says; needed for videos, which are not measured here. */
  readonly width?: number;
  readonly height?: number;
}
