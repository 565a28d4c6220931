import { asObject, asText, type JsonObject } from '@atelier/lib/json';
import { asSnowflake, type BotMessage, isFromBot, parseMessage, type ParsedMessage, readMessage } from '../messages/message.ts';
import { readSeed } from '../messages/replies.ts';
import { type Candidate, isRepeated, isStartDeleted, isStartMessage } from './candidate.ts';
import { addUnproven, deliver, followForeignJob, matchAll } from './match-all.ts';
import { findCertainMatch } from './match-message.ts';
import {
  deliverIds,
  findCandidate,
  isDelivered,
  type JobEvent,
  lastSeen,
  type MatchingDraft,
  type MatchingOutcome,
  type MatchingState,
  MAX_REMEMBERED,
  releaseFromForeign,
  replaceCandidate,
  setCandidates,
  setUnmatched,
  tellJob,
} from './matching-state.ts';
import { learnFromStart } from './unproven-results.ts';

/**
 * Matching as a function: takes the state of a channel and one event, and returns the next state with its outcomes. The rules that decide are in
 * `match-message.ts`; `match-all.ts` applies them at once, or when later evidence allows it, and delivers no message twice.
 */
export interface Matched {
  readonly state: MatchingState;
  /** In the order in which they have to be handled. */
  readonly outcomes: readonly MatchingOutcome[];
}

/** Reads of the history until a likely match may be made. */
const READS_UNTIL_WAIT_IS_OVER = 2;

const edit = (state: MatchingState, nowMs: number, change: (draft: MatchingDraft) => void): Matched => {
  const draft: MatchingDraft = { state, outcomes: [], nowMs };
  change(draft);
  return { state: draft.state, outcomes: draft.outcomes };
};

/** Adds the candidate of an open job. A candidate of an earlier run of the same job, and foreign candidates with its messages, are removed. */
export const addCandidate = (state: MatchingState, candidate: Candidate, nowMs: number): Matched =>
  edit(state, nowMs, (draft) => {
    setCandidates(draft, (known) => known.filter(({ key }) => key !== candidate.key));
    releaseFromForeign(draft, candidate);
    setCandidates(draft, (known) => [...known, candidate]);
    matchAll(draft);
  });

/** Replaces parts of a job's candidate and tries again to match. Unchanged if the job is not open. */
export const changeCandidate = (state: MatchingState, key: string, change: Partial<Candidate>, nowMs: number): Matched =>
  edit(state, nowMs, (draft) => {
    replaceCandidate(draft, key, (candidate) => ({ ...candidate, ...change }));
    matchAll(draft);
  });

/**
 * Ends a job. With `isKept` the candidate stays: the job may go on at Midjourney, its result is a late result, and must not match another job.
 * Without it, Midjourney is done with the job.
 */
export const endCandidate = (state: MatchingState, key: string, isKept: boolean, nowMs: number): Matched =>
  edit(state, nowMs, (draft) => {
    const candidate = findCandidate(draft.state, key);
    if (candidate?.isOwn) {
      setCandidates(draft, (known) => known.filter((other) => other !== candidate));
      if (isKept) keepForLateResult(draft, candidate);
      else closeCandidate(draft, candidate);
    }
    matchAll(draft);
  });

function keepForLateResult(draft: MatchingDraft, candidate: Candidate): void {
  const { operation, answer } = candidate;
  if (answer !== 'job' || (operation.messageIds.length === 0 && operation.jobUuids.length === 0 && !operation.isSeen)) return;
  setCandidates(draft, (known) => [...known, { ...candidate, isOwn: false, likelyMatches: 'after-wait', sinceMs: draft.nowMs }]);
}

/** The start messages may stay in the channel and must not match another job with an equal request. */
function closeCandidate(draft: MatchingDraft, candidate: Candidate): void {
  const { messageIds, jobUuids } = candidate.operation;
  const last = messageIds.at(-1);
  if (candidate.answer !== 'job' || last === undefined) return;
  if (!candidate.isUnproven) deliverIds(draft, messageIds);
  else addUnproven(draft, candidate, last, [...messageIds, ...jobUuids]);
}

