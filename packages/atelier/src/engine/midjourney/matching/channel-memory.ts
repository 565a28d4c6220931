import { type Candidate, isStartMessage, learnFrom, unlearnFrom } from './candidate.ts';
import { awaitsProof, findCertainMatch, possibleCandidates, type UnmatchedMessage } from './match-message.ts';
import type { BotMessage, ParsedMessage } from '../messages/message.ts';

interface StoredMessage extends UnmatchedMessage {
  readonly sinceMs: number;
  readonly historyReads: number;
}

/** Messages of the channel that have no job yet. */
export interface UnmatchedMessages {
  all(): readonly UnmatchedMessage[];
  /** `deletedBefore`: start messages that are deleted by now. `sawCreation`: the message comes from its creation event. */
  add(parsed: ParsedMessage, facts: { nowMs: number; deletedBefore: readonly string[]; sawCreation: boolean }): void;
  find(messageId: string): BotMessage | undefined;
  remove(shouldRemove: (parsed: ParsedMessage) => boolean): void;
  /** Removes and returns the messages that cannot match any of `candidates`, now or later. */
  takeUnmatchable(candidates: readonly Candidate[], isPossible: (parsed: ParsedMessage) => boolean): ParsedMessage[];
  /** Counts one read of the history for each message. */
  historyRead(): void;
  forgetBefore(atMs: number): void;
}

const MAX_REMEMBERED = 2_000;
const READS_UNTIL_WAIT_IS_OVER = 2;

export function createUnmatchedMessages(): UnmatchedMessages {
  let messages: StoredMessage[] = [];
  return {
    all: () => messages,
    add(parsed, { nowMs, deletedBefore, sawCreation }) {
      const before = messages.find((item) => item.parsed.message.id === parsed.message.id);
      const item = before ?? { waitedLongEnough: false, historyReads: 0, sinceMs: nowMs, deletedBefore };
      messages = [
        ...messages.filter((other) => other !== before),
        { ...item, parsed, sawCreation: sawCreation || before?.sawCreation === true },
      ];
    },
    find: (id) => messages.find((item) => item.parsed.message.id === id)?.parsed.message,
    remove(shouldRemove) {
      messages = messages.filter(({ parsed }) => !shouldRemove(parsed));
    },
    takeUnmatchable(candidates, isPossible) {
      const unmatchable = messages.filter((item) => !isPossible(item.parsed) && !awaitsProof(item, candidates));
      messages = messages.filter((item) => !unmatchable.includes(item));
      return unmatchable.map(({ parsed }) => parsed);
    },
    historyRead() {
      messages = messages.map((item) => ({
        ...item,
        historyReads: item.historyReads + 1,
        waitedLongEnough: item.historyReads + 1 >= READS_UNTIL_WAIT_IS_OVER,
      }));
    },
    forgetBefore(atMs) {
      messages = messages.filter(({ sinceMs }) => sinceMs > atMs).slice(-MAX_REMEMBERED);
    },
  };
}

/** Remembers delivered results, so that no message is delivered twice. */
export interface DeliveredResults {
  /** True if the message was delivered, or names a Midjourney job that had its result delivered. */
  includes(parsed: ParsedMessage): boolean;
  /** True if the message with this id was delivered as a result. */
  hasMessage(messageId: string): boolean;
  add(ids: readonly string[]): void;
  remove(ids: readonly string[]): void;
  /** Remembers that the foreign job with these start messages has the result with these ids. */
  addForeign(starts: readonly string[], ids: readonly string[]): void;
  /** These start messages belong to a job of this server: the results that were assigned to them can be delivered again. */
  releaseForeign(starts: readonly string[]): void;
  forgetOld(): void;
}

const MAX_REMEMBERED_RESULTS = 2_000;

export function createDeliveredResults(): DeliveredResults {
  /** Ids of messages and Midjourney jobs. */
  const deliveredIds = new Set<string>();
  let foreign: { starts: readonly string[]; ids: readonly string[] }[] = [];
  const remove = (ids: readonly string[]): void => {
    for (const id of ids) deliveredIds.delete(id);
  };

  return {
    includes: ({ message, jobUuids }) => [message.id, ...jobUuids].some((id) => deliveredIds.has(id)),
    hasMessage: (id) => deliveredIds.has(id),
    add(ids) {
      for (const id of ids) deliveredIds.add(id);
    },
    remove,
    addForeign(starts, ids) {
      foreign = [...foreign, { starts, ids }].slice(-MAX_REMEMBERED_RESULTS);
    },
    releaseForeign(starts) {
      const isSame = (others: readonly string[]): boolean => others.some((id) => starts.includes(id));
      for (const { ids } of foreign.filter((result) => isSame(result.starts))) remove(ids);
      foreign = foreign.filter((result) => !isSame(result.starts));
    },
    forgetOld() {
      for (const id of deliveredIds) {
        if (deliveredIds.size <= MAX_REMEMBERED_RESULTS) break;
        deliveredIds.delete(id);
      }
    },
  };
}

