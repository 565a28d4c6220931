import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { findCertainMatch, isCertain, possibleCandidates, findLikelyMatch, type Evidence, type Match } from './match-message.ts';
import { createDeliveredResults } from './delivered-results.ts';
import { createUnprovenResults, swapWith, isSameRequest } from './unproven-results.ts';
import { parseMessage, type BotMessage, type ParsedMessage } from '../messages/message.ts';
import type { JobEventQueue } from './job-event-queue.ts';
import { isStartMessage, isStartDeleted, learnFrom, toForeignCandidate, unlearnFrom, type Candidate } from './candidate.ts';
import { createUnmatchedMessages } from './unmatched-messages.ts';

/** One job that is historyRead out for, with what it is known by. */
export interface RegistryEntry {
  candidate: Candidate;
  /** Where its events go; undefined for a job that is followed only so that nobody else takes its messages. */
  readonly events: JobEventQueue | undefined;
  /** Its messages as last seen, to complete partial updates. */
  readonly messages: Map<string, BotMessage>;
  readonly sinceMs: number;
  /** When its start message was deleted. */
  startDeletedAtMs: number | null;
}

/**
 * The jobs of one channel and the messages that are not theirs yet: gives each message to its job, by the rules of `correlation.ts`,
 * now or when later evidence allows it, and no message twice.
 */
export interface CandidateRegistry {
  add(candidate: Candidate, events: JobEventQueue): RegistryEntry;
  /** Our own open jobs. */
  ownEntries(): RegistryEntry[];
  /** Every start message that is known, of ours and of others. */
  startMessageIds(): string[];
  /** The job that issued a nonce or, without one, owns an interaction. */
  findByInteraction(nonce: string | undefined, id: string | undefined): RegistryEntry | undefined;
  /** A message as it was last seen. */
  lastSeen(messageId: string): BotMessage | undefined;
  /** True for results that were given out, or belong to others: they say nothing new. */
  isDelivered(messageId: string): boolean;
  markDelivered(messageIds: readonly string[]): void;
  /** `created`: by the event of its creation. */
  receive(message: BotMessage, sawCreation: boolean): void;
  onDeleted(messageIds: readonly string[]): void;
  /** Tries again what could not be placed. */
  matchAll(): void;
  /** The history was read: what still waits has waited once more. */
  historyRead(): void;
  /** Whether a message waits whose usual wait is not over. */
  needsHistory(): boolean;
  /** The job has ended, well or not. */
  end(entry: RegistryEntry): void;
  /** Nobody waits for this job any more, but it may go on at Midjourney: it is followed, so that its result is not taken for another's. */
  abandon(entry: RegistryEntry): void;
}

/** After this nothing will come any more for jobs that nobody waits for, and for messages that nobody claims. */
const FORGET_AFTER_MS = 35 * 60_000;
/** A followed job without start message: its result comes within this time, or it has none. */
const RESULT_AFTER_DELETION_MS = 3_000;

