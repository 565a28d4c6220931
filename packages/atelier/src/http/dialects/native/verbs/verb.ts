import { Type, type TSchema } from 'typebox';
import type { ApiKey } from '../../../../core/key.ts';
import type { TimedLyric } from '../../../../engine/music-video/input.ts';
import { JobError } from '../../../../core/errors.ts';
import type { EngineName, Job } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';

/** A request as its verb has read it: what `POST /jobs` makes a job from. */
export interface Draft {
  input: JsonObject;
  usesSlot: boolean;
  /** The job whose result this one works on. It runs where that one ran. */
  parent?: Job;
}

/** What reading a request may need. */
export interface DraftContext {
  key: ApiKey;
  /** The job, if the key may see it; throws `JobError('job-not-found')`. */
  findJob(id: string, key: ApiKey): Promise<Job>;
  /** The URL normalised; throws `JobError('url-refused')` that names the field. */
  checkUrl(url: string, path: string): string;
  /** Throws `JobError('content-policy')` for a text that may not be sent on. */
  requireAllowed(text: string): void;
  /** When each line of a track is sung; none where nobody knows. */
  timedLines(track: { upstreamTaskId: string; audioId: string }): Promise<TimedLyric[]>;
}

/** One member of the union that `POST /jobs` takes. */
export interface Verb {
  readonly engine: EngineName;
  readonly name: string;
  readonly schema: TSchema;
  /** The draft of a body that fits the schema. */
  readonly read: (body: JsonObject, context: DraftContext) => Promise<Draft>;
}

/** What the request of a verb is called in the document and the client: `ImagineRequest`, `MusicVideoRequest`. */
export const requestName = (verb: string): string =>
  `${verb
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Request`;

export const Url = Type.String({ minLength: 1, maxLength: 2_048, description: 'http or https, on the public internet' });

/** What a job of every verb of every engine may be given. */
export const COMMON = {
  callbackUrl: Type.Optional(Url),
  reference: Type.Optional(Type.String({ maxLength: 1_024, description: 'Repeated in the job and its callbacks' })),
};

/** A violation that no schema can tell. */
export function invalid(path: string, message: string): JobError {
  return new JobError('invalid-request', `${path} ${message}`, { facts: { errors: [{ in: 'body', path, message }] } });
}
