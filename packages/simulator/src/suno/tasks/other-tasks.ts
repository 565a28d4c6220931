import type { Clock } from '@atelier/lib/clock';
import type { JsonObject, JsonValue } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { SunoCallbacks } from '../callbacks.ts';
import type { SunoFailure, SunoScenario } from '../scenario.ts';
import type { OtherTask } from './task-store.ts';
import { envelope, type SimulatedVendor } from '../wire.ts';

/** Runs the tasks for lyrics, WAV files and covers. */
export interface OtherTasks {
  /** Starts in a later turn: makes the response, then sends the callback. */
  start(task: OtherTask, scenario: SunoScenario, work: OtherWork): void;
  close(): void;
}

export interface OtherWork {
  /** Makes the task fail. */
  failure: SunoFailure | undefined;
  /** Makes the `response` of the record. */
  make(): Promise<JsonObject>;
  /** The `data` of the callback; a null response means failure. */
  callbackData(response: JsonObject | null): JsonValue;
}

const FAILED = { code: 500, message: 'Internal Error - Please try again later' };
const TAKES_MS = 2_000;
const TAKES_SLOWLY_MS = 10_000;

export function createOtherTasks(deps: {
  clock: Clock;
  log: Log;
  pace: number;
  vendor: SimulatedVendor;
  callbacks: SunoCallbacks;
}): OtherTasks {
  const { clock, log, pace, vendor, callbacks } = deps;
  const cancels = new Set<() => void>();
  let isClosed = false;

  const finish = async (task: OtherTask, scenario: SunoScenario, { failure, make, callbackData }: OtherWork): Promise<void> => {
    if (failure) task.error = { code: failure.code(vendor), message: failure.message };
    else
      task.response = await make().catch((error: unknown) => {
        if (!isClosed) log.error({ err: error, taskId: task.taskId }, 'a simulated task failed');
        task.error = FAILED;
        return null;
      });
    if (isClosed) return;
    task.state = task.response ? 'success' : failure?.status === 'SENSITIVE_WORD_ERROR' ? 'moderated' : 'failed';
    task.completedAtMs = clock.now();
    if (scenario.has('no-callback')) return;
    const body = envelope(task.error?.code ?? 200, task.error?.message ?? 'success', callbackData(task.response));
    for (let times = scenario.has('twice') ? 2 : 1; times > 0; times--) callbacks.send(task, body);
  };

  return {
    start(task, scenario, work) {
      if (scenario.has('hang')) return;
      const cancel = clock.after(scenario.has('slow') ? TAKES_SLOWLY_MS : TAKES_MS * pace, () => {
        cancels.delete(cancel);
        void finish(task, scenario, work);
      });
      cancels.add(cancel);
    },
    close() {
      isClosed = true;
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}
