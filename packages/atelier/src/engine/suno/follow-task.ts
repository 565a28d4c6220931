import type { Clock } from '@atelier/lib/clock';
import { textAt } from '@atelier/lib/json';
import type { EngineUpdate } from '../../core/engine.ts';
import type { JobFailure } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { taskFailureOf } from './codes.ts';
import { filesOf } from './files.ts';
import type { SunoMusicData, SunoOtherData } from './input.ts';
import { createTrackBook, type TaskRecord, type TrackBook } from './record.ts';

/** The states of a task, one for each poll; a failure is the last. */
export type TaskPolls = AsyncIterable<TaskRecord | { failure: JobFailure }>;

type MusicStage = SunoMusicData['stage'];

const RANK: Record<MusicStage, number> = { pending: 0, text: 1, first: 2, complete: 3 };
/** The vendors give no percentage. A song takes some minutes, its lyrics half a minute of them. */
const PERCENT = { text: 30, first: 70 };

/** A finished task may lack links to its sound for this long. Source: kie, client programs, `audioUrl` beside `streamAudioUrl`. */
const SOUND_LIMIT_MS = 120_000;

const failed = (failure: JobFailure): EngineUpdate => ({ type: 'failed', failure, message: null });

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
