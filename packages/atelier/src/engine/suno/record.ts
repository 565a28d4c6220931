import { isJsonObject, type JsonObject, type JsonValue, listAt, parseJsonObject, textAt } from '@atelier/lib/json';
import type { Media } from '../../core/engine.ts';
import type { JobOutput } from '../../core/job.ts';
import type { SunoTrack } from './input.ts';

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

/** The tracks of a job over all stages. Each track keeps the number that it got when it first appeared. */
export interface TrackBook {
  /** Adds the facts of a record. */
  learn(recorded: readonly RecordedTrack[]): void;
  tracks(): SunoTrack[];
  /** The files that no earlier call returned. A cover comes together with its sound. */
  takeMedia(): Media[];
  /** There are tracks, and each has its sound. */
  isComplete(): boolean;
  hasSound(): boolean;
}

interface KnownTrack {
  track: SunoTrack;
  audioUrl: string;
  imageUrl: string;
}

/** `output`: the job's output so far, with the tracks and files from before a restart. */
export function createTrackBook(output: JobOutput, nowMs: () => number): TrackBook {
  const entries = new Map<string, KnownTrack>();
  const taken = new Set(output.assets.map(({ role, index }) => `${role} ${index}`));
  for (const item of listAt(output.data, 'tracks')) if (isTrack(item)) entries.set(item.id, { track: item, audioUrl: '', imageUrl: '' });

  const take = (media: Media): Media[] => {
    const name = `${media.role} ${media.index}`;
    if (taken.has(name)) return [];
    taken.add(name);
    return [media];
  };

  return {
    learn(recorded) {
      for (const [place, { audioUrl, imageUrl, createdAtMs, ...facts }] of recorded.entries()) {
        const id = facts.id || `track-${place + 1}`;
        const known = entries.get(id);
        const index = known?.track.index ?? entries.size + 1;
        const track: SunoTrack = { ...facts, id, index, createdAtMs: createdAtMs ?? known?.track.createdAtMs ?? nowMs() };
        entries.set(id, { track, audioUrl: audioUrl || (known?.audioUrl ?? ''), imageUrl: imageUrl || (known?.imageUrl ?? '') });
      }
    },
    tracks: () => [...entries.values()].map(({ track }) => track).toSorted((one, other) => one.index - other.index),
    takeMedia: () =>
      [...entries.values()].flatMap(({ track, audioUrl, imageUrl }) => {
        if (audioUrl === '') return [];
        const { index, title } = track;
        const stem = toFileStem(title, index);
        const audio: Media = { role: 'audio', index, source: { url: audioUrl }, filename: `${stem}.mp3` };
        const cover: Media = { role: 'cover', index, source: { url: imageUrl }, filename: `${stem}.${pictureExtension(imageUrl)}` };
        return [...take(audio), ...(imageUrl === '' ? [] : take(cover))];
      }),
    isComplete: () =>
      entries.size > 0 && [...entries.values()].every(({ track, audioUrl }) => audioUrl !== '' || taken.has(`audio ${track.index}`)),
    hasSound: () => [...entries.values()].some(({ track, audioUrl }) => audioUrl !== '' || taken.has(`audio ${track.index}`)),
  };
}

/** True for a track that this engine wrote to the store. */
const isTrack = (value: unknown): value is SunoTrack =>
  isJsonObject(value) && typeof value['id'] === 'string' && typeof value['index'] === 'number';

/** At most 60 whole characters. */
const SHORT = /^.{0,60}/u;

/** `Iron Man-1`: the title without characters that have a meaning in paths, and the number of the track. */
function toFileStem(title: string, index: number): string {
  const plain = title.replace(/[\\/:*?"<>|\p{C}]+/gu, ' ').replace(/\s+/g, ' ');
  const short = SHORT.exec(plain.replace(/^[\s.]+/, ''))?.[0].trim();
  return `${short === undefined || short === '' ? 'track' : short}-${index}`;
}

/** The ending of the link's path. It only names the file: the asset's content type comes from the bytes. */
export const pictureExtension = (url: string): string => /\.(png|jpe?g|webp)(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? 'jpeg';