export function createCandidateRegistry(deps: { clock: Clock; log: Log; userId(): string | undefined }): CandidateRegistry {
  const { clock, log } = deps;
  let entries: RegistryEntry[] = [];
  const unmatched = createUnmatchedMessages();
  const delivered = createDeliveredResults();
  const unprovenResults = createUnprovenResults();

  const candidates = (): Candidate[] => entries.map((entry) => entry.candidate);
  const entryOf = (candidate: Candidate): RegistryEntry | undefined => entries.find((entry) => entry.candidate.key === candidate.key);
  const remove = (entry: RegistryEntry): void => {
    entries = entries.filter((other) => other !== entry);
  };
  const markDelivered = (ids: readonly string[]): void => {
    delivered.add(ids);
    unmatched.remove((parsed) => delivered.includes(parsed));
  };

  /**
   * A job that goes on after a restart may have been taken for somebody else's when its messages were read for another job
   * a moment before: then they are not known yet.
   */
  function releaseFromForeign({ operation }: Candidate): void {
    entries = entries.filter(
      ({ candidate }) => candidate.isOwn || !candidate.operation.messageIds.some((id) => operation.messageIds.includes(id)),
    );
    delivered.releaseForeign(operation.messageIds);
  }

  /**
   * A job has just saveOperation which of Midjourney's jobs it is, and that one's result has gone to another of ours. If they asked for the same,
   * nothing told them apart then: they have changed places, and what is still to come for the other is this one's.
   */
  function swapResults(entry: RegistryEntry): void {
    const { candidate } = entry;
    const rival = candidate.isOwn ? unprovenResults.takeConflicting(candidate) : undefined;
    if (!rival) return;
    const facts = { jobId: candidate.key, otherJobId: rival.candidate.key };
    if (!isSameRequest(candidate, rival.candidate)) {
      log.error(facts, 'a result was delivered to the wrong job');
      delivered.remove(rival.claimedIds);
      return;
    }
    log.warn(facts, 'two equal requests have changed places: each gets the picture of the other');
    entry.candidate = swapWith(candidate, rival);
    releaseFromForeign(entry.candidate);
    entry.events?.push({ type: 'events-lost' });
  }

  function forgetOld(): void {
    const nowMs = clock.now();
    entries = entries.filter(
      ({ events, sinceMs, startDeletedAtMs }) =>
        events !== undefined ||
        (sinceMs > nowMs - FORGET_AFTER_MS && (startDeletedAtMs === null || startDeletedAtMs > nowMs - RESULT_AFTER_DELETION_MS)),
    );
    unmatched.forgetBefore(nowMs - FORGET_AFTER_MS);
    delivered.forgetOld();
    unprovenResults.forget((sinceMs) => sinceMs <= nowMs - FORGET_AFTER_MS);
  }

  /** Start messages, older than this result, that by likeness can only have been its job's. */
  function likelyStartsOf({ candidate }: RegistryEntry, { stage, message: result }: ParsedMessage): string[] {
    if (stage !== 'final' || candidate.operation.messageIds.length > 0) return [];
    const isOnly = (possible: readonly Candidate[]): boolean => possible.length === 1 && possible[0] === candidate;
    const starts = unmatched
      .all()
      .map(({ parsed }) => parsed)
      .filter((other) => isStartMessage(other) && BigInt(other.message.id) < BigInt(result.id));
    return starts.filter((start) => isOnly(possibleCandidates(start, candidates()))).map(({ message }) => message.id);
  }

  function deliver(entry: RegistryEntry, parsed: ParsedMessage, by: Evidence): void {
    const { id } = parsed.message;
    const starts = likelyStartsOf(entry, parsed);
    entry.candidate = learnFrom({ ...entry.candidate, isUnproven: entry.candidate.isUnproven || !isCertain(by) }, parsed);
    entry.messages.set(id, parsed.message);
    // Events may come out of order after a resume: what was followed as somebody else's may turn out to be ours.
    if (entry.candidate.isOwn) entries = entries.filter(({ candidate }) => candidate.isOwn || !candidate.operation.messageIds.includes(id));
    if (by === 'nonce') unlearnFromOthers(entry, parsed);
    unmatched.remove((other) => other.message.id === id);
    if (by === 'order')
      log.warn({ jobId: entry.candidate.key, messageId: id }, 'equal prompts cannot be told apart: results delivered in their order');
    if (parsed.stage === 'final' && entry.candidate.answer === 'job') {
      const { isOwn, isUnproven, operation } = entry.candidate;
      const ids = [id, ...parsed.jobUuids];
      if (!isOwn && by === 'uuid') delivered.addForeign(operation.messageIds, ids);
      if (isOwn && isUnproven) endUnproven(entry.candidate, starts, parsed);
      // A history that was asked for before may still bring the start.
      markDelivered(isOwn && !isUnproven ? [...ids, ...operation.messageIds] : ids);
      remove(entry);
    }
    entry.events?.push({ type: 'message', parsed, by });
    if (parsed.stage !== 'final') swapResults(entry);
  }

  /** A nonce proves whose a start message is: whoever had it by likeness looks for its own again. */
  function unlearnFromOthers(owner: RegistryEntry, { message }: ParsedMessage): void {
    unprovenResults.unlearn(message);
    delivered.releaseForeign([message.id]);
    for (const entry of entries) {
      if (entry === owner || !entry.candidate.operation.messageIds.includes(message.id)) continue;
      entry.candidate = unlearnFrom(entry.candidate, message);
      entry.events?.push({ type: 'events-lost' });
    }
  }

  function endUnproven(candidate: Candidate, starts: readonly string[], { message, jobUuids }: ParsedMessage): void {
    const messageIds = [...candidate.operation.messageIds, ...starts];
    unprovenResults.add({
      candidate: { ...candidate, operation: { ...candidate.operation, messageIds } },
      messageId: message.id,
      claimedIds: [message.id, ...jobUuids, ...messageIds],
      sinceMs: clock.now(),
    });
    unmatched.remove((other) => starts.includes(other.message.id));
  }

  /** What can be placed now: with certainty, for jobs change too, or by likeness. */
  function nextMatch(): Match | undefined {
    for (const { parsed } of unmatched.all()) {
      const found = findCertainMatch(parsed, candidates());
      if (found) return { parsed, ...found };
    }
    return findLikelyMatch(unmatched.all(), candidates());
  }

  function matchAll(): void {
    forgetOld();
    for (let match = nextMatch(); match; match = nextMatch()) {
      const entry = entryOf(match.candidate);
      if (!entry) break;
      deliver(entry, match.parsed, match.by);
    }
    const isPossible = (parsed: ParsedMessage): boolean => possibleCandidates(parsed, candidates()).length > 0;
    for (const parsed of unmatched.takeUnmatchable(candidates(), isPossible))
      if (!unprovenResults.learnFromStart(parsed)) followForeignJob(parsed);
  }

  /** A job that somebody started here by other means: its result must be known for what it is. */
  function followForeignJob(parsed: ParsedMessage): void {
    const { message, heading } = parsed;
    if (!isStartMessage(parsed) || !heading || heading.userId !== deps.userId()) return;
    const candidate = toForeignCandidate(parsed, heading.userId, clock.now());
    entries.push({
      candidate,
      events: undefined,
      messages: new Map([[message.id, message]]),
      sinceMs: clock.now(),
      startDeletedAtMs: null,
    });
  }

  return {
    add(candidate, events) {
      releaseFromForeign(candidate);
      const entry: RegistryEntry = { candidate, events, messages: new Map(), sinceMs: clock.now(), startDeletedAtMs: null };
      entries.push(entry);
      return entry;
    },
    ownEntries: () => entries.filter((entry) => entry.events !== undefined),
    startMessageIds: () => candidates().flatMap((candidate) => candidate.operation.messageIds),
    findByInteraction: (nonce, id) =>
      entries.find(({ events, candidate: { operation } }) => {
        if (events === undefined) return false;
        return nonce === undefined ? id !== undefined && operation.interactionIds.includes(id) : operation.nonces.includes(nonce);
      }),
    lastSeen: (id) => entries.map((entry) => entry.messages.get(id)).find(Boolean) ?? unmatched.find(id),
    isDelivered: (id) => delivered.hasMessage(id),
    markDelivered,
    receive(message, sawCreation) {
      const parsed = parseMessage(message);
      const found = findCertainMatch(parsed, candidates());
      const entry = found && entryOf(found.candidate);
      if (found && entry) deliver(entry, parsed, found.by);
      else if (
        !unprovenResults.learnFromStart(parsed) &&
        !delivered.includes(parsed) &&
        (isStartMessage(parsed) || parsed.stage === 'final')
      )
        unmatched.add(parsed, {
          nowMs: clock.now(),
          deletedBefore: candidates().flatMap((candidate) => candidate.deletedStartIds),
          sawCreation,
        });
      matchAll();
    },
    onDeleted(ids) {
      for (const entry of entries) {
        const deletedStartIds = entry.candidate.operation.messageIds.filter(
          (id) => ids.includes(id) && !entry.candidate.deletedStartIds.includes(id),
        );
        if (deletedStartIds.length === 0) continue;
        entry.candidate = { ...entry.candidate, deletedStartIds: [...entry.candidate.deletedStartIds, ...deletedStartIds] };
        if (!isStartDeleted(entry.candidate)) continue;
        entry.startDeletedAtMs = clock.now();
        entry.events?.push({ type: 'start-deleted' });
      }
      unmatched.remove((other) => ids.includes(other.message.id));
      matchAll();
    },
    matchAll,
    historyRead() {
      unmatched.historyRead();
      matchAll();
    },
    needsHistory: () => unmatched.all().some((item) => !item.waitedLongEnough),
    end(entry) {
      // A result has ended it before; here a refusal does.
      if (!entries.includes(entry)) return;
      remove(entry);
      const { candidate } = entry;
      const { messageIds, jobUuids } = candidate.operation;
      const last = messageIds.at(-1);
      if (!candidate.isOwn || candidate.answer !== 'job' || last === undefined) return;
      // Its start may stay in the channel, and must not be taken for that of an equal one.
      if (!candidate.isUnproven) markDelivered(messageIds);
      else unprovenResults.add({ candidate, messageId: last, claimedIds: [...messageIds, ...jobUuids], sinceMs: clock.now() });
    },
    abandon(entry) {
      if (!entries.includes(entry)) return;
      remove(entry);
      const { candidate, startDeletedAtMs } = entry;
      if (candidate.answer !== 'job' || candidate.operation.messageIds.length === 0 || isStartDeleted(candidate)) return;
      entries.push({
        candidate: { ...candidate, isOwn: false },
        events: undefined,
        messages: entry.messages,
        sinceMs: clock.now(),
        startDeletedAtMs,
      });
    },
  };
}
