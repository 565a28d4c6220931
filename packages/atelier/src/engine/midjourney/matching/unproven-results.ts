import { findCertainMatch, possibleCandidates } from './match-message.ts';
import type { ParsedMessage } from '../messages/message.ts';
import { isStartMessage, learnFrom, unlearnFrom, type Candidate } from './candidate.ts';

/** A job of ours that ended with a result, or a refusal, which by likeness was its own. */
export interface UnprovenResult {
  /** By what it would be known if it were still open. */
  candidate: Candidate;
  /** The message that ended it, or the last one before. */
  readonly messageId: string;
  /** All messages and Midjourney jobs that it ended with. */
  readonly claimedIds: readonly string[];
  readonly sinceMs: number;
}

/**
 * Jobs that ended by likeness, remembered until proof says who they were: their start messages may be seen only afterwards, since the
 * history may overtake the events and the other way round. Then the end either was theirs, or it was that of another of ours, which
 * asked for the same at the same time; and that one finds here what has become of its own.
 */
export interface UnprovenResults {
  add(result: UnprovenResult): void;
  /** True for a start message of one of these jobs: it teaches who that was, and is nobody else's. */
  learnFromStart(parsed: ParsedMessage): boolean;
  /** The job that ended with what is now proved to be this one's; it is forgotten here. */
  takeConflicting(candidate: Candidate): UnprovenResult | undefined;
  /** A message proved to be another job's after all. */
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
    // A start that belongs to nobody, older than the result of one job that has none: this job's.
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

/** The candidate of a job that is from now on known by all that its rival was known by. */
export function swapWith(candidate: Candidate, { candidate: rival }: UnprovenResult): Candidate {
  const { nonces, interactionIds, messageIds, jobUuids, cancel } = rival.operation;
  // The last nonce is the one in use, and stays its own.
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
