import type { JsonObject } from '@atelier/lib/json';
import type { BotMessage, ParsedMessage } from '../messages/message.ts';
import { type Candidate, isForeign } from './candidate.ts';

/** Everything that matching knows about one channel, as plain JSON. `update-matching.ts` makes each next state. */
export interface MatchingState {
  readonly channelId: string;
  /** The Discord user of the session. */
  readonly userId: string;
  /** Jobs that may own messages: the open jobs of this server, jobs of this server that ended without a result, and foreign jobs. */
  readonly candidates: readonly Candidate[];
  /** Messages without a job, oldest first. */
  readonly unmatched: readonly StoredMessage[];
  /** Ids of messages and Midjourney jobs that were delivered as results, oldest first: no message is delivered twice. */
  readonly deliveredIds: readonly string[];
  /** Results of foreign jobs, with the start messages of these jobs. */
  readonly foreignResults: readonly ForeignResult[];
  readonly unproven: readonly UnprovenResult[];
  /** Interactions of this user that no job of this server asked for: their messages belong to a person or to another program. */
  readonly foreignInteractionIds: readonly string[];
}

/** How a message was found to be of a job: the rules of `match-message.ts`. */
export type Evidence = 'nonce' | 'message' | 'interaction' | 'uuid' | 'source' | 'prompt' | 'deletion' | 'order' | 'last';

/** A message without a certain match. */
export interface UnmatchedMessage {
  readonly parsed: ParsedMessage;
  /** The usual wait is over, and the history was read in that time. */
  readonly waitedLongEnough: boolean;
  /** When the message arrived, by our clock. */
  readonly sinceMs: number;
  /** Ids of start messages that were deleted before this message arrived. */
  readonly deletedBefore: readonly string[];
  /** True if the creation event was seen: it carries the nonce if a job of this server caused the message. The history shows no nonces. */
  readonly sawCreation: boolean;
}

export interface StoredMessage extends UnmatchedMessage {
  readonly sinceMs: number;
  /** Reads of the history since the message arrived. */
  readonly historyReads: number;
}

export interface ForeignResult {
  readonly startIds: readonly string[];
  readonly ids: readonly string[];
}

/**
 * A job of this server that ended with a result, or a refusal, that matched by likeness alone. It is remembered until a proof arrives: its start
 * message may be seen later than its result, because the history and the events overtake each other. The proof shows either that the result was the
 * job's own, or that it belongs to another job with an equal request; that job then takes over the messages of this one.
 */
export interface UnprovenResult {
  /** Everything that would identify its messages if the job were still open. */
  readonly candidate: Candidate;
  /** The message that ended the job, or the last message before that. */
  readonly messageId: string;
  /** Ids of all messages and Midjourney jobs that the job ended with. */
  readonly claimedIds: readonly string[];
  readonly sinceMs: number;
}

/** News for one job, as matching found it. */
export type JobEvent =
  | { type: 'message'; parsed: ParsedMessage; by: Evidence }
  /** Discord accepted the job's interaction; `isAnswered` is true once the bot has answered it. */
  | { type: 'interaction'; isAnswered: boolean }
  /** Discord stopped waiting for the bot's answer. The bot may answer later. */
  | { type: 'interaction-failed' }
  /** The pressed button opened a form. */
  | { type: 'form'; form: JsonObject }
  /** The pressed button, or a human check of Midjourney, opened a web page inside Discord. */
  | { type: 'page'; title: string; customId: string }
  /** Every start message of the job was deleted. */
  | { type: 'start-deleted' }
  /** Events of the job may be lost, or a message of it turned out to belong to another job. */
  | { type: 'events-lost' };

/** One finding of matching. */
export type MatchingOutcome =
  /** `candidate` is the job's candidate at that moment: a result removes it from the state. */
  | { type: 'job'; jobId: string; candidate: Candidate; event: JobEvent }
  /** A message of the bot that just arrived and belongs to no job: a notice for the account, perhaps. */
  | { type: 'no-job'; parsed: ParsedMessage }
  | { type: 'warning'; text: string; facts: JsonObject };

/** Ids, results and messages that a channel remembers, at most. */
export const MAX_REMEMBERED = 2_000;

