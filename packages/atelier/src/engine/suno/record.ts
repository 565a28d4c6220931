import { isJsonObject, listAt, parseJsonObject, textAt, type JsonObject, type JsonValue } from '@atelier/lib/json';

/** One item of `sunoData`, as far as it is known. */
export interface RecordedTrack {
  id: string;
  /** Empty until the sound is there. */
  audioUrl: string;
  imageUrl: string;
  title: string;
  tags: string;
  prompt: string;
  modelName: string;
  duration: number;
  createdAtMs: number | null;
}

/** What a `record-info` says of a task. */
export interface TaskRecord {
  stage: 'pending' | 'text' | 'first' | 'done' | 'failed';
  /** The upstream's own word for it. */
  state: string;
  errorCode: number | null;
  errorMessage: string;
  tracks: RecordedTrack[];
  /** The result of what makes no tracks. */
  response: JsonObject;
}

/**
 * What each state means: a word in `status` (music, lyrics) or in `successFlag` (WAV, stems), a number in `successFlag` (notes, covers). Words that
 * are not here mean that the task is at work. Source: kie.ai and sunoapi.org, the pages of each `record-info`.
 */
const STAGES: Record<string, TaskRecord['stage']> = {
  TEXT_SUCCESS: 'text',
  FIRST_SUCCESS: 'first',
  SUCCESS: 'done',
  CREATE_TASK_FAILED: 'failed',
  GENERATE_AUDIO_FAILED: 'failed',
  GENERATE_LYRICS_FAILED: 'failed',
  GENERATE_WAV_FAILED: 'failed',
  GENERATE_MP4_FAILED: 'failed',
  // Our own route was not reached; the result is there all the same, or it is not.
  CALLBACK_EXCEPTION: 'done',
  SENSITIVE_WORD_ERROR: 'failed',
  '1': 'done',
  '2': 'failed',
  '3': 'failed',
};

/** Reads `data` of a `record-info`; undefined for a task that the upstream does not know (yet). */
export function readRecord(data: JsonValue): TaskRecord | undefined {
  if (!isJsonObject(data)) return undefined;
  const state = wordOf(data['status'] ?? null) || wordOf(data['successFlag'] ?? null);
  const errorCode = Number(data['errorCode'] ?? NaN);
  const response = responseOf(data);
  return {
    stage: STAGES[state] ?? 'pending',
    state,
    errorCode: Number.isInteger(errorCode) ? errorCode : null,
    errorMessage: textAt(data, 'errorMessage'),
    tracks: listAt(response, 'sunoData').filter(isJsonObject).map(readTrack),
    response,
  };
}

const wordOf = (value: JsonValue): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

/** An object, the JSON text of one, or (notes) fields of `data` itself. */
function responseOf(data: JsonObject): JsonObject {
  const { response, midiData } = data;
  if (isJsonObject(response)) return response;
  if (typeof response === 'string') return parseJsonObject(response);
  return isJsonObject(midiData) ? { midiData } : {};
}

/** Camel case, as records have it; or snake case, as callbacks do. */
function readTrack(item: JsonObject): RecordedTrack {
  const text = (...names: string[]): string => names.map((name) => textAt(item, name)).find((value) => value !== '') ?? '';
  const duration = Number(item['duration'] ?? 0);
  return {
    id: text('id'),
    audioUrl: text('audioUrl', 'audio_url', 'sourceAudioUrl'),
    imageUrl: text('imageUrl', 'image_url', 'sourceImageUrl'),
    title: text('title'),
    tags: text('tags'),
    prompt: text('prompt'),
    modelName: text('modelName', 'model_name'),
    duration: Number.isFinite(duration) ? duration : 0,
    createdAtMs: readTime(item['createTime'] ?? null),
  };
}

/** Epoch milliseconds, or `2025-01-01 00:00:00`, which is read as UTC: no zone is documented. */
function readTime(value: JsonValue): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  const atMs = typeof value === 'string' ? Date.parse(`${value.replace(' ', 'T')}Z`) : NaN;
  return Number.isNaN(atMs) ? null : atMs;
}
