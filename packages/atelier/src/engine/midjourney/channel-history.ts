import type { ChannelDraft, ChannelState } from './channel-state.ts';
import { type Candidate, earliestMessageId } from './matching/candidate.ts';
import { needsHistory, openCandidates } from './matching/matching-state.ts';
import { countHistoryRead, type Matched } from './matching/update-matching.ts';

/**
 * Reading a channel's history: at most one read runs; jobs that want one meanwhile share the next. A read begins at the oldest message that an open
 * job can have.
 */

/**
 * Milliseconds between two reads of the history for unmatched messages. The deletion that decides a match follows the result within a second.
 */
const HISTORY_INTERVAL_MS = 1_500;

/** Starts a read, or joins the next one if a read runs. Returns false if no open job can be in the history. */
export function readHistory(draft: ChannelDraft, jobIds: readonly string[]): boolean {
  const { history } = draft.state;
  if (history.reading) {
    draft.state = { ...draft.state, history: { ...history, wanted: [...(history.wanted ?? []), ...jobIds] } };
    return true;
  }
  const open = openJobs(draft.state);
  const [first] = open;
  if (!first) return false;
  const earliest = open.map(earliestMessageId);
  const afterId = earliest.reduce((least, id) => (id < least ? id : least), earliestMessageId(first)) - 1n;
  const starts = draft.state.matching.candidates.flatMap(({ operation }) => operation.messageIds);
  const reading = { jobIds, expectedIds: starts.filter((id) => BigInt(id) > afterId) };
  draft.state = { ...draft.state, history: { ...history, reading, dueAtMs: null } };
  draft.effects.push({ type: 'read-history', afterId: String(afterId), accountId: first.operation.accountId });
  return true;
}

/** The running read has ended; after a failure, unmatched messages have not waited any longer. */
export function finishHistory(draft: ChannelDraft, isOk: boolean): Matched {
  const { history, matching } = draft.state;
  draft.state = { ...draft.state, history: { ...history, reading: null, tellsLoss: history.tellsLoss && !isOk } };
  return isOk ? countHistoryRead(matching, draft.nowMs) : { state: matching, outcomes: [] };
}

/** Starts the read that jobs have asked for while another one ran. */
export function startWantedRead(draft: ChannelDraft): void {
  const { history } = draft.state;
  if (!history.wanted || history.reading) return;
  draft.state = { ...draft.state, history: { ...history, wanted: null } };
  readHistory(draft, history.wanted);
}

/** Unmatched messages may find their job in the history. */
export function scheduleHistory(draft: ChannelDraft): void {
  const { history, matching } = draft.state;
  const isWanted = openJobs(draft.state).length > 0 && (needsHistory(matching) || (history.tellsLoss && history.reading === null));
  const dueAtMs = isWanted ? Math.min(history.dueAtMs ?? Infinity, draft.nowMs + HISTORY_INTERVAL_MS) : null;
  if (dueAtMs !== history.dueAtMs) draft.state = { ...draft.state, history: { ...history, dueAtMs } };
}

const openJobs = ({ matching }: ChannelState): Candidate[] => openCandidates(matching).filter(({ answer }) => answer === 'job');