/** Where a message was seen. A creation event carries the nonce; the history shows neither nonces nor private messages. */
export type MessageSource = 'creation' | 'update' | 'history';

/** Reads a message of a gateway event or of the history. */
export const receiveMessage = (state: MatchingState, data: unknown, source: MessageSource, nowMs: number): Matched =>
  edit(state, nowMs, (draft) => {
    const message = toMessage(draft.state, data);
    if (!message || draft.state.deliveredIds.includes(message.id)) return;
    const parsed = parseMessage(message);
    // A private channel carries both jobs and the answers to seed requests.
    if (message.guildId === null) receiveSeed(draft, parsed);
    if (message.channelId === state.channelId) receive(draft, parsed, source);
    else if (message.guildId === null && source !== 'history') draft.outcomes.push({ type: 'no-job', parsed });
    matchAll(draft);
  });

function toMessage(state: MatchingState, data: unknown): BotMessage | undefined {
  const id = asSnowflake(asObject(data)?.['id']);
  const message = id === undefined ? undefined : readMessage(data, lastSeen(state, id));
  return message && isFromBot(message) ? message : undefined;
}

/** The bot answers a seed request with a direct message. One answer serves all requests for the seed of the same Midjourney job. */
function receiveSeed(draft: MatchingDraft, parsed: ParsedMessage): void {
  const seed = readSeed(parsed.message.content);
  if (!seed) return;
  for (const candidate of draft.state.candidates) {
    if (!candidate.isOwn || candidate.answer !== 'direct-message' || !candidate.operation.jobUuids.includes(seed.jobUuid)) continue;
    tellJob(draft, candidate, { type: 'message', parsed, by: 'uuid' });
  }
}

/** Reads an interaction event: its nonce, or the id of a known interaction, names the job. Unchanged if it names none. */
export const receiveInteraction = (state: MatchingState, name: string, event: JsonObject, nowMs: number): Matched =>
  edit(state, nowMs, (draft) => {
    const id = asSnowflake(event['id']);
    const owner = findByInteraction(state, asText(event['nonce']), id);
    if (!owner) {
      rememberForeign(draft, id);
      return;
    }
    const { operation } = owner;
    const isNew = id !== undefined && !operation.interactionIds.includes(id);
    const interactionIds = isNew ? [...operation.interactionIds, id] : operation.interactionIds;
    const candidate = { ...owner, operation: isNew ? { ...operation, isSeen: true, interactionIds } : operation };
    replaceCandidate(draft, owner.key, () => candidate);
    tellJob(draft, candidate, toInteractionEvent(name, event));
    matchAll(draft);
  });

function rememberForeign(draft: MatchingDraft, id: string | undefined): void {
  const { foreignInteractionIds: known } = draft.state;
  if (id === undefined || known.includes(id)) return;
  draft.state = { ...draft.state, foreignInteractionIds: [...known, id].slice(-MAX_REMEMBERED) };
}

function findByInteraction({ candidates }: MatchingState, nonce: string | undefined, id: string | undefined): Candidate | undefined {
  const isOwner = ({ operation: { nonces, interactionIds } }: Candidate): boolean =>
    (nonce !== undefined && nonces.includes(nonce)) || (id !== undefined && interactionIds.includes(id));
  return candidates.find((candidate) => candidate.isOwn && isOwner(candidate));
}

function toInteractionEvent(name: string, event: JsonObject): JobEvent {
  if (name === 'INTERACTION_FAILURE') return { type: 'interaction-failed' };
  if (name === 'INTERACTION_MODAL_CREATE') return { type: 'form', form: event };
  if (name !== 'INTERACTION_IFRAME_MODAL_CREATE') return { type: 'interaction', isAnswered: name === 'INTERACTION_SUCCESS' };
  return { type: 'page', title: asText(event['title']) ?? '', customId: asText(event['custom_id']) ?? '' };
}

