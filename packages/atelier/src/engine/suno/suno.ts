import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@atelier/lib/clock';
import { isJsonObject, type JsonValue, objectAt, textAt } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import { createWaker, type Waker } from '@atelier/lib/waker';
import type { Engine, EngineUpdate, RunOptions } from '../../core/engine.ts';
import type { JobFailure } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { type CodeStyle, taskFailureOf } from './codes.ts';
import { filesOf } from './files.ts';
import { SUNO_OPERATIONS, type SunoMusicData, type SunoOperation, type SunoOtherData } from './input.ts';
import { createTrackBook, type TaskRecord, type TrackBook } from './record.ts';
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

/** The states of a task, one for each poll; a failure is the last. */
export type TaskPolls = AsyncIterable<TaskRecord | { failure: JobFailure }>;

type MusicStage = SunoMusicData['stage'];

const RANK: Record<MusicStage, number> = { pending: 0, text: 1, first: 2, complete: 3 };
/** The vendors give no percentage. A song takes some minutes, its lyrics half a minute of them. */
const PERCENT = { text: 30, first: 70 };

/** A finished task may lack links to its sound for this long. Source: kie, client programs, `audioUrl` beside `streamAudioUrl`. */
const SOUND_LIMIT_MS = 120_000;

const failureOf = ({ state, errorCode, errorMessage }: TaskRecord): JobFailure =>
  taskFailureOf({ state, code: errorCode, msg: errorMessage });

/**
 * The updates of a task that makes tracks: one for each stage, and the end. A stage that was reported before a restart is not reported again;
 * a stage that no poll saw is skipped.
 */
export async function* followMusic(clock: Clock, job: Job, upstreamTaskId: string, polls: TaskPolls): AsyncGenerator<EngineUpdate> {
  const book = createTrackBook(job.output, () => clock.now());
  const toData = (stage: MusicStage): SunoMusicData => ({ upstreamTaskId, stage, tracks: book.tracks() });
  let reported = reportedStageOf(job);
  let doneAtMs: number | undefined;
  for await (const poll of polls) {
    if ('failure' in poll) {
      yield failed(poll.failure);
      return;
    }
    if (poll.stage === 'failed') {
      yield failed(failureOf(poll));
      return;
    }
    book.learn(poll.tracks);
    if (poll.stage === 'done') {
      doneAtMs ??= clock.now();
      const isLate = clock.now() - doneAtMs >= SOUND_LIMIT_MS || poll.state === 'CALLBACK_EXCEPTION';
      if (isLate && !book.hasSound()) {
        yield failed(failureOf(poll));
        return;
      }
      if (isLate || book.isComplete()) {
        yield { type: 'completed', message: null, buttons: [], media: book.takeMedia(), data: toData('complete') };
        return;
      }
    }
    const stage = stageOf(poll, book);
    if (stage === undefined || RANK[stage] <= RANK[reported]) continue;
    reported = stage;
    const media = stage === 'first' ? book.takeMedia() : [];
    yield { type: 'part', percent: PERCENT[stage], media, data: toData(stage) };
  }
}

/** `first` needs the sound of a track, also when the upstream reports that stage without it. */
function stageOf({ stage }: TaskRecord, book: TrackBook): 'text' | 'first' | undefined {
  if (stage === 'pending') return undefined;
  return stage !== 'text' && book.hasSound() ? 'first' : 'text';
}

/** The last stage that was reported before a restart. */
function reportedStageOf(job: Job): MusicStage {
  const stage = textAt(job.output.data, 'stage');
  return stage === 'text' || stage === 'first' ? stage : 'pending';
}

/** The end of a task that makes no tracks: the upstream's own response, with the files that it links to. */
export async function* followOther(upstreamTaskId: string, polls: TaskPolls): AsyncGenerator<EngineUpdate> {
  for await (const poll of polls) {
    if ('failure' in poll) {
      yield failed(poll.failure);
      return;
    }
    const { stage, response } = poll;
    const isEmpty = Object.keys(response).length === 0;
    if (stage === 'failed' || (stage === 'done' && isEmpty)) {
      yield failed(failureOf(poll));
      return;
    }
    if (stage === 'done') {
      const { media, files } = filesOf(response);
      const data: SunoOtherData = { upstreamTaskId, response, files };
      yield { type: 'completed', message: null, buttons: [], media, data };
      return;
    }
  }
}

/** The URLs that the upstream calls back. */
export interface CallbackLinks {
  url(jobId: string): string;
  /** The job of a token that `url` made; undefined for any other text. */
  jobIdOf(token: string): string | undefined;
}

/** The route of the upstream's callbacks; a token follows. */
const CALLBACK_PATH = '/upstream/suno';

/** Each link contains a job's id and a signature. Links cannot be guessed, need no storage, and stay valid over restarts. */
export function createCallbackLinks(options: { secret: string; publicUrl: () => string }): CallbackLinks {
  const key = Buffer.from(hkdfSync('sha256', options.secret, '', 'atelier suno callbacks', 32));
  const sign = (jobId: string): string => createHmac('sha256', key).update(jobId).digest('base64url');
  return {
    url: (jobId) => `${options.publicUrl()}${CALLBACK_PATH}/${Buffer.from(jobId).toString('base64url')}.${sign(jobId)}`,
    jobIdOf(token) {
      const [id = '', signature = ''] = token.split('.');
      const jobId = Buffer.from(id, 'base64url').toString();
      const expected = Buffer.from(sign(jobId));
      const given = Buffer.from(signature);
      return given.length === expected.length && timingSafeEqual(given, expected) ? jobId : undefined;
    },
  };
}
