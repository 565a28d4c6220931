import type { JobFailure } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import type { Clock } from '@atelier/lib/clock';
import { isJsonObject, objectAt, textAt, type JsonValue } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { Engine, EngineUpdate, RunOptions } from '../../core/engine.ts';
import { createBells, type Bell } from './bells.ts';
import type { CodeStyle } from './codes.ts';
import { followMusic } from './follow-music.ts';
import { followOther } from './follow-other.ts';
import { SUNO_OPERATIONS, type SunoOperation } from './input.ts';
import { submitTask } from './submit.ts';
import type { SunoUpstream } from './upstream.ts';
import { watchTask } from './watch-task.ts';

export interface SunoEngine extends Engine {
  /** The upstream says that something has happened to the task of this job; what, is asked of it now. */
  onCallback(jobId: string): void;
}

export interface SunoDeps {
  clock: Clock;
  log: Log;
  upstream: SunoUpstream;
  style: CodeStyle;
  /** Where the upstream may call back for a job. */
  callbackUrl(jobId: string): string;
  settings: { slots: number; longestPollMs: number };
}

/** `output.data` of music has tracks; that of everything else is the upstream's own response. */
const MUSIC_RECORD = SUNO_OPERATIONS.generate.record;

/**
 * Runs jobs on a Suno API: asks for a task, and follows it by the upstream's callbacks and by looking, whichever is first.
 *
 * The operation is `{ asked, taskId? }`. The vendors know no idempotency key, and a task whose id was lost can be found by nothing. So a job that
 * was asked for and has no id, after a crash in between or an answer that got lost, is asked for again: that may cost the credits of a song twice,
 * seldom; failing would cost them just as well and leave the caller with nothing.
 */
export function createSunoEngine(deps: SunoDeps): SunoEngine {
  const bells = createBells(deps.clock);
  return {
    name: 'suno',
    slots: deps.settings.slots,
    onCallback: bells.ring,
    plan: async () => ({ asked: false }),
    // The vendors cannot be asked to stop.
    cancel: async () => {},
    async *run(job, operation, options) {
      const bell = bells.open(job.id);
      try {
        yield* perform(deps, job, operation, { ...options, bell });
      } catch (error) {
        if (!options.signal.aborted) throw error;
      } finally {
        bell.close();
      }
    },
  };
}

async function* perform(
  deps: SunoDeps,
  job: Job,
  operation: JsonValue,
  { resumed, signal, bell }: RunOptions & { bell: Bell },
): AsyncGenerator<EngineUpdate> {
  const asked = operationOf(job);
  const facts = SUNO_OPERATIONS[asked];
  if (deps.upstream.isSimulated && !facts.isSimulated) {
    yield failed(NOT_SIMULATED);
    return;
  }
  let taskId = textOf(operation, 'taskId');
  if (taskId === '') {
    if (isJsonObject(operation) && operation['asked'] === true)
      deps.log.warn({ jobId: job.id }, 'the task of this job was lost; asking again');
    yield { type: 'operation', operation: { asked: true } };
    const body = { ...objectAt(job.input, 'request'), callBackUrl: deps.callbackUrl(job.id) };
    const submitted = await submitTask(deps, facts.submit, body, signal);
    if ('failure' in submitted) {
      yield failed(submitted.failure);
      return;
    }
    ({ taskId } = submitted);
    yield { type: 'progress', operation: { asked: true, taskId }, percent: 1 };
  }
  const looks = watchTask(
    { ...deps, longestPollMs: deps.settings.longestPollMs },
    { taskId, path: facts.record, bell, signal, lookAtOnce: resumed },
  );
  yield* facts.record === MUSIC_RECORD ? followMusic(deps.clock, job, taskId, looks) : followOther(taskId, looks);
}

const NOT_SIMULATED: JobFailure = {
  code: 'upstream-refused',
  title: 'The simulator cannot do this',
  details: 'Only the vendor can: set SUNO_UPSTREAM and SUNO_API_KEY',
};

const failed = (failure: JobFailure): EngineUpdate => ({ type: 'failed', failure, message: null });

const textOf = (value: JsonValue, name: string): string => (isJsonObject(value) ? textAt(value, name) : '');

/** Throws for an input that no dialect makes. */
function operationOf({ input }: Job): SunoOperation {
  const name = textAt(input, 'operation');
  if (!isOperation(name)) throw new Error(`no such Suno operation: ${name}`);
  return name;
}

const isOperation = (name: string): name is SunoOperation => Object.hasOwn(SUNO_OPERATIONS, name);
