import { type Clock, sleep } from '@atelier/lib/clock';
import { isJsonObject, type JsonObject, textAt } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { Waker } from '@atelier/lib/waker';
import type { JobFailure } from '../../core/errors.ts';
import { type CodeStyle, pollMeaningOf, refusalOf, retryOf, taskFailureOf } from './codes.ts';
import { readRecord, type TaskRecord } from './record.ts';
import type { SunoAnswer, SunoUpstream } from './upstream.ts';

export interface PollDeps {
  clock: Clock;
  upstream: Pick<SunoUpstream, 'send'>;
  style: CodeStyle;
  /** The longest wait between two polls; the vendors advise 30 s. */
  longestPollMs: number;
}

export interface PolledTask {
  taskId: string;
  /** The path of its record. */
  path: string;
  /** Woken by the upstream's callback. */
  waker: Waker;
  signal: AbortSignal;
  /** Polls without a wait at first: the task may have ended before the restart. */
  pollAtOnce: boolean;
}

const FIRST_POLL_MS = 1_000;
/** At most three polls of one task in a second. Source: kie, rate limits, polling one music task. */
const MIN_GAP_MS = 350;
/** A record may take a moment to appear; a task without a record after this time is lost. */
const UNKNOWN_LIMIT_MS = 120_000;
/** A task survives this much trouble of the upstream. */
const TROUBLE_LIMIT_MS = 600_000;

type PollResult =
  | { type: 'record'; record: TaskRecord }
  | { type: 'failure'; failure: JobFailure }
  | { type: 'unknown' | 'trouble'; waitMs: number };

/**
 * The record of a task after each poll: at once after the upstream's callback, and at growing intervals without one. A failure is the last
 * value. Without a failure the polls never end; throws the signal's reason.
 */
export async function* pollTask(deps: PollDeps, task: PolledTask): AsyncGenerator<TaskRecord | { failure: JobFailure }> {
  const { clock } = deps;
  const sinceMs: { unknown?: number; trouble?: number } = {};
  let delayMs = task.pollAtOnce ? 0 : FIRST_POLL_MS;
  let waitMs = 0;
  let polledAtMs = -Infinity;
  for (;;) {
    const isWoken = (await task.waker.wait(Math.max(delayMs, waitMs), task.signal)) === 'woken';
    task.signal.throwIfAborted();
    delayMs = isWoken || delayMs === 0 ? FIRST_POLL_MS : Math.min(2 * delayMs, deps.longestPollMs);
    await sleep(clock, Math.max(0, polledAtMs + MIN_GAP_MS - clock.now(), isWoken ? waitMs : 0), task.signal);
    polledAtMs = clock.now();
    const result = toPollResult(await deps.upstream.send('GET', task.path, { taskId: task.taskId }, task.signal), deps.style);
    task.signal.throwIfAborted();
    waitMs = 'waitMs' in result ? result.waitMs : 0;
    if (result.type === 'record') {
      delete sinceMs.unknown;
      delete sinceMs.trouble;
      yield result.record;
      continue;
    }
    if (result.type === 'failure') {
      yield { failure: result.failure };
      return;
    }
    const startMs = (sinceMs[result.type] ??= clock.now());
    const { limitMs, failure } = PATIENCE[result.type];
    if (clock.now() - startMs < limitMs) continue;
    yield { failure };
    return;
  }
}

const PATIENCE: Record<'unknown' | 'trouble', { limitMs: number; failure: JobFailure }> = {
  unknown: {
    limitMs: UNKNOWN_LIMIT_MS,
    failure: { code: 'upstream-failed', title: 'Suno does not know the task any more', details: null },
  },
  trouble: { limitMs: TROUBLE_LIMIT_MS, failure: { code: 'upstream-unreachable', title: 'Suno cannot be reached', details: null } },
};

function toPollResult(answer: SunoAnswer, style: CodeStyle): PollResult {
  if (answer.type !== 'envelope') return { type: 'trouble', waitMs: 0 };
  const { envelope, retryAfterMs } = answer;
  if (envelope.code === 200) {
    const record = readRecord(envelope.data);
    return record ? { type: 'record', record } : { type: 'unknown', waitMs: 0 };
  }
  const meaning = pollMeaningOf(envelope.code, style);
  if (meaning === 'unknown') return { type: 'unknown', waitMs: 0 };
  if (meaning === 'trouble') return { type: 'trouble', waitMs: retryAfterMs };
  if (meaning === 'refused') return { type: 'failure', failure: refusalOf(envelope, style) };
  return { type: 'failure', failure: taskFailureOf({ state: '', code: envelope.code, msg: envelope.msg }) };
}

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
