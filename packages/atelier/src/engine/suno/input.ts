import type { JobFailure } from '../../core/errors.ts';
import type { JsonObject, JsonValue } from '@atelier/lib/json';

/**
 * The operations of Suno, named after the vendor's paths: `generate`, `generate/extend`, `lyrics`, `wav/generate`, …. Dialects use this
 * contract. Source: kie, Suno API; sunoapi, Suno API.
 */
export type SunoOperation = keyof typeof SUNO_OPERATIONS;

interface OperationFacts {
  /** Path below `/api/v1` that submits a task. */
  submit: string;
  /** Path below `/api/v1` of the task's record. */
  record: string;
  /** The simulator has this operation; other operations need a vendor behind `SUNO_UPSTREAM`. */
  isSimulated: boolean;
}

const MUSIC = 'generate/record-info';

/** Every asynchronous operation of the vendor. */
export const SUNO_OPERATIONS = {
  generate: { submit: 'generate', record: MUSIC, isSimulated: true },
  extend: { submit: 'generate/extend', record: MUSIC, isSimulated: false },
  'upload-cover': { submit: 'generate/upload-cover', record: MUSIC, isSimulated: false },
  'upload-extend': { submit: 'generate/upload-extend', record: MUSIC, isSimulated: false },
  'add-vocals': { submit: 'generate/add-vocals', record: MUSIC, isSimulated: false },
  'add-instrumental': { submit: 'generate/add-instrumental', record: MUSIC, isSimulated: false },
  'replace-section': { submit: 'generate/replace-section', record: MUSIC, isSimulated: false },
  mashup: { submit: 'generate/mashup', record: MUSIC, isSimulated: false },
  sounds: { submit: 'generate/sounds', record: MUSIC, isSimulated: false },
  lyrics: { submit: 'lyrics', record: 'lyrics/record-info', isSimulated: true },
  wav: { submit: 'wav/generate', record: 'wav/record-info', isSimulated: true },
  'vocal-removal': { submit: 'vocal-removal/generate', record: 'vocal-removal/record-info', isSimulated: false },
  midi: { submit: 'midi/generate', record: 'midi/record-info', isSimulated: false },
  cover: { submit: 'suno/cover/generate', record: 'suno/cover/record-info', isSimulated: true },
} as const satisfies Record<string, OperationFacts>;

/** The input of a job of the engine `suno`; its verb is `music` for an operation that makes tracks, else the operation's name. */
export interface SunoInput extends JsonObject {
  operation: SunoOperation;
  /** The vendor's own fields as the caller gave them, without `callBackUrl`; ids of tasks are the upstream's (`output.data.upstreamTaskId` of the named job). */
  request: JsonObject;
}

/** One track in `output.data.tracks`. Its files are the output's assets of role `audio` and `cover` with the same `index`. */
export interface SunoTrack extends JsonObject {
  /** From 1. */
  index: number;
  /** The vendor's audio id, a UUID. */
  id: string;
  title: string;
  tags: string;
  /** The lyrics, or the description of a track without lyrics. */
  prompt: string;
  modelName: string;
  /** Seconds; 0 while unknown. */
  duration: number;
  createdAtMs: number;
}

/** `output.data` of a job that makes tracks. */
export interface SunoMusicData extends JsonObject {
  upstreamTaskId: string;
  /** The last stage that the upstream reported: `text`: the lyrics; `first`: the first track; `complete`: all tracks. */
  stage: 'pending' | 'text' | 'first' | 'complete';
  tracks: SunoTrack[];
}

/** `output.data` of every other operation. */
export interface SunoOtherData extends JsonObject {
  upstreamTaskId: string;
  /** The upstream's `response`, unchanged. Its links are the upstream's and expire; `files` names the copied files. */
  response: JsonObject;
  /** For each link in `response` that was copied: its field, dotted (`vocalUrl`, `images.0`), and the `index` of the asset. */
  files: { field: string; index: number }[];
}

/** The upstream's own code and message of a failure, from `details` such as `501 Audio generation failed`; undefined for other failures. */
export function upstreamErrorOf({ details }: Pick<JobFailure, 'details'>): { code: number; msg: string } | undefined {
  const match = /^(\d{3}) ?([^]*)$/.exec(details ?? '');
  return match ? { code: Number(match[1]), msg: match[2] ?? '' } : undefined;
}

/** The upstream's reply, unchanged: `code` 200 is success. */
export interface SunoEnvelope {
  code: number;
  msg: string;
  data: JsonValue;
}

/** The upstream as dialects use it, for requests that it answers at once: timestamped lyrics, personas, styles, voices, credit. */
export interface SunoRelay {
  /** The upstream is the simulator: only requests that the simulator knows may be sent. */
  readonly isSimulated: boolean;
  /**
   * Sends one request. `path` is below `/api/v1`, without a slash in front; the `body` of a GET is its query. Throws `JobError`: `upstream-unreachable`
   * without an answer, `upstream-failed` when the answer is not an envelope. An envelope with an error code is a normal result.
   */
  ask(method: 'GET' | 'POST', path: string, body: JsonObject): Promise<SunoEnvelope>;
}
