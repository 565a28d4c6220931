import { asStartEdit, type ParsedMessage } from '../messages/message.ts';
import { type Candidate, isForeign, isStartMessage, learnFrom, toForeignCandidate } from './candidate.ts';
import {
  awaitsProof,
  findCertainMatch,
  findLikelyMatch,
  isCertain,
  type Match,
  possibleCandidates,
  possibleOwners,
} from './match-message.ts';
import {
  deliverIds,
  type Evidence,
  findCandidate,
  type MatchingDraft,
  type MatchingState,
  MAX_REMEMBERED,
  removeForeignWith,
  replaceCandidate,
  setCandidates,
  setUnmatched,
  tellJob,
} from './matching-state.ts';
import { learnFromStart, swapResults, toUnproven, unlearnFromOthers } from './unproven-results.ts';

/** The steps behind each event of matching: give a message to its job, and make every match that the state allows. */

/** Foreign jobs and unmatched messages are forgotten after this time; no event about them can come any more. */
const FORGET_AFTER_MS = 35 * 60_000;
/** A job of this server that ended without a result may still get one for this long. */
const LATE_RESULT_MS = 60 * 60_000;

/** Gives a message to its job: the candidate learns from it, and a result ends the candidate. */
export function deliver(draft: MatchingDraft, owner: Candidate, seen: ParsedMessage, by: Evidence): void {
  const parsed = owner.operation.messageIds.includes(seen.message.id) ? asStartEdit(seen) : seen;
  const { id } = parsed.message;
  const starts = likelyStartsOf(draft.state, owner, parsed);
  // An event about a message that was missing in the history shows that it was there after all, so its deletion is news again.
  const deletedStartIds = owner.deletedStartIds.filter((deleted) => deleted !== id);
  const candidate = learnFrom({ ...owner, deletedStartIds, isUnproven: owner.isUnproven || !isCertain(by) }, parsed);
  replaceCandidate(draft, owner.key, () => candidate);
  // Events may arrive out of order after a resume, so a job that was registered as foreign may be this job.
  if (candidate.isOwn) removeForeignWith(draft, candidate.operation.messageIds);
  if (by === 'nonce') unlearnFromOthers(draft, candidate.key, parsed.message);
  setUnmatched(draft, (known) => known.filter((item) => item.parsed.message.id !== id));
  if (by === 'order') warnOfGuess(draft, candidate, id);
  if (parsed.stage === 'final' && candidate.answer === 'job') deliverResult(draft, candidate, parsed, { by, starts });
  tellJob(draft, candidate, { type: 'message', parsed, by });
  if (parsed.stage !== 'final' && candidate.isOwn) swapResults(draft, candidate.key);
}

function deliverResult(
  draft: MatchingDraft,
  candidate: Candidate,
  { message, jobUuids }: ParsedMessage,
  { by, starts }: { by: Evidence; starts: readonly string[] },
): void {
  const { isOwn, isUnproven, operation } = candidate;
  const ids = [message.id, ...jobUuids];
  if (isForeign(candidate) && by === 'uuid') {
    const foreignResults = [...draft.state.foreignResults, { startIds: operation.messageIds, ids }].slice(-MAX_REMEMBERED);
    draft.state = { ...draft.state, foreignResults };
  }
  if (isOwn && isUnproven) {
    const messageIds = [...operation.messageIds, ...starts];
    addUnproven(draft, { ...candidate, operation: { ...operation, messageIds } }, message.id, [...ids, ...messageIds]);
    setUnmatched(draft, (known) => known.filter((item) => !starts.includes(item.parsed.message.id)));
  }
  // A read of the history that has already begun may still return the start messages.
  deliverIds(draft, isOwn && !isUnproven ? [...ids, ...operation.messageIds] : ids);
  setCandidates(draft, (known) => known.filter(({ key }) => key !== candidate.key));
}

