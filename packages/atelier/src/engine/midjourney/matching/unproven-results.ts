import type { ParsedMessage } from '../messages/message.ts';
import { type Candidate, isStartMessage, learnFrom, unlearnFrom } from './candidate.ts';
import { isSameRequest } from './match-equal-jobs.ts';
import { findCertainMatch, possibleCandidates } from './match-message.ts';
import {
  findCandidate,
  type MatchingDraft,
  releaseFromForeign,
  releaseResults,
  replaceCandidate,
  tellJob,
  type UnprovenResult,
} from './matching-state.ts';

const overlaps = (some: readonly string[], others: readonly string[]): boolean => some.some((one) => others.includes(one));

export const toUnproven = (candidate: Candidate, messageId: string, claimedIds: readonly string[], sinceMs: number): UnprovenResult => ({
  candidate,
  messageId,
  claimedIds,
  sinceMs,
});

/** Returns true for a start message of a job with an unproven result, and learns its ids. No other job can own that message. */
export function learnFromStart(draft: MatchingDraft, parsed: ParsedMessage): boolean {
  const found = findOwner(draft.state.unproven, parsed);
  if (!found) return false;
  setUnproven(draft, (known) =>
    known.map((result) => (result === found ? { ...result, candidate: learnFrom(result.candidate, parsed) } : result)),
  );
  return true;
}

function findOwner(unproven: readonly UnprovenResult[], parsed: ParsedMessage): UnprovenResult | undefined {
  if (!isStartMessage(parsed)) return undefined;
  const known = findCertainMatch(
    parsed,
    unproven.map(({ candidate }) => candidate),
  );
  if (known) return unproven.find(({ candidate }) => candidate === known.candidate);
  // A start message without owner, older than the result of exactly one job without start message, belongs to that job.
  const likely = unproven.filter(
    ({ candidate, messageId }) =>
      candidate.operation.messageIds.length === 0 &&
      BigInt(parsed.message.id) < BigInt(messageId) &&
      possibleCandidates(parsed, [{ ...candidate, sawAllEvents: false }]).length > 0,
  );
  return likely.length === 1 ? likely[0] : undefined;
}

/** A nonce proves the owner of a start message. Other jobs that matched it by likeness search again. */
export function unlearnFromOthers(draft: MatchingDraft, ownerKey: string, message: ParsedMessage['message']): void {
  setUnproven(draft, (known) => known.map((result) => ({ ...result, candidate: unlearnFrom(result.candidate, message) })));
  releaseResults(draft, [message.id]);
  for (const other of draft.state.candidates) {
    if (other.key === ownerKey || !other.operation.messageIds.includes(message.id)) continue;
    const unlearned = unlearnFrom(other, message);
    replaceCandidate(draft, other.key, () => unlearned);
    tellJob(draft, unlearned, { type: 'events-lost' });
  }
}

/**
 * Called when a job has just learned its Midjourney job id. If another job of this server ended with the result of that Midjourney job and both sent
 * equal requests, the two jobs have swapped results: this job gets the messages that are still to come for the other job.
 */
export function swapResults(draft: MatchingDraft, key: string): void {
  const candidate = findCandidate(draft.state, key);
  if (!candidate) return;
  const known = [...candidate.operation.messageIds, ...candidate.operation.jobUuids];
  const rival = draft.state.unproven.find((result) => result.candidate.key !== key && overlaps(result.claimedIds, known));
  if (!rival) return;
  setUnproven(draft, (results) => results.filter((result) => result !== rival));
  if (!isSameRequest(candidate, rival.candidate)) {
    const facts = { jobId: rival.candidate.key, expectedJobId: key };
    draft.outcomes.push({ type: 'warning', text: "result delivered to the wrong job: check both jobs' pictures", facts });
    draft.state = { ...draft.state, deliveredIds: draft.state.deliveredIds.filter((id) => !rival.claimedIds.includes(id)) };
    return;
  }
  const facts = { jobId: key, otherJobId: rival.candidate.key };
  draft.outcomes.push({
    type: 'warning',
    text: 'two jobs with equal requests swapped results: each gets the picture of the other',
    facts,
  });
  replaceCandidate(draft, key, (own) => swapWith(own, rival));
  const swapped = findCandidate(draft.state, key);
  if (!swapped) return;
  releaseFromForeign(draft, swapped);
  tellJob(draft, swapped, { type: 'events-lost' });
}

/** Returns the candidate with everything that identifies the messages of its rival. */
function swapWith(candidate: Candidate, { candidate: rival }: UnprovenResult): Candidate {
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
  return { ...candidate, sawAllEvents: false, isUnproven: true, messages: {}, deletedStartIds: rival.deletedStartIds, operation };
}

function setUnproven(draft: MatchingDraft, change: (known: readonly UnprovenResult[]) => readonly UnprovenResult[]): void {
  if (draft.state.unproven.length > 0) draft.state = { ...draft.state, unproven: change(draft.state.unproven) };
}
