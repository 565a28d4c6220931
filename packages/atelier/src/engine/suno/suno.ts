import type { Clock } from '@atelier/lib/clock';
import { isJsonObject, objectAt, textAt, type JsonValue } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import { createWaker, type Waker } from '@atelier/lib/waker';
import type { Engine, EngineUpdate, RunOptions } from '../../core/engine.ts';
import type { JobFailure } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import type { CodeStyle } from './codes.ts';
import { followMusic, followOther } from './follow-task.ts';
import { SUNO_OPERATIONS, type SunoOperation } from './input.ts';
import { pollTask, submitTask } from './task.ts';
import type { SunoUpstream } from './upstream.ts';

export interface SunoEngine extends Engine {
  /** Polls the task of this job at once: the upstream has called back for it. Does nothing for a job that does not run here. */
  onCallback(jobId: string): void;
}

export interface SunoDeps {
  clock: Clock;
  log: Log;
  upstream: SunoUpstream;
  style: CodeStyle;
  /** The URL that the upstream calls back for a job. */
  callbackUrl(jobId: string): string;
  settings: { slots: number; longestPollMs: number };
}

/** A task with this record makes tracks; for other tasks `output.data` keeps the upstream's own response. */
const MUSIC_RECORD = SUNO_OPERATIONS.generate.record;

/**
 * Runs jobs on a Suno API: submits a task, and follows it by the upstream's callbacks and by polls.
 *
 * The operation is `{ asked, taskId? }`. The vendors have no idempotency key, and a task without its id cannot be found again. After a crash or a
 * lost answer between the submit and the id, the engine submits the task again. That may pay for a song twice, seldom; a failed job would cost
 * the same credits and give the caller no result. See docs/adr/0006-music.md.
 */
export function createSunoEngine(deps: SunoDeps): SunoEngine {
  const wakers = new Map<string, Waker>();
  return {
    name: 'suno',
    slots: deps.settings.slots,
    onCallback: (jobId) => wakers.get(jobId)?.wake(),
    plan: async () => ({ asked: false }),
    // The vendors have no request that stops a task.
    cancel: async () => {},
    async *run(job, operation, options) {
      const waker = createWaker(deps.clock);
      wakers.set(job.id, waker);
      try {
        yield* perform(deps, job, operation, { ...options, waker });
      } catch (error) {
        if (!options.signal.aborted) throw error;
      } finally {
        if (wakers.get(job.id) === waker) wakers.delete(job.id);
      }
    },
  };
}

async function* perform(
  deps: SunoDeps,
  job: Job,
  operation: JsonValue,
  { resumed, signal, waker }: RunOptions & { waker: Waker },
): AsyncGenerator<EngineUpdate> {
  const facts = SUNO_OPERATIONS[operationOf(job)];
  if (deps.upstream.isSimulated && !facts.isSimulated) {
    yield failed(NOT_SIMULATED);
    return;
  }
  let taskId = textOf(operation, 'taskId');
  if (taskId === '') {
    if (isJsonObject(operation) && operation['asked'] === true)
      deps.log.warn({ jobId: job.id }, 'Suno task id was lost in a restart: submitting the task again, credits may be spent twice');
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
  const polls = pollTask(
    { ...deps, longestPollMs: deps.settings.longestPollMs },
    { taskId, path: facts.record, waker, signal, pollAtOnce: resumed },
  );
  yield* facts.record === MUSIC_RECORD ? followMusic(deps.clock, job, taskId, polls) : followOther(taskId, polls);
}

const NOT_SIMULATED: JobFailure = {
  code: 'upstream-refused',
  title: 'The simulator cannot do this',
  details: 'Only the vendor can: set SUNO_UPSTREAM and SUNO_API_KEY',
};

const failed = (failure: JobFailure): EngineUpdate => ({ type: 'failed', failure, message: null });

const textOf = (value: JsonValue, name: string): string => (isJsonObject(value) ? textAt(value, name) : '');

/** Throws for an input that no dialect writes. */
function operationOf({ input }: Job): SunoOperation {
  const name = textAt(input, 'operation');
  if (!isOperation(name)) throw new Error(`Unknown Suno operation: ${name}`);
  return name;
}

const isOperation = (name: string): name is SunoOperation => Object.hasOwn(SUNO_OPERATIONS, name);
