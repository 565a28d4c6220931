import type { JsonObject, JsonValue } from '@atelier/lib/json';
import { ERROR_CODES, type JobFailure } from './errors.ts';

export const DIALECT_NAMES = ['native', 'useapi', 'kie', 'linkr'] as const;
export const ENGINE_NAMES = ['midjourney', 'suno', 'music-video'] as const;
export const FINAL_STATUSES = ['completed', 'failed', 'moderated', 'cancelled'] as const;
export const UNFINISHED_STATUSES = ['queued', 'starting', 'started', 'progress'] as const;
export const JOB_STATUSES = [...UNFINISHED_STATUSES, ...FINAL_STATUSES] as const;

/**
 * The main terms, each with one meaning. CONTRIBUTING.md, "Glossary", has the whole table.
 *
 * job         one unit of work, from submit to a final state (kie and LinkrAPI say "task" on the wire)
 * dialect     one outside wire format: routes, ids, error shapes, callback bodies
 * engine      carries jobs out on one upstream
 * account     a Discord user with a Midjourney subscription
 * key         the API key that owns a job
 * operation   the upstream's handle on a running job, plain JSON; survives a restart
 * callback    a URL that a caller wants POSTed
 * delivery    one body that must reach one URL; an attempt is one POST of it
 * lease       the right of a process to work on something until a time
 * batch       the jobs of one request that stands for several; the caller reads it as one parent
 * transition  compare-and-set of a job to another state, with its deliveries
 * asset       a file that the server keeps and serves; its bytes are in the blob store
 */
export type DialectName = (typeof DIALECT_NAMES)[number];
export type EngineName = (typeof ENGINE_NAMES)[number];

/**
 * A new job is `queued`: accepted and durable, no worker runs it. A worker that claims it makes it `starting`: its operation is written,
 * the request to the upstream comes next. `started`: the upstream has confirmed the job. `progress`: the upstream has shown a first part
 * of the result. From each of these states the job may end: `completed` with its result, `failed`, `moderated` (Midjourney refused the
 * prompt), or `cancelled` by its caller. These four are final.
 *
 * An upstream may skip states (an upscale answers with its result alone), and a restart may find a job in any of them; so every later
 * state can follow every earlier one. A job never goes back to an earlier state, with one exception: a `starting` job becomes `queued` again when
 * its engine knows that the upstream has taken nothing of it (the account is held, Discord cannot be reached). It then waits as if no worker had
 * claimed it. Only `JobStore.requeueJob` makes this transition.
 */
export type JobStatus = (typeof JOB_STATUSES)[number];
export type FinalStatus = (typeof FINAL_STATUSES)[number];

const FINAL = ['completed', 'failed', 'moderated', 'cancelled'] as const;

/** The states that may follow each state. `progress` follows itself: the percentage moves. */
export const TRANSITIONS: Record<JobStatus, readonly JobStatus[]> = {
  queued: ['starting', ...FINAL],
  starting: ['queued', 'starting', 'started', 'progress', ...FINAL],
  started: ['started', 'progress', ...FINAL],
  progress: ['progress', ...FINAL],
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
  /** The requested action, in the engine's words: `imagine`, `button`, `info`, `music`, … */
  readonly verb: string;
  /** The API key that submitted the job; only this key and the admin key see it. */
  readonly keyId: string;
  /** The job that made the picture that this job works on: the grid of a U2. */
  readonly parentId: string | null;
  /** The batch that the job is one of: one request for several jobs, `{a, b}` or `--repeat` in a prompt. Else null. */
  readonly batchId: string | null;
  /** The request in the engine's own shape (for Midjourney: `MidjourneyInput`). */
  readonly input: JsonObject;
  /** Values that the dialect repeats to its caller: reference id, original parameters. Only the dialect reads them. */
  readonly echo: JsonObject;
  /** Normalised and checked by the URL guard, or null when the caller polls. */
  readonly callbackUrl: string | null;
  /** The account that the job runs on. Null: any account, chosen when a slot is free. The scheduler's choice is dropped when the job goes back to `queued`. */
  readonly accountId: string | null;
  /** False for small commands (info, settings) that take no Midjourney slot. */
  readonly usesSlot: boolean;
  /** The caller's own limit for this account, where the dialect has one. */
  readonly maxJobs: number | null;
  readonly status: JobStatus;
  /** Grows by one with every write: the fence of compare-and-set. */
  readonly version: number;
  readonly progressPercent: number;
  /** Written before the request to the upstream, so that a restart knows which request may have been sent. */
  readonly operation: JsonValue | null;
  readonly output: JobOutput;
  readonly failure: JobFailure | null;
  /** The result that came after the job had ended without one. Status and failure stay as they are. */
  readonly lateResult: LateResult | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** When a worker claimed it; the 30 minutes run from here. Null again after the job went back to `queued`. */
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
}

/** The result so far; grows while the job runs. */
export interface JobOutput {
  /** Midjourney's latest message about the job. */
  readonly message: UpstreamMessage | null;
  /** The buttons of that message, in its order. */
  readonly buttons: readonly OfferedButton[];
  readonly assets: readonly OutputAsset[];
  /** Engine-specific facts: `{ seed }`, the fields of `/info`, … */
  readonly data: JsonObject;
}

export const EMPTY_OUTPUT: JobOutput = { message: null, buttons: [], assets: [], data: {} };

/** A result that came too late to change its job: it was paid for, so it is kept. */
export interface LateResult {
  readonly output: JobOutput;
  /** When it was kept; its files are kept from then on. */
  readonly atMs: number;
}

/** The result that follow-up jobs work on: of a completed job its output, of another job its late result; undefined without one. */
export function resultOf({ status, output, lateResult }: Pick<Job, 'status' | 'output' | 'lateResult'>): JobOutput | undefined {
  return status === 'completed' ? output : lateResult?.output;
}

export interface UpstreamMessage {
  readonly id: string;
  /** Text with the upstream's own markup; empty string where it has none. */
  readonly content: string;
  /** ISO 8601 with microseconds and offset, as Discord writes it. */
  readonly timestamp: string;
  /** Discord's flag bits; 64 marks a message that only the account can see. */
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
  /** Set when the button belongs to another message than the output's: each video of a job has its own message. */
  readonly messageId?: string;
}

/** A file of the result, copied into the blob store. */
export interface OutputAsset {
  readonly assetId: string;
  /** `grid`: the upstream's 2×2 picture. `image`: a single picture, `index` 1–4 when it was cut from the grid. */
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

/** The fields that every new job needs; all others have defaults. */
export type NewJob = Pick<Job, 'id' | 'dialect' | 'engine' | 'verb' | 'keyId' | 'input' | 'createdAtMs'> & Partial<Job>;

/** A new queued job: no parent, no callback, any account, one slot. Fields of `job` replace these defaults. */
export const createJob = (job: NewJob): Job => ({
  parentId: null,
  batchId: null,
  echo: {},
  callbackUrl: null,
  accountId: null,
  usesSlot: true,
  maxJobs: null,
  status: 'queued',
  version: 1,
  progressPercent: 0,
  operation: null,
  output: EMPTY_OUTPUT,
  failure: null,
  lateResult: null,
  updatedAtMs: job.createdAtMs,
  startedAtMs: null,
  finishedAtMs: null,
  ...job,
});
