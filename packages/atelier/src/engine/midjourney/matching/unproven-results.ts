import { findCertainMatch, possibleCandidates } from './match-message.ts';
import type { ParsedMessage } from '../messages/message.ts';
import { isStartMessage, learnFrom, unlearnFrom, type Candidate } from './candidate.ts';

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
