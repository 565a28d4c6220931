import type { Clock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import type { Random } from '@atelier/lib/random';
import { readCallBackUrl } from './generate-request.ts';
import type { SunoScenario } from '../scenario.ts';
import type { OtherTask, TaskStore } from './task-store.ts';
import { SunoRefusal, type SimulatedVendor } from '../wire.ts';

/** Accepts requests: the steps that every kind of task shares. */
export interface TaskIntake {
  /** The fields that every new task has. */
  newTask(body: JsonObject): Omit<OtherTask, 'kind' | 'state' | 'response' | 'parentTaskId' | 'audioId'>;
  /** A pending task, on record and paid for; refuses with 409 when the same task exists already. */
  openTask(kind: OtherTask['kind'], body: JsonObject, about?: { parentTaskId: string; audioId: string }): OtherTask;
  charge(cost: number): void;
  credits(): number;
  /** Throws the refusal that a scenario word asks for. */
  refuseByWord(scenario: SunoScenario, texts: readonly string[]): void;
}

const FIRST_CREDITS = 5_000;
export const COSTS = { music: 12, lyrics: 0.4, wav: 0.4, cover: 4, style: 0.4 } as const;
/** Texts that were refused once; the next request with the same text is accepted. */
const MAX_REFUSED_ONCE = 1_000;

export function createTaskIntake({
  clock,
  random,
  tasks,
  vendor,
}: {
  clock: Clock;
  random: Random;
  tasks: TaskStore;
  vendor: SimulatedVendor;
}): TaskIntake {
  const refusedOnce = new Set<string>();
  let credits = FIRST_CREDITS;

  const charge = (cost: number): void => {
    credits = Math.round((credits - cost) * 100) / 100;
  };
  const newTask: TaskIntake['newTask'] = (body) => ({
    taskId: random.hex(16),
    param: JSON.stringify(body),
    callBackUrl: readCallBackUrl(body),
    createdAtMs: clock.now(),
    completedAtMs: null,
    error: null,
  });

  return {
    newTask,
    openTask(kind, body, about) {
      if (about && tasks.has(kind, about)) throw new SunoRefusal(409, `The ${kind} record already exists`);
      const task: OtherTask = { ...newTask(body), kind, state: 'pending', response: null, parentTaskId: '', audioId: '', ...about };
      tasks.add(task);
      charge(COSTS[kind]);
      return task;
    },
    charge,
    credits: () => credits,
    refuseByWord({ refusal }, texts) {
      if (!refusal) return;
      if (refusal.isOnce) {
        const key = texts.join('\n');
        if (refusedOnce.delete(key)) return;
        if (refusedOnce.size >= MAX_REFUSED_ONCE) refusedOnce.clear();
        refusedOnce.add(key);
      }
      const { code, message, httpStatus } = refusal;
      throw new SunoRefusal(code(vendor), message, httpStatus);
    },
  };
}
