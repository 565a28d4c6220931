import type { JobFailure } from '../../core/errors.ts';
import { sleep, type Clock } from '@atelier/lib/clock';
import { isJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import { meaningOf, refusalOf, type CodeStyle } from './codes.ts';
import type { SunoAnswer, SunoUpstream } from './upstream.ts';

export interface SubmitDeps {
  clock: Clock;
  log: Log;
  upstream: Pick<SunoUpstream, 'send'>;
  style: CodeStyle;
}

/** Asked again: seldom for an upstream in trouble, patiently for one that wants fewer requests. Milliseconds double from the first to the longest. */
const AGAIN = {
  rate: { times: 20, firstMs: 2_000, longestMs: 30_000 },
  trouble: { times: 5, firstMs: 1_000, longestMs: 16_000 },
} as const;

/** How long a request on its way may still bring its answer when the job is being let go of: the answer holds the task's id. */
const GRACE_MS = 10_000;

export type Submitted = { taskId: string } | { failure: JobFailure };

/**
 * Asks the upstream for a task until it has taken or refused it. Rejects with the signal's reason when that aborts, but an answer on its way is
 * waited for. A request whose answer was lost may have been taken: it is asked again all the same, see `suno.ts`.
 */
export async function submitTask(deps: SubmitDeps, path: string, body: JsonObject, signal: AbortSignal): Promise<Submitted> {
  const left: Record<keyof typeof AGAIN, number> = { rate: AGAIN.rate.times, trouble: AGAIN.trouble.times };
  const grace = createGrace(deps.clock, signal);
  try {
    for (;;) {
      const answer = await deps.upstream.send('POST', path, body, grace.signal);
      if (answer.type === 'envelope' && answer.envelope.code === 200) return takenAs(answer.envelope.data);
      const { failure, again } = judge(answer, deps.style);
      if (again === undefined || left[again] === 0) return { failure };
      const { times, firstMs, longestMs } = AGAIN[again];
      const backoffMs = Math.min(firstMs * 2 ** (times - left[again]), longestMs);
      left[again] -= 1;
      deps.log.warn({ path, code: failure.code, details: failure.details }, 'Suno did not take a task; asking again');
      await sleep(deps.clock, Math.max(backoffMs, answer.type === 'envelope' ? answer.retryAfterMs : 0), signal);
    }
  } finally {
    grace.end();
  }
}

function takenAs(data: unknown): Submitted {
  const taskId = isJsonObject(data) ? textAt(data, 'taskId') || textAt(data, 'task_id') : '';
  if (taskId !== '') return { taskId };
  return { failure: { code: 'upstream-failed', title: 'Suno gave no task id', details: null } };
}

function judge(answer: SunoAnswer, style: CodeStyle): { failure: JobFailure; again: keyof typeof AGAIN | undefined } {
  if (answer.type === 'envelope')
    return { failure: refusalOf(answer.envelope, style), again: meaningOf(answer.envelope.code, style).again };
  const failure: JobFailure =
    answer.type === 'unreachable'
      ? { code: 'upstream-unreachable', title: 'Suno cannot be reached', details: answer.reason }
      : { code: 'upstream-failed', title: 'Suno gave an answer that cannot be read', details: answer.reason };
  return { failure, again: 'trouble' };
}

/** A signal that aborts a while after `signal`. */
function createGrace(clock: Clock, signal: AbortSignal): { signal: AbortSignal; end(): void } {
  const late = new AbortController();
  let cancel = (): void => {};
  const onAbort = (): void => {
    cancel = clock.after(GRACE_MS, () => late.abort(signal.reason));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: late.signal,
    end() {
      signal.removeEventListener('abort', onAbort);
      cancel();
    },
  };
}
