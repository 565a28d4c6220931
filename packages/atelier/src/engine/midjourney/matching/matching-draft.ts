import { type Candidate, isForeign } from './candidate.ts';
import { isDelivered, type JobEvent, type MatchingOutcome, type MatchingState } from './matching-state.ts';

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
