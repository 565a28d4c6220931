import type { JsonObject } from '@atelier/lib/json';
import type { MusicTask, OtherTask, SimulatedTrack } from './tasks/task-store.ts';
import { wireTime } from './wire.ts';

/** The record of a music task for polling: camelCase, unlike the callbacks. Source: kie, generate/record-info. */
export function musicRecord({ taskId, param, tracks, status, type, error }: MusicTask): JsonObject {
  const sunoData = tracks.map((track): JsonObject => ({
    id: track.id,
    audioUrl: track.audioUrl,
    streamAudioUrl: track.audioUrl,
    imageUrl: track.imageUrl,
    prompt: track.prompt,
    modelName: track.modelName,
    title: track.title,
    tags: track.tags,
    createTime: wireTime(track.createdAtMs),
    duration: track.composition?.durationS ?? null,
  }));
  return {
    taskId,
    parentMusicId: '',
    param,
    response: { taskId, sunoData },
    status,
    type,
    operationType: 'generate',
    errorCode: error?.code ?? null,
    errorMessage: error?.message ?? null,
  };
}

/** A track as callbacks show it: snake_case but for `createTime`. Source: kie, Suno callbacks. */
export const callbackTrack = (track: SimulatedTrack): JsonObject => ({
  id: track.id,
  audio_url: track.audioUrl,
  source_audio_url: track.audioUrl,
  stream_audio_url: track.audioUrl,
  source_stream_audio_url: track.audioUrl,
  image_url: track.imageUrl,
  source_image_url: track.imageUrl,
  prompt: track.prompt,
  model_name: track.modelName,
  title: track.title,
  tags: track.tags,
  createTime: wireTime(track.createdAtMs),
  duration: track.composition?.durationS ?? null,
});

/** Source: kie, lyrics/record-info. */
export function lyricsRecord({ taskId, param, response, state, error }: OtherTask): JsonObject {
  const status = { pending: 'PENDING', success: 'SUCCESS', failed: 'GENERATE_LYRICS_FAILED', moderated: 'SENSITIVE_WORD_ERROR' }[state];
  return { taskId, param, response, status, type: 'LYRICS', errorCode: error?.code ?? null, errorMessage: error?.message ?? null };
}

/** The flag is a word here. Source: kie, wav/record-info. */
export function wavRecord(task: OtherTask, musicIndex: number): JsonObject {
  const successFlag = { pending: 'PENDING', success: 'SUCCESS', failed: 'GENERATE_WAV_FAILED', moderated: 'GENERATE_WAV_FAILED' }[
    task.state
  ];
  return { musicId: task.audioId, audioId: task.audioId, musicIndex, successFlag, ...commonRecord(task) };
}

/** The flag is a number here. Source: kie, suno/cover/record-info. */
export function coverRecord(task: OtherTask): JsonObject {
  return {
    parentTaskId: task.parentTaskId,
    successFlag: { pending: 0, success: 1, failed: 3, moderated: 3 }[task.state],
    ...commonRecord(task),
  };
}

const commonRecord = ({ taskId, callBackUrl, response, createdAtMs, completedAtMs, error }: OtherTask): JsonObject => ({
  taskId,
  callbackUrl: callBackUrl,
  response,
  createTime: wireTime(createdAtMs),
  completeTime: completedAtMs === null ? null : wireTime(completedAtMs),
  errorCode: error?.code ?? null,
  errorMessage: error?.message ?? null,
});

/** Each word with the time at which it is sung, in seconds; the last word of a line ends with a line break, the others with a space. */
export function timestampedLyrics({ composition }: SimulatedTrack): JsonObject {
  const alignedWords = (composition?.lines ?? []).flatMap(({ words }) =>
    words.map(({ text, startMs, endMs }, index) => ({
      word: `${text}${index === words.length - 1 ? '\n' : ' '}`,
      success: true,
      startS: startMs / 1_000,
      endS: endMs / 1_000,
      palign: 0,
    })),
  );
  return { alignedWords, waveformData: composition?.waveform ?? [], hootCer: alignedWords.length === 0 ? 0 : 0.02, isStreamed: false };
}