function receive(draft: MatchingDraft, parsed: ParsedMessage, source: MessageSource): void {
  const { state, nowMs } = draft;
  const found = findCertainMatch(parsed, state.candidates);
  if (found) {
    if (source === 'history' && isNoNews(found.candidate, parsed)) return;
    deliver(draft, found.candidate, parsed, found.by);
    return;
  }
  if (learnFromStart(draft, parsed) || isDelivered(state, parsed)) return;
  if (!isStartMessage(parsed) && parsed.stage !== 'final') {
    if (source !== 'history') draft.outcomes.push({ type: 'no-job', parsed });
    return;
  }
  if (isForeignStart(state, parsed, source)) {
    for (const id of parsed.message.interaction?.ids ?? []) rememberForeign(draft, id);
    followForeignJob(draft, parsed);
    return;
  }
  const before = state.unmatched.find((item) => item.parsed.message.id === parsed.message.id);
  const deletedBefore = state.candidates.flatMap((candidate) => candidate.deletedStartIds);
  const item = before ?? { waitedLongEnough: false, historyReads: 0, sinceMs: nowMs, deletedBefore };
  setUnmatched(draft, (known) => [
    ...known.filter((other) => other !== before),
    { ...item, parsed, sawCreation: source === 'creation' || before?.sawCreation === true },
  ]);
}

/** The history shows a message again, or it was read before the start message was deleted. */
const isNoNews = (candidate: Candidate, parsed: ParsedMessage): boolean =>
  isRepeated(candidate, parsed.message) || (isStartMessage(parsed) && candidate.deletedStartIds.includes(parsed.message.id));

/**
 * Returns true for a message of an interaction that no job of this server asked for. The first answer to an interaction carries its nonce; results
 * have a nonce of the bot.
 */
function isForeignStart({ foreignInteractionIds }: MatchingState, parsed: ParsedMessage, source: MessageSource): boolean {
  const { interaction, nonce } = parsed.message;
  if (interaction === null) return false;
  const isFirstAnswer = source === 'creation' && nonce !== null && parsed.stage !== 'final';
  return isFirstAnswer || interaction.ids.some((id) => foreignInteractionIds.includes(id));
}

/**
 * Messages were deleted, one by one or all at once. `isSeen`: the deletion was seen when it happened; a read of the history only shows that messages are gone.
 */
export const deleteMessages = (state: MatchingState, ids: readonly string[], nowMs: number, isSeen = true): Matched =>
  edit(state, nowMs, (draft) => {
    for (const candidate of draft.state.candidates) deleteStarts(draft, candidate, { ids, isSeen });
    // A result that waits for its job is no less the result when somebody empties the channel.
    setUnmatched(draft, (known) => known.filter(({ parsed }) => parsed.stage === 'final' || !ids.includes(parsed.message.id)));
    matchAll(draft);
  });

function deleteStarts(draft: MatchingDraft, candidate: Candidate, { ids, isSeen }: { ids: readonly string[]; isSeen: boolean }): void {
  const fresh = candidate.operation.messageIds.filter((id) => ids.includes(id) && !candidate.deletedStartIds.includes(id));
  if (fresh.length === 0) return;
  const changed = { ...candidate, deletedStartIds: [...candidate.deletedStartIds, ...fresh] };
  const isGone = isStartDeleted(changed);
  const next = { ...changed, startDeletedAtMs: isGone && isSeen ? draft.nowMs : candidate.startDeletedAtMs };
  replaceCandidate(draft, candidate.key, () => next);
  if (isGone) tellJob(draft, next, { type: 'start-deleted' });
}

/** Excludes messages that are results of other jobs. */
export const excludeResults = (state: MatchingState, messageIds: readonly string[], nowMs: number): Matched =>
  edit(state, nowMs, (draft) => deliverIds(draft, messageIds));

/** The history was read: the wait of each unmatched message is one step further. */
export const countHistoryRead = (state: MatchingState, nowMs: number): Matched =>
  edit(state, nowMs, (draft) => {
    setUnmatched(draft, (known) =>
      known.map((item) => ({
        ...item,
        historyReads: item.historyReads + 1,
        waitedLongEnough: item.historyReads + 1 >= READS_UNTIL_WAIT_IS_OVER,
      })),
    );
    matchAll(draft);
  });
