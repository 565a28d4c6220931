import type { JsonObject, JsonValue } from '@atelier/lib/json';

/** An item of `sunoData` as each vendor records it. Source: kie, generate/record-info; sunoapi, generate/record-info. */
const ITEMS = {
  kie: (place: number): JsonObject => ({
    id: `audio-${place}`,
    audioUrl: `https://files.test/${place}.mp3`,
    streamAudioUrl: `https://files.test/${place}`,
    imageUrl: `https://files.test/${place}.jpeg`,
    prompt: '[Verse] La la',
    modelName: 'chirp-v3-5',
    title: 'Iron Man',
    tags: 'electrifying, rock',
    createTime: '2025-01-01 00:00:00',
    duration: 198.44,
  }),
  sunoapi: (place: number): JsonObject => ({
    ...ITEMS.kie(place),
    sourceAudioUrl: `https://elsewhere.test/${place}.mp3`,
    sourceImageUrl: `https://elsewhere.test/${place}.jpeg`,
    createTime: 1_735_689_600_000,
  }),
};

export type RecordStyle = keyof typeof ITEMS;

export const track = (place: number, style: RecordStyle = 'kie'): JsonObject => ITEMS[style](place);

/** A track without its sound. */
export const silentTrack = (place: number): JsonObject => ({ ...track(place), audioUrl: '', duration: 0 });

/** `data` of a music task. */
export const musicRecord = (
  status: string,
  tracks: readonly JsonObject[] = [],
  set: Record<string, JsonValue> = {},
): { data: JsonObject } => ({
  data: {
    taskId: 'task-1',
    parentMusicId: '',
    param: '{}',
    response: tracks.length === 0 ? null : { taskId: 'task-1', sunoData: [...tracks] },
    status,
    type: 'chirp-v4',
    operationType: 'generate',
    errorCode: null,
    errorMessage: null,
    ...set,
  },
});
