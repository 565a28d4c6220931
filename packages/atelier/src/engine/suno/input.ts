import type { JobFailure } from '../../core/errors.ts';
import type { JsonObject, JsonValue } from '@atelier/lib/json';

/**
 * What a job asks of Suno, in the words of the vendor's own paths: `generate`, `generate/extend`, `lyrics`, `wav/generate`, ….
 * A contract, open to dialects. Source: kie.ai and sunoapi.org, Suno API.
 */
export type SunoOperation = keyof typeof SUNO_OPERATIONS;

interface OperationFacts {
  /** Below `/api/v1`: where it is asked for. */
  submit: string;
  /** Below `/api/v1`: where its state is read. */
  record: string;
  /** The simulator can do it; anything else needs a vendor behind `SUNO_UPSTREAM`. */
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

/** The input of a job of the engine `suno`; its verb is `music` for what makes tracks, else the operation's name. */
export interface SunoInput extends JsonObject {
  operation: SunoOperation;
  /** The vendor's own fields as the caller gave them, without `callBackUrl`; ids of tasks are the upstream's (`output.data.upstreamTaskId` of the job they name). */
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
  /** The lyrics, or the description where there are none. */
  prompt: string;
  modelName: string;
  /** Seconds; 0 while unknown. */
  duration: number;
  createdAtMs: number;
}

/** `output.data` of a job that makes tracks. */
export interface SunoMusicData extends JsonObject {
  upstreamTaskId: string;
  /** What the upstream has said last: `text`: lyrics are there; `first`: one track; `complete`: all. */
  stage: 'pending' | 'text' | 'first' | 'complete';
  tracks: SunoTrack[];
}

/** `output.data` of every other operation. */
export interface SunoOtherData extends JsonObject {
  upstreamTaskId: string;
  /** The upstream's `response`, as it came. Links in it are the upstream's own and expire; `files` names our copies. */
  response: JsonObject;
  /** For each link in `response` that was copied: its field, dotted (`vocalUrl`, `images.0`), and the `index` of our asset. */
  files: { field: string; index: number }[];
}

/** What the upstream said of a failure, where it was the upstream that said something: `details` of such a failure is `501 Audio generation failed`. */
export function upstreamErrorOf({ details }: Pick<JobFailure, 'details'>): { code: number; msg: string } | undefined {
  const match = /^(\d{3}) ?([^]*)$/.exec(details ?? '');
  return match ? { code: Number(match[1]), msg: match[2] ?? '' } : undefined;
}

/** The upstream's reply, in its own words: `code` 200 is success. */
export interface SunoEnvelope {
  code: number;
  msg: string;
  data: JsonValue;
}

/** The upstream as dialects use it, for what it answers at once: timestamped lyrics, personas, styles, voices, credit. */
export interface SunoRelay {
  /** The simulator stands behind it: only what the simulator can do may be asked. */
  readonly isSimulated: boolean;
  /**
   * Asks once. `path` is below `/api/v1`, without a slash in front; the `body` of a GET is its query. Throws `JobError`: `upstream-unreachable` when no
   * answer came, `upstream-failed` when what came is no envelope. Whatever the envelope says is an answer.
   */
  ask(method: 'GET' | 'POST', path: string, body: JsonObject): Promise<SunoEnvelope>;
}
