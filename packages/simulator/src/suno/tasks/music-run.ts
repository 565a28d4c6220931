import type { Cancel, Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { SunoCallbacks } from '../callbacks.ts';
import { callbackTrack } from '../records.ts';
import type { Recording, SongPlan, SunoStudio } from './studio.ts';
import type { MusicTask } from './task-store.ts';
import { envelope, type SimulatedVendor } from '../wire.ts';

/** Runs music tasks from accepted to finished. */
export interface MusicRun {
  /** Starts in a later turn. */
  start(task: MusicTask, plan: SongPlan): void;
  /** Ends the waiting of all tasks; no later stage begins. */
  close(): void;
}

export interface MusicRunDependencies {
  clock: Clock;
  log: Log;
  /** 1: about 8 s for both tracks; 0: as soon as they are made. */
  pace: number;
  vendor: SimulatedVendor;
  studio: SunoStudio;
  callbacks: SunoCallbacks;
}

/** Milliseconds from the start to each stage at pace 1, unless the music takes longer. */
const STAGES_MS = { text: 1_500, first: 5_000, complete: 8_000 } as const;
const SLOW_STAGES_MS = { text: 2_000, first: 10_000, complete: 15_000 } as const;
const CLOSED = Symbol('closed');

/** Text, first, complete: each stage has its state, its time and its callback; scenario words leave some out or end it early. */
export function createMusicRun({ clock, log, pace, vendor, studio, callbacks }: MusicRunDependencies): MusicRun {
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
    const { failure } = scenario;
    const takes = failure || scenario.has('hang') || scenario.has('stall') ? [] : recordTakes(task, plan);
    await until('text');
    if (scenario.has('hang')) return;
    if (failure && !failure.isLate) return fail(task, { ...failure, code: failure.code(vendor) });
    task.status = 'TEXT_SUCCESS';
    send(task, 200, 'Text generated successfully.', 'text');
    if (scenario.has('stall')) return;
    await until('first');
    if (failure) return fail(task, { ...failure, code: failure.code(vendor) });
    await publish(task, takes, 0);
    task.status = 'FIRST_SUCCESS';
    send(task, 200, 'First track generated successfully.', 'first');
    if (scenario.has('first-only')) return;
    await until('complete');
    await publish(task, takes, 1);
    task.status = scenario.has('callback-exception') ? 'CALLBACK_EXCEPTION' : 'SUCCESS';
    task.completedAtMs = clock.now();
    send(task, 200, 'All generated successfully.', 'complete');
  };

  /** Records the takes at once, one after the other; each is published at its stage. */
  const recordTakes = ({ tracks }: MusicTask, plan: SongPlan): Promise<Recording>[] => {
    const takes: Promise<Recording>[] = [];
    for (const [take, { id }] of tracks.entries()) {
      const before = takes.at(-1);
      const recording = before ? before.then(() => studio.record(plan, take, id)) : studio.record(plan, take, id);
      // The stage that awaits the recording handles its error.
      recording.catch(() => undefined);
      takes.push(recording);
    }
    return takes;
  };

  const publish = async (task: MusicTask, takes: readonly Promise<Recording>[], take: number): Promise<void> => {
    const track = task.tracks[take];
    const recording = await takes[take];
    if (!track || !recording) return;
    Object.assign(track, recording);
    // The link keeps its form and leads nowhere.
    if (task.scenario.has('lost-media')) track.audioUrl = recording.audioUrl.replace(/[^/]+(?=\.mp3$)/, 'lost');
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
