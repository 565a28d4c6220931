import type { Clock } from '@atelier/lib/clock';
import { textAt, type JsonObject } from '@atelier/lib/json';
import type { Random } from '@atelier/lib/random';
import { COSTS, type Desk } from './desk.ts';
import { readGenerateRequest } from './generate-request.ts';
import type { MusicPerformance } from './music-performance.ts';
import { musicRecord, timestampedLyrics } from './records.ts';
import { readSunoScenario, withoutScenario } from './scenario.ts';
import type { SunoStudio } from './studio.ts';
import type { MusicTask, SunoTrack, TaskStore } from './tasks.ts';

/** Music, and what is known of it. */
export interface MusicOrders {
  generate(body: JsonObject): JsonObject;
  musicRecord(taskId: string): JsonObject | null;
  timestampedLyrics(body: JsonObject): JsonObject | null;
}

export interface MusicOrdersDeps {
  clock: Clock;
  random: Random;
  desk: Desk;
  tasks: TaskStore;
  studio: SunoStudio;
  performance: MusicPerformance;
}

export function createMusicOrders({ clock, random, desk, tasks, studio, performance }: MusicOrdersDeps): MusicOrders {
  return {
    generate(body) {
      const request = readGenerateRequest(body);
      const texts = [request.prompt, request.style, request.title];
      const scenario = readSunoScenario(texts);
      desk.refuseByWord(scenario, texts);
      const plan = studio.plan(request);
      const modelName = `chirp-${request.model.toLowerCase().replaceAll('_', '-')}`;
      const newTrack = (): SunoTrack => ({
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
        ...desk.newTask(body),
        kind: 'music',
        status: 'PENDING',
        type: modelName,
        tracks: [newTrack(), newTrack()],
        scenario,
      };
      tasks.add(task);
      desk.charge(COSTS.music);
      performance.start(task, plan);
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
