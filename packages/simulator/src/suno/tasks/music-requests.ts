import type { Clock } from '@atelier/lib/clock';
import { textAt, type JsonObject } from '@atelier/lib/json';
import type { Random } from '@atelier/lib/random';
import { COSTS, type TaskIntake } from './task-intake.ts';
import { readGenerateRequest } from './generate-request.ts';
import type { MusicRun } from './music-run.ts';
import { musicRecord, timestampedLyrics } from '../records.ts';
import { readSunoScenario, withoutScenario } from '../scenario.ts';
import type { SunoStudio } from './studio.ts';
import type { MusicTask, SimulatedTrack, TaskStore } from './task-store.ts';

/** Requests for music and for records of music. */
export interface MusicRequests {
  generate(body: JsonObject): JsonObject;
  musicRecord(taskId: string): JsonObject | null;
  timestampedLyrics(body: JsonObject): JsonObject | null;
}

export interface MusicRequestsDependencies {
  clock: Clock;
  random: Random;
  intake: TaskIntake;
  tasks: TaskStore;
  studio: SunoStudio;
  run: MusicRun;
}

export function createMusicRequests({ clock, random, intake, tasks, studio, run }: MusicRequestsDependencies): MusicRequests {
  return {
    generate(body) {
      const request = readGenerateRequest(body);
      const texts = [request.prompt, request.style, request.title];
      const scenario = readSunoScenario(texts);
      intake.refuseByWord(scenario, texts);
      const plan = studio.plan(request);
      const modelName = `chirp-${request.model.toLowerCase().replaceAll('_', '-')}`;
      const newTrack = (): SimulatedTrack => ({
        id: random.uuid(),
        title: plan.title,
        tags: plan.style,
        prompt: plan.lyrics || withoutScenario(request.prompt),
        modelName,
        createdAtMs: clock.now(),
        audioUrl: '',
        imageUrl: '',
        composition: null,
      });
      const task: MusicTask = {
        ...intake.newTask(body),
        kind: 'music',
        status: 'PENDING',
        type: modelName,
        tracks: [newTrack(), newTrack()],
        scenario,
      };
      tasks.add(task);
      intake.charge(COSTS.music);
      run.start(task, plan);
      return { taskId: task.taskId };
    },
    musicRecord(taskId) {
      const task = tasks.music(taskId);
      return task ? musicRecord(task) : null;
    },
    timestampedLyrics(body) {
      const found = tasks.track(textAt(body, 'taskId'), textAt(body, 'audioId'));
      return found ? timestampedLyrics(found.track) : null;
    },
  };
}
