import type { JobFailure } from '../../core/errors.ts';
import type { EngineUpdate } from '../../core/engine.ts';
import { taskFailureOf } from './codes.ts';
import { filesOf } from './files.ts';
import type { SunoOtherData } from './input.ts';
import type { TaskRecord } from './record.ts';

/** The end of a task that makes no tracks: the upstream's own response, with the files that it links to. */
export async function* followOther(
  upstreamTaskId: string,
  looks: AsyncIterable<TaskRecord | { failure: JobFailure }>,
): AsyncGenerator<EngineUpdate> {
  for await (const look of looks) {
    if ('failure' in look) {
      yield { type: 'failed', failure: look.failure, message: null };
      return;
    }
    const { stage, state, errorCode, errorMessage, response } = look;
    const isEmpty = Object.keys(response).length === 0;
    if (stage === 'failed' || (stage === 'done' && isEmpty)) {
      yield { type: 'failed', failure: taskFailureOf({ state, code: errorCode, msg: errorMessage }), message: null };
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
