import type { JsonObject } from '@atelier/lib/json';
import type { Composition } from '../../art/composer.ts';
import type { SunoScenario } from '../scenario.ts';

/** One of the two songs of a task. Links are empty until the song is made. */
export interface SimulatedTrack {
  /** A UUID. */
  id: string;
  title: string;
  tags: string;
  /** The lyrics; the theme of a song without lyrics. */
  prompt: string;
  modelName: string;
  createdAtMs: number;
  audioUrl: string;
  imageUrl: string;
  /** Null until it is made. */
  composition: Omit<Composition, 'mp3'> | null;
}

interface TaskBase {
  taskId: string;
  /** The request's body as JSON text. */
  param: string;
  createdAtMs: number;
  completedAtMs: number | null;
  callBackUrl: string;
  error: { code: number; message: string } | null;
}

export interface MusicTask extends TaskBase {
  kind: 'music';
  status:
    | 'PENDING'
    | 'TEXT_SUCCESS'
    | 'FIRST_SUCCESS'
    | 'SUCCESS'
    | 'CREATE_TASK_FAILED'
    | 'GENERATE_AUDIO_FAILED'
    | 'CALLBACK_EXCEPTION'
    | 'SENSITIVE_WORD_ERROR';
  type: string;
  tracks: SimulatedTrack[];
  /** The scenario of the request, also for WAV files and covers that are made later. */
  scenario: SunoScenario;
}

/** A task for lyrics, a WAV file or covers. `response` is null until it succeeds. */
export interface OtherTask extends TaskBase {
  kind: 'lyrics' | 'wav' | 'cover';
  state: 'pending' | 'success' | 'failed' | 'moderated';
  response: JsonObject | null;
  /** The music task that it belongs to; empty for lyrics. */
  parentTaskId: string;
  /** The track that it belongs to; empty for lyrics and covers. */
  audioId: string;
}

/** The vendor's records, bounded; the oldest are forgotten first. */
export interface TaskStore {
  add(task: MusicTask | OtherTask): void;
  music(taskId: string): MusicTask | undefined;
  other(kind: OtherTask['kind'], taskId: string): OtherTask | undefined;
  /** A finished track of a task. */
  track(taskId: string, audioId: string): { task: MusicTask; track: SimulatedTrack; index: number } | undefined;
  /** True when a task of this kind for the same music exists that has not failed. */
  has(kind: OtherTask['kind'], about: { parentTaskId: string; audioId: string }): boolean;
}

const MAX_TASKS = 1_000;

export function createTaskStore(): TaskStore {
  const tasks = new Map<string, MusicTask | OtherTask>();
  const music = (taskId: string): MusicTask | undefined => {
    const task = tasks.get(taskId);
    return task?.kind === 'music' ? task : undefined;
  };
  return {
    add(task) {
      tasks.set(task.taskId, task);
      for (const oldest of tasks.keys()) {
        if (tasks.size <= MAX_TASKS) break;
        tasks.delete(oldest);
      }
    },
    music,
    other(kind, taskId) {
      const task = tasks.get(taskId);
      return task?.kind === kind ? task : undefined;
    },
    track(taskId, audioId) {
      const task = music(taskId);
      const index = task?.tracks.findIndex(({ id, audioUrl }) => id === audioId && audioUrl !== '') ?? -1;
      const track = task?.tracks[index];
      return task && track && { task, track, index };
    },
    has: (kind, about) =>
      tasks
        .values()
        .some(
          (task) =>
            task.kind === kind && task.parentTaskId === about.parentTaskId && task.audioId === about.audioId && task.state !== 'failed',
        ),
  };
}
