import type { JobFailure } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import type { Clock } from '@atelier/lib/clock';
import { textAt } from '@atelier/lib/json';
import type { EngineUpdate } from '../../core/engine.ts';
import { taskFailureOf } from './codes.ts';
import type { SunoMusicData } from './input.ts';
import type { TaskRecord } from './record.ts';
import { createTrackBook, type TrackBook } from './tracks.ts';

type Stage = SunoMusicData['stage'];

const RANK: Record<Stage, number> = { pending: 0, text: 1, first: 2, complete: 3 };
/** The vendors tell no percentage; a song takes some minutes, its lyrics half a minute of them. */
const PERCENT = { text: 30, first: 70 };

/** A task that is called done may lack links of sound for this long. Source: clients that wait for `audioUrl` beside `streamAudioUrl`. */
const SOUND_LIMIT_MS = 120_000;

/** The stages of a task that makes tracks, each told once also over a restart, and its end. Stages that nobody saw are passed over. */
export async function* followMusic(
  clock: Clock,
  job: Job,
  upstreamTaskId: string,
  looks: AsyncIterable<TaskRecord | { failure: JobFailure }>,
): AsyncGenerator<EngineUpdate> {
  const book = createTrackBook(job.output, () => clock.now());
  const toData = (stage: Stage): SunoMusicData => ({ upstreamTaskId, stage, tracks: book.tracks() });
  let told = stageOf(job);
  let doneAtMs: number | undefined;
  for await (const look of looks) {
    if ('failure' in look) {
      yield { type: 'failed', failure: look.failure, message: null };
      return;
    }
    if (look.stage === 'failed') {
      yield { type: 'failed', failure: failureOf(look), message: null };
      return;
    }
    book.learn(look.tracks);
    if (look.stage === 'done') {
      doneAtMs ??= clock.now();
      const isLate = clock.now() - doneAtMs >= SOUND_LIMIT_MS || look.state === 'CALLBACK_EXCEPTION';
      if (isLate && !book.hasSound()) {
        yield { type: 'failed', failure: failureOf(look), message: null };
        return;
      }
      if (isLate || book.isWhole()) {
        yield { type: 'completed', message: null, buttons: [], media: book.takeMedia(), data: toData('complete') };
        return;
      }
    }
    const stage = reached(look, book);
    if (stage === undefined || RANK[stage] <= RANK[told]) continue;
    told = stage;
    const media = stage === 'first' ? book.takeMedia() : [];
    yield { type: 'part', percent: PERCENT[stage], media, data: toData(stage) };
  }
}

/** A first track is there when its sound is, whatever the upstream calls it. */
function reached({ stage }: TaskRecord, book: TrackBook): 'text' | 'first' | undefined {
  if (stage === 'pending') return undefined;
  return stage !== 'text' && book.hasSound() ? 'first' : 'text';
}

/** What was told of the job before a restart. */
function stageOf(job: Job): Stage {
  const stage = textAt(job.output.data, 'stage');
  return stage === 'text' || stage === 'first' ? stage : 'pending';
}

const failureOf = ({ state, errorCode, errorMessage }: TaskRecord): JobFailure =>
  taskFailureOf({ state, code: errorCode, msg: errorMessage });
