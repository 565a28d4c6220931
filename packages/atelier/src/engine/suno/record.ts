import { isJsonObject, listAt, parseJsonObject, textAt, type JsonObject, type JsonValue } from '@atelier/lib/json';

/** One item of `sunoData`; fields that the upstream left out are empty. */
export interface RecordedTrack {
  id: string;
  /** Empty until the upstream has made the sound. */
  audioUrl: string;
  imageUrl: string;
  title: string;
  tags: string;
  prompt: string;
  modelName: string;
  duration: number;
  createdAtMs: number | null;
}

/** The state of a task as a `record-info` gives it. */
export interface TaskRecord {
  stage: 'pending' | 'text' | 'first' | 'done' | 'failed';
  /** The upstream's own word for the stage. */
  state: string;
  errorCode: number | null;
  errorMessage: string;
  tracks: RecordedTrack[];
  /** The result of a task that makes no tracks. */
  response: JsonObject;
}

/**
 * The stage for each state: a word in `status` (music, lyrics) or in `successFlag` (WAV, stems), a number in `successFlag` (notes, covers). A task
 * with another word is at work. Source: kie, generate/record-info; kie, lyrics/record-info; kie, wav/record-info; kie, vocal-removal/record-info;
 * kie, midi/record-info; kie, suno/cover/record-info; sunoapi, other record-info.
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
  // The vendor could not reach our callback URL. The record has the result, or has none.
  CALLBACK_EXCEPTION: 'done',
  SENSITIVE_WORD_ERROR: 'failed',
  '1': 'done',
  '2': 'failed',
  '3': 'failed',
};

/** Reads `data` of a `record-info`; undefined for a task that the upstream does not know (yet). */
export function readRecord(data: JsonValue): TaskRecord | undefined {
  if (!isJsonObject(data)) return undefined;
  const state = toWord(data['status'] ?? null) || toWord(data['successFlag'] ?? null);
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

const toWord = (value: JsonValue): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

/** `response` is an object or JSON text; for notes the result is the field `midiData` of `data`. */
function responseOf(data: JsonObject): JsonObject {
  const { response, midiData } = data;
  if (isJsonObject(response)) return response;
  if (typeof response === 'string') return parseJsonObject(response);
  return isJsonObject(midiData) ? { midiData } : {};
}

/** Reads camel case (records) and snake case (callbacks). */
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

/** Epoch milliseconds, or `2025-01-01 00:00:00`, which is read as UTC: the vendors document no time zone. */
function readTime(value: JsonValue): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  const atMs = typeof value === 'string' ? Date.parse(`${value.replace(' ', 'T')}Z`) : NaN;
  return Number.isNaN(atMs) ? null : atMs;
}