export const createMatchingState = (channelId: string, userId: string): MatchingState => ({
  channelId,
  userId,
  candidates: [],
  unmatched: [],
  deliveredIds: [],
  foreignResults: [],
  unproven: [],
  foreignInteractionIds: [],
});

/** Open jobs of this server. */
export const openCandidates = ({ candidates }: MatchingState): Candidate[] => candidates.filter(({ isOwn }) => isOwn);

export const findCandidate = ({ candidates }: Pick<MatchingState, 'candidates'>, key: string): Candidate | undefined =>
  candidates.find((candidate) => candidate.key === key);

/** Returns the message as it was last seen, for partial updates. */
export const lastSeen = ({ candidates, unmatched }: MatchingState, messageId: string): BotMessage | undefined =>
  candidates.map(({ messages }) => messages[messageId]).find(Boolean) ??
  unmatched.find(({ parsed }) => parsed.message.id === messageId)?.parsed.message;

/** True for a result that was delivered: further events about it are ignored. */
export const isDelivered = ({ deliveredIds }: Pick<MatchingState, 'deliveredIds'>, { message, jobUuids }: ParsedMessage): boolean =>
  [message.id, ...jobUuids].some((id) => deliveredIds.includes(id));

/** True if an unmatched message has not waited long enough: the history has to be read again. */
export const needsHistory = ({ unmatched }: MatchingState): boolean => unmatched.some((item) => !item.waitedLongEnough);

/** A state under construction: each step replaces `state` and appends to `outcomes`. */
export interface MatchingDraft {
  state: MatchingState;
  outcomes: MatchingOutcome[];
  readonly nowMs: number;
}

/** After a restart, another job's read of the history may have registered this job's messages as foreign. Removes such candidates. */
export function releaseFromForeign(draft: MatchingDraft, { operation }: Candidate): void {
  removeForeignWith(draft, operation.messageIds);
  releaseResults(draft, operation.messageIds);
}

/** Removes foreign candidates that have one of these messages. */
export function removeForeignWith(draft: MatchingDraft, messageIds: readonly string[]): void {
  if (!draft.state.candidates.some((candidate) => !candidate.isOwn)) return;
  setCandidates(draft, (known) =>
    known.filter((candidate) => candidate.isOwn || !candidate.operation.messageIds.some((id) => messageIds.includes(id))),
  );
}

/** These start messages belong to a job of this server: the results that were assigned to them can be delivered again. */
export function releaseResults(draft: MatchingDraft, startIds: readonly string[]): void {
  const released = draft.state.foreignResults.filter((result) => result.startIds.some((id) => startIds.includes(id)));
  if (released.length === 0) return;
  const ids = released.flatMap((result) => result.ids);
  draft.state = {
    ...draft.state,
    foreignResults: draft.state.foreignResults.filter((result) => !released.includes(result)),
    deliveredIds: draft.state.deliveredIds.filter((id) => !ids.includes(id)),
  };
}

/** Remembers delivered ids and removes their messages from the unmatched ones. */
export function deliverIds(draft: MatchingDraft, ids: readonly string[]): void {
  const { deliveredIds } = draft.state;
  const fresh = ids.filter((id) => !deliveredIds.includes(id));
  draft.state = { ...draft.state, deliveredIds: [...deliveredIds, ...fresh] };
  setUnmatched(draft, (known) => known.filter(({ parsed }) => !isDelivered(draft.state, parsed)));
}

export function setCandidates(draft: MatchingDraft, change: (known: readonly Candidate[]) => readonly Candidate[]): void {
  draft.state = { ...draft.state, candidates: change(draft.state.candidates) };
}

/** Replaces the candidate with this key; nothing happens if there is none. */
export function replaceCandidate(draft: MatchingDraft, key: string, change: (candidate: Candidate) => Candidate): void {
  setCandidates(draft, (known) => known.map((candidate) => (candidate.key === key ? change(candidate) : candidate)));
}

export function setUnmatched(draft: MatchingDraft, change: (known: MatchingState['unmatched']) => MatchingState['unmatched']): void {
  draft.state = { ...draft.state, unmatched: change(draft.state.unmatched) };
}

/** Reports news of a job of this server. */
export function tellJob(draft: MatchingDraft, candidate: Candidate, event: JobEvent): void {
  if (!isForeign(candidate)) draft.outcomes.push({ type: 'job', jobId: candidate.key, candidate, event });
}
