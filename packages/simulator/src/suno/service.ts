import type { Clock } from '@atelier/lib/clock';
import { textAt, type JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { Composer } from '../art/composer.ts';
import { describeStyle } from '@atelier/demo-art/composer/writing/write-score';
import type { Painter } from '../art/painter.ts';
import type { Random } from '@atelier/lib/random';
import { createSunoCallbacks } from './callbacks.ts';
import { COSTS, createDesk } from './desk.ts';
import { readText } from './generate-request.ts';
import type { MediaStore } from './media-store.ts';
import { createMusicPerformance } from './music-performance.ts';
import { createMusicOrders, type MusicOrders } from './music-orders.ts';
import { createSideOrders, type SideOrders } from './side-orders.ts';
import { createSideTasks } from './side-tasks.ts';
import { createSunoStudio } from './studio.ts';
import { createTaskStore } from './tasks.ts';
import { VENDORS, type VendorName } from './wire.ts';

/** The simulated vendor. Submits answer with the new task's id; a record is null where there is no such task. Refusals are thrown. */
export interface SunoService extends MusicOrders, SideOrders {
  /** Better words for a style, at once. */
  style(body: JsonObject): JsonObject;
  credits(): number;
  close(): Promise<void>;
}

export interface SunoServiceDeps {
  clock: Clock;
  log: Log;
  random: Random;
  composer: Composer;
  painter: Painter;
  media: MediaStore;
  pace: number;
  tilePixels: number;
  vendor: VendorName;
}

const LONGEST_STYLE = 1_000;

export function createSunoService(deps: SunoServiceDeps): SunoService {
  const { clock, log, random, composer, painter, media, pace, tilePixels } = deps;
  const vendor = VENDORS[deps.vendor];
  const tasks = createTaskStore();
  const desk = createDesk({ clock, random, tasks, vendor });
  const studio = createSunoStudio({ composer, painter, media, pace, tilePixels });
  const callbacks = createSunoCallbacks({ clock, log });
  const performance = createMusicPerformance({ clock, log, pace, vendor, studio, callbacks });
  const side = createSideTasks({ clock, log, pace, vendor, callbacks });
  return {
    ...createMusicOrders({ clock, random, desk, tasks, studio, performance }),
    ...createSideOrders({ composer, desk, tasks, media, studio, side, vendor }),
    style(body) {
      const content = readText(body, 'content', { longest: LONGEST_STYLE, isNeeded: true });
      desk.charge(COSTS.style);
      return {
        taskId: random.hex(16),
        param: JSON.stringify({ content: textAt(body, 'content') }),
        result: describeStyle(content),
        creditsConsumed: COSTS.style,
        creditsRemaining: desk.credits(),
        // The vendor says it in Chinese, in every language. Source: a recorded exchange with kie.ai.
        successFlag: '成功',
        errorCode: null,
        errorMsg: null,
        createTime: clock.now(),
      };
    },
    credits: desk.credits,
    async close() {
      performance.close();
      side.close();
      await callbacks.close();
    },
  };
}
