import { sleep, type Clock } from '@atelier/lib/clock';
import { isJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { JobFailure } from '../../core/errors.ts';
import { retryOf, refusalOf, type CodeStyle } from './codes.ts';
import type { SunoAnswer, SunoUpstream } from './upstream.ts';

export interface TaskSubmitDeps {
  clock: Clock;
  log: Log;
  upstream: Pick<SunoUpstream, 'send'>;
  style: CodeStyle;
}

/** Retries: few for an upstream in trouble, many for an upstream that wants fewer requests. The delay doubles from `firstMs` to `longestMs`. */
const RETRIES = {
  rate: { times: 20, firstMs: 2_000, longestMs: 30_000 },
  trouble: { times: 5, firstMs: 1_000, longestMs: 16_000 },
} as const;

/** When the run is aborted, a request under way may still take this long: its answer has the id of the task. */
const GRACE_MS = 10_000;

export type Submitted = { taskId: string } | { failure: JobFailure };

/**
 * Submits a task until the upstream has accepted or refused it. Rejects with the signal's reason when that aborts, after the answer to a request
 * under way. A request without an answer is sent again, although the upstream may have accepted it: see `suno.ts`.
 */
export async function submitTask(deps: TaskSubmitDeps, path: string, body: JsonObject, signal: AbortSignal): Promise<Submitted> {
  const left: Record<keyof typeof RETRIES, number> = { rate: RETRIES.rate.times, trouble: RETRIES.trouble.times };
  const grace = createGrace(deps.clock, signal);
  try {
    for (;;) {
      const answer = await deps.upstream.send('POST', path, body, grace.signal);
      if (answer.type === 'envelope' && answer.envelope.code === 200) return toAccepted(answer.envelope.data);
      const { failure, retry } = judge(answer, deps.style);
      if (retry === undefined || left[retry] === 0) return { failure };
      const { times, firstMs, longestMs } = RETRIES[retry];
      const backoffMs = Math.min(firstMs * 2 ** (times - left[retry]), longestMs);
      left[retry] -= 1;
      deps.log.warn({ path, code: failure.code, details: failure.details }, 'Suno did not accept a task: submitting it again');
      await sleep(deps.clock, Math.max(backoffMs, answer.type === 'envelope' ? answer.retryAfterMs : 0), signal);
    }
  } finally {
    grace.end();
  }
}

function toAccepted(data: unknown): Submitted {
  const taskId = isJsonObject(data) ? textAt(data, 'taskId') || textAt(data, 'task_id') : '';
  if (taskId !== '') return { taskId };
  return { failure: { code: 'upstream-failed', title: 'Suno gave no task id', details: null } };
}

function judge(answer: SunoAnswer, style: CodeStyle): { failure: JobFailure; retry: keyof typeof RETRIES | undefined } {
  if (answer.type === 'envelope') return { failure: refusalOf(answer.envelope, style), retry: retryOf(answer.envelope.code, style) };
  const failure: JobFailure =
    answer.type === 'unreachable'
      ? { code: 'upstream-unreachable', title: 'Suno cannot be reached', details: answer.reason }
      : { code: 'upstream-failed', title: 'Suno gave an answer that cannot be read', details: answer.reason };
  return { failure, retry: 'trouble' };
}

/** A signal that aborts `GRACE_MS` after `signal`. */
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
