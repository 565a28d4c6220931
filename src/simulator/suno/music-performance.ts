import type { Cancel, Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { SunoCallbacks } from './callbacks.ts';
import { callbackTrack } from './records.ts';
import type { SongPlan, SunoStudio } from './studio.ts';
import type { MusicTask } from './tasks.ts';
import { envelope, type Vendor } from './wire.ts';

/** Runs tasks on the vendor's side, from accepted to finished. */
export interface MusicPerformance {
  /** Starts in a later turn. */
  start(task: MusicTask, plan: SongPlan): void;
  /** Nothing begins any more. */
  close(): void;
}

export interface MusicPerformanceDeps {
  clock: Clock;
  log: Log;
  /** 1: about 8 s for both tracks; 0: as soon as they are made. */
  pace: number;
  vendor: Vendor;
  studio: SunoStudio;
  callbacks: SunoCallbacks;
}

/** When each stage is reached at pace 1, unless the music takes longer. */
const STAGES_MS = { text: 1_500, first: 5_000, complete: 8_000 } as const;
const SLOW_STAGES_MS = { text: 2_000, first: 10_000, complete: 15_000 } as const;
const CLOSED = Symbol('closed');

/** Text, first, complete: each stage has its state, its time and its callback; scenario words leave some out or end it early. */
export function createMusicPerformance({ clock, log, pace, vendor, studio, callbacks }: MusicPerformanceDeps): MusicPerformance {
  const waiting = new Map<Cancel, () => void>();
  let isClosed = false;

  const sleep = (delayMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = (): void => reject(new Error('the simulator is closing', { cause: CLOSED }));
      const cancel = clock.after(delayMs, () => {
        waiting.delete(cancel);
        resolve();
      });
      waiting.set(cancel, stop);
    });

  const send = (task: MusicTask, code: number, message: string, stage: 'text' | 'first' | 'complete' | 'error'): void => {
    const { scenario } = task;
    if (scenario.has('no-callback')) return;
    if (scenario.has('complete-only') && (stage === 'text' || stage === 'first')) return;
    const tracks = task.tracks.filter(({ audioUrl }) => audioUrl !== '').map(callbackTrack);
    const data = stage === 'error' ? null : stage === 'text' ? [] : tracks;
    const body = envelope(code, message, { callbackType: stage, task_id: task.taskId, data });
    for (let times = scenario.has('twice') ? 2 : 1; times > 0; times--) callbacks.send(task, body);
  };

  const fail = (task: MusicTask, failure: { status: MusicTask['status']; code: number; message: string }): void => {
    task.status = failure.status;
    task.error = { code: failure.code, message: failure.message };
    task.completedAtMs = clock.now();
    send(task, failure.code, failure.message, 'error');
  };

  const perform = async (task: MusicTask, plan: SongPlan): Promise<void> => {
    const { scenario } = task;
    const stages = scenario.has('slow') ? SLOW_STAGES_MS : STAGES_MS;
    const unit = scenario.has('slow') ? 1 : pace;
    const startedAtMs = clock.now();
    const until = (stage: keyof typeof STAGES_MS): Promise<void> => sleep(startedAtMs + stages[stage] * unit - clock.now());
    await until('text');
    if (scenario.has('hang')) return;
    const { failure } = scenario;
    if (failure && !failure.isLate) return fail(task, { ...failure, code: failure.code(vendor) });
    task.status = 'TEXT_SUCCESS';
    send(task, 200, 'Text generated successfully.', 'text');
    if (scenario.has('stall')) return;
    const recorded = failure ? Promise.resolve() : recordTake(task, plan, 0);
    await Promise.all([until('first'), recorded]);
    if (failure) return fail(task, { ...failure, code: failure.code(vendor) });
    if (scenario.has('lost-media')) loseMedia(task);
    task.status = 'FIRST_SUCCESS';
    send(task, 200, 'First track generated successfully.', 'first');
    if (scenario.has('first-only')) return;
    await Promise.all([until('complete'), recordTake(task, plan, 1)]);
    if (scenario.has('lost-media')) loseMedia(task);
    task.status = scenario.has('callback-exception') ? 'CALLBACK_EXCEPTION' : 'SUCCESS';
    task.completedAtMs = clock.now();
    send(task, 200, 'All generated successfully.', 'complete');
  };

  const recordTake = async (task: MusicTask, plan: SongPlan, take: number): Promise<void> => {
    const track = task.tracks[take];
    if (track) await studio.record(plan, take, track);
  };

  return {
    start(task, plan) {
      perform(task, plan).catch((error: unknown) => {
        if (isClosed || (error instanceof Error && error.cause === CLOSED)) return;
        log.error({ err: error, taskId: task.taskId }, 'a simulated song could not be made');
        fail(task, { status: 'GENERATE_AUDIO_FAILED', code: vendor.generationFailed, message: 'Audio generation failed' });
      });
    },
    close() {
      isClosed = true;
      for (const [cancel, stop] of waiting) {
        cancel();
        stop();
      }
      waiting.clear();
    },
  };
}

/** The link stays in form and leads nowhere. */
function loseMedia(task: MusicTask): void {
  for (const track of task.tracks) track.audioUrl = track.audioUrl.replace(/[^/]+(?=\.mp3$)/, 'lost');
}