/** A job of this server that ended with a result, or a refusal, that matched by likeness alone. */
export interface UnprovenResult {
  /** Everything that would identify its messages if the job were still open. */
  candidate: Candidate;
  /** The message that ended the job, or the last message before that. */
  readonly messageId: string;
  /** Ids of all messages and Midjourney jobs that the job ended with. */
  readonly claimedIds: readonly string[];
  readonly sinceMs: number;
}

/**
 * Remembers jobs that ended by a likely match until a proof arrives. Their start messages may be seen later than their results, because the
 * history and the events overtake each other. The proof shows either that the result was the job's own, or that it belongs to another job
 * with an equal request; that job then takes over the messages of this one.
 */
export interface UnprovenResults {
  add(result: UnprovenResult): void;
  /** Returns true for a start message of one of these jobs, and learns its ids. No other job can own that message. */
  learnFromStart(parsed: ParsedMessage): boolean;
  /** Removes and returns the job that ended with a message or Midjourney job that certainly belongs to `candidate`. */
  takeConflicting(candidate: Candidate): UnprovenResult | undefined;
  /** A nonce proved that the message belongs to another job. */
  unlearn(message: ParsedMessage['message']): void;
  forget(isOld: (sinceMs: number) => boolean): void;
}

const overlaps = (some: readonly string[], others: readonly string[]): boolean => some.some((one) => others.includes(one));

export function createUnprovenResults(): UnprovenResults {
  let results: UnprovenResult[] = [];

  function find(parsed: ParsedMessage): UnprovenResult | undefined {
    if (!isStartMessage(parsed)) return undefined;
    const known = findCertainMatch(
      parsed,
      results.map(({ candidate }) => candidate),
    );
    if (known) return results.find(({ candidate }) => candidate === known.candidate);
    // A start message without owner, older than the result of exactly one job without start message, belongs to that job.
    const likely = results.filter(
      ({ candidate, messageId }) =>
        candidate.operation.messageIds.length === 0 &&
        BigInt(parsed.message.id) < BigInt(messageId) &&
        possibleCandidates(parsed, [{ ...candidate, sawAllEvents: false }]).length > 0,
    );
    return likely.length === 1 ? likely[0] : undefined;
  }

  return {
    add(result) {
      results = [...results, result];
    },
    learnFromStart(parsed) {
      const result = find(parsed);
      if (!result) return false;
      result.candidate = learnFrom(result.candidate, parsed);
      return true;
    },
    takeConflicting(candidate) {
      const known = [...candidate.operation.messageIds, ...candidate.operation.jobUuids];
      const rival = results.find((result) => result.candidate.key !== candidate.key && overlaps(result.claimedIds, known));
      results = results.filter((result) => result !== rival);
      return rival;
    },
    unlearn(message) {
      for (const result of results) result.candidate = unlearnFrom(result.candidate, message);
    },
    forget(isOld) {
      results = results.filter(({ sinceMs }) => !isOld(sinceMs));
    },
  };
}

export const isSameRequest = (one: Candidate, other: Candidate): boolean =>
  one.operation.prompt === other.operation.prompt &&
  one.operation.sourceMessageId === other.operation.sourceMessageId &&
  JSON.stringify(one.effect) === JSON.stringify(other.effect);

/** Returns the candidate with everything that identifies the messages of its rival, because the two have swapped results. */
export function swapWith(candidate: Candidate, { candidate: rival }: UnprovenResult): Candidate {
  const { nonces, interactionIds, messageIds, jobUuids, cancel } = rival.operation;
  // The last nonce is in use, so it stays the candidate's own.
  const operation = {
    ...candidate.operation,
    nonces: [...nonces, ...candidate.operation.nonces],
    interactionIds,
    messageIds,
    jobUuids,
    cancel,
  };
  return { ...candidate, sawAllEvents: false, isUnproven: true, deletedStartIds: rival.deletedStartIds, operation };
}