/** Ids of unmatched start messages that are older than this result and can only belong to its job. */
function likelyStartsOf(state: MatchingState, candidate: Candidate, { stage, message: result }: ParsedMessage): string[] {
  if (stage !== 'final' || candidate.operation.messageIds.length > 0) return [];
  const starts = state.unmatched
    .map(({ parsed }) => parsed)
    .filter((other) => isStartMessage(other) && BigInt(other.message.id) < BigInt(result.id));
  const isOnly = (possible: readonly Candidate[]): boolean => possible.length === 1 && possible[0] === candidate;
  return starts.filter((start) => isOnly(possibleCandidates(start, state.candidates))).map(({ message }) => message.id);
}

function warnOfGuess(draft: MatchingDraft, candidate: Candidate, messageId: string): void {
  const text = 'no evidence distinguishes jobs with equal requests: results delivered in order';
  draft.outcomes.push({ type: 'warning', text, facts: { jobId: candidate.key, messageId } });
}

/** Makes every match that the state allows, then follows the foreign jobs of messages that no job can own. */
export function matchAll(draft: MatchingDraft): void {
  forgetOld(draft);
  for (let match = nextMatch(draft.state); match; match = nextMatch(draft.state)) {
    const owner = findCandidate(draft.state, match.candidate.key);
    if (!owner) break;
    deliver(draft, owner, match.parsed, match.by);
  }
  const { unmatched, candidates } = draft.state;
  const hopeless = unmatched.filter((item) => possibleOwners(item, candidates).length === 0 && !awaitsProof(item, candidates));
  if (hopeless.length === 0) return;
  setUnmatched(draft, (known) => known.filter((item) => !hopeless.includes(item)));
  for (const { parsed } of hopeless) if (!learnFromStart(draft, parsed)) followForeignJob(draft, parsed);
}

/** A certain match first, because candidates have learned meanwhile, then a likely match. */
function nextMatch({ unmatched, candidates }: MatchingState): Match | undefined {
  for (const { parsed } of unmatched) {
    const found = findCertainMatch(parsed, candidates);
    if (found) return { parsed, ...found };
  }
  return findLikelyMatch(unmatched, candidates);
}

/** Registers a foreign job (started by another program or by hand), so that its result matches it. */
export function followForeignJob(draft: MatchingDraft, parsed: ParsedMessage): void {
  const { heading } = parsed;
  if (!isStartMessage(parsed) || !heading || heading.userId !== draft.state.userId) return;
  setCandidates(draft, (known) => [...known, toForeignCandidate(parsed, heading.userId, draft.nowMs)]);
}

function forgetOld(draft: MatchingDraft): void {
  const { nowMs, state } = draft;
  const isCurrent = (candidate: Candidate): boolean => {
    if (candidate.isOwn) return true;
    if (!isForeign(candidate)) return candidate.sinceMs > nowMs - LATE_RESULT_MS;
    return candidate.sinceMs > nowMs - FORGET_AFTER_MS;
  };
  draft.state = {
    ...state,
    candidates: state.candidates.every(isCurrent) ? state.candidates : state.candidates.filter(isCurrent),
    unmatched: state.unmatched.filter(({ sinceMs }) => sinceMs > nowMs - FORGET_AFTER_MS).slice(-MAX_REMEMBERED),
    deliveredIds: state.deliveredIds.length > MAX_REMEMBERED ? state.deliveredIds.slice(-MAX_REMEMBERED) : state.deliveredIds,
    unproven: state.unproven.filter(({ sinceMs }) => sinceMs > nowMs - FORGET_AFTER_MS),
  };
}

/** Remembers a job that ended by a likely match. */
export function addUnproven(draft: MatchingDraft, candidate: Candidate, messageId: string, claimedIds: readonly string[]): void {
  draft.state = { ...draft.state, unproven: [...draft.state.unproven, toUnproven(candidate, messageId, claimedIds, draft.nowMs)] };
}
