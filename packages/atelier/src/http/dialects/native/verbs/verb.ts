import { Type, type TSchema } from 'typebox';
import type { TimedLyric } from '../../../../engine/music-video/input.ts';
import { JobError } from '../../../../core/errors.ts';
import type { EngineName, Job } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';

/** The parts of a job that its verb decides. */
export interface VerbDraft {
  /** The request of the job; of a batch, the request of its first job. */
  input: JsonObject;
  /** The requests of the other jobs of a batch, and the prompt that stands for all. */
  batch?: { inputs: readonly JsonObject[]; prompt: string };
  usesSlot: boolean;
  /** The job that made the result that this job works on. A Midjourney job runs on the account of its parent. */
  parent?: Job;
}

/** The services that a verb needs to read a request. */
export interface VerbContext {
  /** The job, if the key of the request may see it; throws `JobError('job-not-found')`. */
  findJob(id: string): Promise<Job>;
  /** The URL normalised; throws `JobError('url-refused')` that names the field. */
  checkUrl(url: string, path: string): string;
  /** Checks a picture that is base64 text, and returns its source for the input. It is kept when the request makes a job. `path` names the field. */
  addPicture(text: string, path: string): Promise<string>;
  /** Throws `JobError('content-policy')` for a text that the content policy does not allow. */
  requireAllowed(text: string): void;
  /** The lines of a track with their times; an empty list where they are unknown. */
  timedLines(track: { upstreamTaskId: string; audioId: string }): Promise<TimedLyric[]>;
}

/** One kind of work, with its own body of `POST /jobs`. */
export interface Verb {
  readonly engine: EngineName;
  readonly name: string;
  readonly schema: TSchema;
  /** The draft of a body that fits the schema. */
  readonly read: (body: JsonObject, context: VerbContext) => Promise<VerbDraft>;
}

/** The name of a verb's body in the document and the client: `ImagineRequest`, `MusicVideoRequest`. */
export const requestName = (verb: string): string =>
  `${verb
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Request`;

export const Url = Type.String({ $id: 'PublicUrl', minLength: 1, maxLength: 2_048, description: 'http or https, on the public internet' });

/** Fields of every verb of every engine. */
export const COMMON = {
  callbackUrl: Type.Optional(Url),
  reference: Type.Optional(Type.String({ $id: 'Reference', maxLength: 1_024, description: 'Repeated in the job and its callbacks' })),
};

/** The error of a field that its schema accepts. `path` is a JSON pointer. */
export function invalid(path: string, message: string): JobError {
  return new JobError('invalid-request', `${path} ${message}`, { facts: { errors: [{ in: 'body', path, message }] } });
}

/** Runs a check of another part; its refusal names the field. */
export function naming<Result>(path: string, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    throw named(path, error);
  }
}

/** `naming` for a check that returns a promise. */
export async function namingAsync<Result>(path: string, check: () => Promise<Result>): Promise<Result> {
  try {
    return await check();
  } catch (error) {
    throw named(path, error);
  }
}

const named = (path: string, error: unknown): unknown =>
  error instanceof JobError && error.code === 'invalid-request' ? invalid(path, `is refused: ${error.message}`) : error;
