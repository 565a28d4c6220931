import type { JobFailure } from '../../core/errors.ts';
import { sleep, type Clock } from '@atelier/lib/clock';
import type { Bell } from './bells.ts';
import { meaningOf, refusalOf, taskFailureOf, type CodeStyle } from './codes.ts';
import { readRecord, type TaskRecord } from './record.ts';
import type { SunoAnswer, SunoUpstream } from './upstream.ts';

export interface WatchDeps {
  clock: Clock;
  upstream: Pick<SunoUpstream, 'send'>;
  style: CodeStyle;
  /** The longest wait between two looks; 30 s is what the vendors advise. */
  longestPollMs: number;
}

export interface TaskToWatch {
  taskId: string;
  /** Where its state is read. */
  path: string;
  bell: Bell;
  signal: AbortSignal;
  /** It may have ended while nobody looked. */
  lookAtOnce: boolean;
}

const FIRST_POLL_MS = 1_000;
/** At most three looks in a second at one task. Source: kie.ai, generate/record-info. */
const LEAST_GAP_MS = 350;
/** A record may take a moment to appear; one that is still missing then has been lost. */
const UNKNOWN_LIMIT_MS = 120_000;
/** The upstream may be away this long without a task failing for it. */
const TROUBLE_LIMIT_MS = 600_000;

type Look =
  | { type: 'record'; record: TaskRecord }
  | { type: 'failure'; failure: JobFailure }
  | { type: 'unknown' | 'trouble'; waitMs: number };

/**
 * What the upstream says of a task, each time it was looked at: when its callback rang, and at growing intervals anyway. A failure is the last.
 * Never ends by itself otherwise; throws the signal's reason.
 */
export async function* watchTask(deps: WatchDeps, task: TaskToWatch): AsyncGenerator<TaskRecord | { failure: JobFailure }> {
  const { clock } = deps;
  const sinceMs: { unknown?: number; trouble?: number } = {};
  let delayMs = task.lookAtOnce ? 0 : FIRST_POLL_MS;
  let waitMs = 0;
  let lookedAtMs = -Infinity;
  for (;;) {
    const rang = await task.bell.wait(Math.max(delayMs, waitMs), task.signal);
    delayMs = rang || delayMs === 0 ? FIRST_POLL_MS : Math.min(2 * delayMs, deps.longestPollMs);
    await sleep(clock, Math.max(0, lookedAtMs + LEAST_GAP_MS - clock.now(), rang ? waitMs : 0), task.signal);
    lookedAtMs = clock.now();
    const look = toLook(await deps.upstream.send('GET', task.path, { taskId: task.taskId }, task.signal), deps.style);
    task.signal.throwIfAborted();
    waitMs = 'waitMs' in look ? look.waitMs : 0;
    if (look.type === 'record') {
      delete sinceMs.unknown;
      delete sinceMs.trouble;
      yield look.record;
      continue;
    }
    if (look.type === 'failure') {
      yield { failure: look.failure };
      return;
    }
    const startMs = (sinceMs[look.type] ??= clock.now());
    const { limitMs, failure } = PATIENCE[look.type];
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

/** Codes of a task that is not there: sometimes only not yet. Source: kie.ai, recorded replies. */
const UNKNOWN_CODES: ReadonlySet<number> = new Set([404, 422]);
/** Codes that say something of us, not of the task. */
const OUR_CODES: ReadonlySet<number> = new Set([401, 402, 505]);

function toLook(answer: SunoAnswer, style: CodeStyle): Look {
  if (answer.type !== 'envelope') return { type: 'trouble', waitMs: 0 };
  const { envelope, retryAfterMs } = answer;
  if (envelope.code === 200) {
    const record = readRecord(envelope.data);
    return record ? { type: 'record', record } : { type: 'unknown', waitMs: 0 };
  }
  if (UNKNOWN_CODES.has(envelope.code)) return { type: 'unknown', waitMs: 0 };
  if (meaningOf(envelope.code, style).again !== undefined) return { type: 'trouble', waitMs: retryAfterMs };
  if (OUR_CODES.has(envelope.code)) return { type: 'failure', failure: refusalOf(envelope, style) };
  return { type: 'failure', failure: taskFailureOf({ state: '', code: envelope.code, msg: envelope.msg }) };
}
