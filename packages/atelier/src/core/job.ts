import type { JsonObject, JsonValue } from '@atelier/lib/json';
import { ERROR_CODES, type JobFailure } from './errors.ts';

/**
 * The terms of this code, each with one meaning.
 *
 * job        one unit of work, from submit to a final state (kie and LinkrAPI say "task" on the wire)
 * dialect    one vendor's wire format: routes, ids, error shapes, callback bodies
 * engine     what carries a job out
 * account    one Discord user and channel with a Midjourney subscription
 * operation  the upstream's handle on a running job: plain JSON, survives a restart
 * callback   what a caller asked for; a delivery is one body that must reach one URL; an attempt is one POST of it
 * asset      a file that we keep and serve
 * lease      the right of one process to work on something until a time
 */
export type DialectName = 'useapi' | 'kie' | 'linkr' | 'native';
export type EngineName = 'midjourney' | 'suno' | 'music-video';

/**
 * A job is born `queued`: accepted, durable, nobody works on it. A worker that claims it makes it `starting`: its operation
 * is written down, the upstream is about to be asked. `started` says that the upstream has shown that it took the job;
 * `progress` that it shows something of the result. From each of these it may end: `completed` with its result, `failed`,
 * `moderated` (Midjourney refused the prompt), or `cancelled` by its caller. An end is final.
 *
 * An upstream may skip steps (an upscale answers with its result alone), and a restart may find a job in any of them; so
 * every later state can be reached from every earlier one, and none is ever gone back to.
 */
export type JobStatus = 'queued' | 'starting' | 'started' | 'progress' | FinalStatus;
export type FinalStatus = 'completed' | 'failed' | 'moderated' | 'cancelled';

const END = ['completed', 'failed', 'moderated', 'cancelled'] as const;

/** For each state, those that may follow it. `progress` follows itself: the percentage moves. */
export const TRANSITIONS: Record<JobStatus, readonly JobStatus[]> = {
  queued: ['starting', ...END],
  starting: ['starting', 'started', 'progress', ...END],
  started: ['started', 'progress', ...END],
  progress: ['progress', ...END],
  completed: [],
  failed: [],
  moderated: [],
  cancelled: [],
};

export const canFollow = (from: JobStatus, to: JobStatus): boolean => TRANSITIONS[from].includes(to);
export const isFinal = (status: JobStatus): status is FinalStatus => TRANSITIONS[status].length === 0;

export interface Job {
  /** Minted by the dialect that accepted it, in its vendor's shape; unique over all dialects. */
  readonly id: string;
  readonly dialect: DialectName;
  readonly engine: EngineName;
  /** What is asked for, in the engine's words: `imagine`, `button`, `info`, `music`, … */
  readonly verb: string;
  /** The API key that submitted it; only that key (and the admin key) sees it. */
  readonly keyId: string;
  /** The job whose result this one works on: the grid under a U2. */
  readonly parentId: string | null;
  /** The engine's request. Its shape is the engine's (for Midjourney: `MidjourneyInput`). */
  readonly input: JsonObject;
  /** What the dialect must repeat to its caller: reference id, original parameters. Nobody else reads it. */
  readonly echo: JsonObject;
  /** Normalised and checked by the URL guard, or null when the caller polls. */
  readonly callbackUrl: string | null;
  /** The account it runs on. Null: any, chosen when a slot is free. */
  readonly accountId: string | null;
  /** False for small commands (info, settings) that take no Midjourney slot. */
  readonly usesSlot: boolean;
  /** The caller's own limit for this account, where the dialect has one. */
  readonly maxJobs: number | null;
  readonly status: JobStatus;
  /** Grows by one with every write: the fence of compare-and-set. */
  readonly version: number;
  readonly progressPercent: number;
  /** Written before the upstream is asked, so that a restart knows what may have been asked. */
  readonly operation: JsonValue | null;
  readonly output: JobOutput;
  readonly failure: JobFailure | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** When a worker first claimed it; the 30 minutes run from here. */
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
}

/** What is known of a job's result so far; grows while it runs. */
export interface JobOutput {
  /** Midjourney's latest message about the job. */
  readonly message: UpstreamMessage | null;
  /** What that message offers, in its order. */
  readonly buttons: readonly OfferedButton[];
  readonly assets: readonly OutputAsset[];
  /** Engine-specific facts: `{ seed }`, the fields of `/info`, … */
  readonly data: JsonObject;
}

export const EMPTY_OUTPUT: JobOutput = { message: null, buttons: [], assets: [], data: {} };

export interface UpstreamMessage {
  readonly id: string;
  /** Text with the upstream's own markup; empty string where it has none. */
  readonly content: string;
  /** ISO 8601 with microseconds and offset, as Discord writes it. */
  readonly timestamp: string;
  /** Discord's flag bits; 64 marks a message that only we can see. */
  readonly flags: number;
  /** Passed through as received. */
  readonly embeds: readonly JsonObject[];
}

export interface OfferedButton {
  /** The text on it, or its emoji where it has no text: `U1`, `🔄`, `Vary (Strong)`. */
  readonly label: string;
  readonly customId: string;
  /** Discord's button style, 1–5. */
  readonly style: number;
  /** Where the button stands on another message than the output's: each video of a job has a message of its own. */
  readonly messageId?: string;
}

/** A file of the result, copied into our own asset store. */
export interface OutputAsset {
  readonly assetId: string;
  /** `grid`: the upstream's 2×2 picture. `image`: one picture, `index` 1–4 when it was cut from the grid. */
  readonly role: 'grid' | 'image' | 'video' | 'audio' | 'cover';
  readonly index: number;
  readonly contentType: string;
  readonly filename: string;
  readonly bytes: number;
  /** Pixels; 0 for sound. */
  readonly width: number;
  readonly height: number;
}

/** The state that a job ends in when it fails with this code. */
export const finalStatusOf = (failure: JobFailure): FinalStatus => ERROR_CODES[failure.code].endsAs;
