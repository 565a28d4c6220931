import { textAt, type JsonObject } from '@atelier/lib/json';
import type { Composer } from '../../art/composer.ts';
import type { TaskIntake } from './task-intake.ts';
import { readCallBackUrl, readText } from './generate-request.ts';
import type { MediaStore } from './media-store.ts';
import { coverRecord, lyricsRecord, wavRecord } from '../records.ts';
import { readSunoScenario, SUNO_FAILURES, withoutScenario } from '../scenario.ts';
import type { OtherTasks } from './other-tasks.ts';
import type { SunoStudio } from './studio.ts';
import type { TaskStore } from './task-store.ts';
import { NO_SUCH_RECORD, SunoRefusal, type SimulatedVendor } from '../wire.ts';

/** Requests for lyrics, and for WAV files and covers of finished music. Unknown music is refused at once. */
export interface OtherRequests {
  lyrics(body: JsonObject): JsonObject;
  lyricsRecord(taskId: string): JsonObject | null;
  wav(body: JsonObject): JsonObject;
  wavRecord(taskId: string): JsonObject | null;
  cover(body: JsonObject): JsonObject;
  coverRecord(taskId: string): JsonObject | null;
}

export interface OtherRequestsDependencies {
  composer: Composer;
  intake: TaskIntake;
  tasks: TaskStore;
  media: MediaStore;
  studio: SunoStudio;
  others: OtherTasks;
  vendor: SimulatedVendor;
}

/** Source: kie, lyrics. */
const LONGEST_THEME = 200;
const LYRIC_VARIANTS = 2;

export function createOtherRequests({ composer, intake, tasks, media, studio, others, vendor }: OtherRequestsDependencies): OtherRequests {
  return {
    lyrics(body) {
      readCallBackUrl(body);
      const prompt = readText(body, 'prompt', { longest: LONGEST_THEME, isNeeded: true });
      const scenario = readSunoScenario([prompt]);
      intake.refuseByWord(scenario, [prompt]);
      const task = intake.openTask('lyrics', body);
      const theme = withoutScenario(prompt);
      const texts = Array.from({ length: LYRIC_VARIANTS }, (_, take) => composer.writeLyrics({ prompt: theme, title: '', take }));
      const variants = (errorField: string): JsonObject[] => texts.map((text) => ({ ...text, status: 'complete', [errorField]: '' }));
      others.start(task, scenario, {
        failure: scenario.failure,
        make: async () => ({ taskId: task.taskId, data: variants('errorMessage') }),
        callbackData: (response) => ({
          callbackType: response ? 'complete' : 'error',
          [vendor.lyricsTaskId]: task.taskId,
          data: response ? variants(vendor.lyricsError) : null,
        }),
      });
      return { taskId: task.taskId };
    },
    lyricsRecord(taskId) {
      const task = tasks.other('lyrics', taskId);
      return task ? lyricsRecord(task) : null;
    },

    wav(body) {
      readCallBackUrl(body);
      const about = { parentTaskId: textAt(body, 'taskId'), audioId: textAt(body, 'audioId') };
      const found = tasks.track(about.parentTaskId, about.audioId);
      if (!found) throw new SunoRefusal(422, NO_SUCH_RECORD);
      const task = intake.openTask('wav', body, about);
      const { scenario } = found.task;
      others.start(task, scenario, {
        failure: scenario.has('wav-fail') ? SUNO_FAILURES['create-failed'] : undefined,
        async make() {
          const mp3 = media.openUrl(found.track.audioUrl);
          if (!mp3) throw new Error('the track has expired');
          return { audioWavUrl: media.add({ bytes: await composer.toWav(mp3.bytes), contentType: 'audio/wav' }) };
        },
        callbackData: (response) => ({ audioWavUrl: response?.['audioWavUrl'] ?? null, task_id: task.taskId }),
      });
      return { taskId: task.taskId };
    },
    wavRecord(taskId) {
      const task = tasks.other('wav', taskId);
      return task ? wavRecord(task, tasks.track(task.parentTaskId, task.audioId)?.index ?? 0) : null;
    },

    cover(body) {
      readCallBackUrl(body);
      const about = { parentTaskId: textAt(body, 'taskId'), audioId: '' };
      const music = tasks.music(about.parentTaskId);
      const [track] = music?.tracks ?? [];
      if (!music || !track || track.audioUrl === '') throw new SunoRefusal(422, NO_SUCH_RECORD);
      const task = intake.openTask('cover', body, about);
      others.start(task, music.scenario, {
        failure: music.scenario.has('cover-fail') ? SUNO_FAILURES['create-failed'] : undefined,
        make: async () => ({ images: await studio.paintCovers(track) }),
        callbackData: (response) => ({ taskId: task.taskId, task_id: task.taskId, images: response?.['images'] ?? null }),
      });
      return { taskId: task.taskId };
    },
    coverRecord(taskId) {
      const task = tasks.other('cover', taskId);
      return task ? coverRecord(task) : null;
    },
  };
}
