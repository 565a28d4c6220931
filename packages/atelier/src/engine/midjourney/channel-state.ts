import type { JsonObject } from '@atelier/lib/json';
import type { AccountTrouble } from '../../core/account.ts';
import type { EngineUpdate } from '../../core/engine.ts';
import type { FailureCode, JobFailure } from '../../core/errors.ts';
import type { JobStatus } from '../../core/job.ts';
import { snowflakeAt } from './matching/candidate.ts';
import { createMatchingState, type MatchingState } from './matching/matching-state.ts';
import type { ParsedMessage } from './messages/message.ts';
import { type Ask, type AskOutcome, type Course, type CourseSettings, nextTickMs } from './requests/course/course.ts';
import type { MidjourneyOperation } from './requests/operation.ts';

/**
 * Everything that the engine knows about one channel, as plain JSON: the jobs and their messages (`matching`), and the course of each open job.
 * `updateChannel` makes each next state of it; `run/` performs the effects and does nothing else.
 */
export interface ChannelState {
  readonly matching: MatchingState;
  /** The courses of the open jobs, by job id. */
  readonly courses: Readonly<Record<string, Course>>;
  readonly history: HistoryState;
  /** False while the gateway is down: then no wait for an answer ends, because the answer may come with the replay. */
  readonly isConnected: boolean;
  /** Id of the gateway session. A new one means that events were lost. */
  readonly sessionId: string;
  /** Discord's clock minus ours, in milliseconds; null while it is unknown. */
  readonly skewMs: number | null;
  /** The nonce that was given out last; each next one is greater. */
  readonly lastNonce: string;
  /** 0–16383, random for each channel: keeps nonces of several processes apart. */
  readonly nonceSalt: number;
  /** Jobs in a row that ended without any answer of the bot. */
  readonly silentJobs: number;
  /** The code of the last hold, until Midjourney takes a job again; null if there was none. */
  readonly heldBy: FailureCode | null;
  /** When `/relax` was last sent because the fast hours were used up; null if never. */
  readonly relaxedAtMs: number | null;
}

interface HistoryState {
  /** The read that runs: the jobs that wait for it, and the start messages that must be in it. */
  readonly reading: { readonly jobIds: readonly string[]; readonly expectedIds: readonly string[] } | null;
  /** The jobs that wait for the next read; null if none is wanted. */
  readonly wanted: readonly string[] | null;
  /** When unmatched messages want the next read; null if none does. */
  readonly dueAtMs: number | null;
  /** After the read of a new session, jobs are told that events were lost. */
  readonly tellsLoss: boolean;
}

export interface ChannelSettings extends CourseSettings {
  /** With used up fast hours, the account is held, or goes on in relax mode. */
  fastHoursUsedUp: 'hold' | 'relax';
}

/** Events of a channel. All data from Discord is unchecked. */
export type ChannelEvent =
  | { type: 'job-added'; job: AddedJob; isResumed: boolean }
  /** The run was stopped from outside: time limit, cancel, shutdown. The job may go on at Midjourney. */
  | { type: 'job-stopped'; jobId: string }
  | { type: 'dispatch'; name: string; data: unknown }
  | { type: 'session-ready'; sessionId: string; userId: string; requiredAction: string | null }
  /** The gateway connection is down; the client connects again. */
  | { type: 'session-lost' }
  | { type: 'session-ended'; failure: JobFailure }
  | { type: 'ask-accepted'; jobId: string; nonce: string }
  | { type: 'ask-failed'; jobId: string; nonce: string; failure: JobFailure; outcome: AskOutcome; forMs: number | null }
  | { type: 'ask-expects'; jobId: string; jobUuids: readonly string[] }
  /** Messages that are results of the account's other jobs. */
  | { type: 'results-known'; messageIds: readonly string[] }
  /** Oldest first. `isComplete`: no message is missing. Null: the history could not be read. */
  | { type: 'history-read'; found: { messages: readonly unknown[]; isComplete: boolean } | null }
  | { type: 'tick' };

export interface AddedJob {
  readonly jobId: string;
  readonly verb: string;
  readonly input: JsonObject;
  /** The custom id of the pressed button, or null. */
  readonly pressed: string | null;
  readonly status: JobStatus;
  readonly operation: MidjourneyOperation;
}

export type ChannelEffect =
  | { type: 'report'; jobId: string; update: EngineUpdate }
  /** Sends a request, after the operation was written if `mustWrite`. */
  | { type: 'ask'; jobId: string; nonce: string; ask: Ask; operation: MidjourneyOperation; mustWrite: boolean }
  /** Takes a request back if it has not been sent. */
  | { type: 'recall'; jobId: string }
  /** Reads the messages after `afterId`, after the results of the account's other jobs were read: no picture is delivered twice after a restart. */
  | { type: 'read-history'; afterId: string; accountId: string }
  | { type: 'late-result'; jobId: string; parsed: ParsedMessage }
  | { type: 'trouble'; trouble: AccountTrouble }
  /** The account works again. */
  | { type: 'well' }
  | { type: 'switch-to-relax'; nonce: string }
  | { type: 'warning'; text: string; facts: JsonObject }
  /** When the channel wants its next `tick`, epoch milliseconds; Infinity: never. Last of all effects. */
  | { type: 'wake-at'; atMs: number };

/** A channel under construction: each step replaces the state and appends effects. */
export interface ChannelDraft {
  state: ChannelState;
  effects: ChannelEffect[];
  readonly nowMs: number;
  readonly settings: ChannelSettings;
}

export const createChannelState = (facts: {
  channelId: string;
  userId: string;
  sessionId: string;
  nonceSalt: number;
  skewMs: number | null;
}): ChannelState => ({
  matching: createMatchingState(facts.channelId, facts.userId),
  courses: {},
  history: { reading: null, wanted: null, dueAtMs: null, tellsLoss: false },
  isConnected: true,
  sessionId: facts.sessionId,
  skewMs: facts.skewMs,
  lastNonce: '0',
  nonceSalt: facts.nonceSalt,
  silentJobs: 0,
  heldBy: null,
  relaxedAtMs: null,
});

/**
 * When this course wants its next `tick`, epoch milliseconds; Infinity: never. While the gateway is down, only the reads of the history for running
 * jobs go on.
 */
export const courseTickMs = ({ isConnected }: ChannelState, course: Course): number =>
  isConnected || course.phase.for === 'result' ? nextTickMs(course) : Infinity;

/** When the channel wants its next `tick`, epoch milliseconds; Infinity if it waits for events alone. */
export const nextWakeMs = (state: ChannelState): number =>
  Object.values(state.courses).reduce(
    (least, course) => Math.min(least, courseTickMs(state, course)),
    state.history.reading ? Infinity : (state.history.dueAtMs ?? Infinity),
  );

/** A nonce is a snowflake of now, greater than every nonce before. */
export function newNonce(draft: ChannelDraft): string {
  const fromTime = snowflakeAt(draft.nowMs) + BigInt(draft.state.nonceSalt);
  const last = BigInt(draft.state.lastNonce);
  const nonce = String(fromTime > last ? fromTime : last + 1n);
  draft.state = { ...draft.state, lastNonce: nonce };
  return nonce;
}
