import type { Clock } from '@atelier/lib/clock';
import { textAt, type JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { Composer } from '../art/composer.ts';
import type { Painter } from '../art/painter.ts';
import type { Random } from '@atelier/lib/random';
import { createSunoCallbacks } from './callbacks.ts';
import { COSTS, createTaskIntake } from './tasks/task-intake.ts';
import { readText } from './tasks/generate-request.ts';
import type { MediaStore } from './tasks/media-store.ts';
import { createMusicRun } from './tasks/music-run.ts';
import { createMusicRequests, type MusicRequests } from './tasks/music-requests.ts';
import { createOtherRequests, type OtherRequests } from './tasks/other-requests.ts';
import { createOtherTasks } from './tasks/other-tasks.ts';
import { createSunoStudio } from './tasks/studio.ts';
import { createTaskStore } from './tasks/task-store.ts';
import { VENDORS, type SimulatedVendorName } from './wire.ts';

/** The simulated vendor. Submits answer with the new task's id; the record of an unknown task is null. Refusals are thrown. */
export interface SunoService extends MusicRequests, OtherRequests {
  /** Better words for a style, at once. */
  style(body: JsonObject): JsonObject;
  credits(): number;
  close(): Promise<void>;
}

export interface SunoServiceDependencies {
  clock: Clock;
  log: Log;
  random: Random;
  composer: Composer;
  painter: Painter;
  media: MediaStore;
  pace: number;
  tilePixels: number;
  vendor: SimulatedVendorName;
}

const LONGEST_STYLE = 1_000;

export function createSunoService(deps: SunoServiceDependencies): SunoService {
  const { clock, log, random, composer, painter, media, pace, tilePixels } = deps;
  const vendor = VENDORS[deps.vendor];
  const tasks = createTaskStore();
  const intake = createTaskIntake({ clock, random, tasks, vendor });
  const studio = createSunoStudio({ composer, painter, media, pace, tilePixels });
  const callbacks = createSunoCallbacks({ clock, log });
  const run = createMusicRun({ clock, log, pace, vendor, studio, callbacks });
  const others = createOtherTasks({ clock, log, pace, vendor, callbacks });
  return {
    ...createMusicRequests({ clock, random, intake, tasks, studio, run }),
    ...createOtherRequests({ composer, intake, tasks, media, studio, others, vendor }),
    style(body) {
      const content = readText(body, 'content', { longest: LONGEST_STYLE, isNeeded: true });
      intake.charge(COSTS.style);
      return {
        taskId: random.hex(16),
        param: JSON.stringify({ content: textAt(body, 'content') }),
        result: composer.describeStyle(content),
        creditsConsumed: COSTS.style,
        creditsRemaining: intake.credits(),
        // The vendor says it in Chinese, in every language. Source: kie, recorded replies, style/generate.
        successFlag: '成功',
        errorCode: null,
        errorMsg: null,
        createTime: clock.now(),
      };
    },
    credits: intake.credits,
    async close() {
      run.close();
      others.close();
      await callbacks.close();
    },
  };
}
