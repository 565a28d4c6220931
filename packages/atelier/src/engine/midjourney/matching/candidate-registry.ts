import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { findCertainMatch, isCertain, possibleCandidates, findLikelyMatch, type Evidence, type Match } from './match-message.ts';
import { createDeliveredResults, createUnmatchedMessages, createUnprovenResults, isSameRequest, swapWith } from './channel-memory.ts';
import { parseMessage, type BotMessage, type ParsedMessage } from '../messages/message.ts';
import type { JobEventQueue } from './job-event-queue.ts';
import { isStartMessage, isStartDeleted, learnFrom, toForeignCandidate, unlearnFrom, type Candidate } from './candidate.ts';

/** A candidate with its event queue and its messages. */
export interface RegistryEntry {
  candidate: Candidate;
  /** The job's event queue. Undefined for a foreign job, which is registered only so that its messages do not match other jobs. */
  readonly events: JobEventQueue | undefined;
  /** The job's messages as last seen, by id; partial updates are completed from them. */
  readonly messages: Map<string, BotMessage>;
  readonly sinceMs: number;
  /** When the last of its start messages was deleted. */
  startDeletedAtMs: number | null;
}

/**
 * All jobs of one channel and its unmatched messages. Matches each message to its job by the rules of `match-message.ts`, at once or when
 * later evidence allows it, and delivers no message twice.
 */
export interface CandidateRegistry {
  add(candidate: Candidate, events: JobEventQueue): RegistryEntry;
  /** The open jobs of this server. */
  ownEntries(): RegistryEntry[];
  /** Ids of all known start messages, of own and foreign jobs. */
  startMessageIds(): string[];
  /** Returns the job that issued `nonce`. Without a nonce: the job that owns the interaction `id`. */
  findByInteraction(nonce: string | undefined, id: string | undefined): RegistryEntry | undefined;
  /** Returns the message as it was last seen. */
  lastSeen(messageId: string): BotMessage | undefined;
  /** True for a result that was delivered or belongs to another job: further events about it are ignored. */
  isDelivered(messageId: string): boolean;
  markDelivered(messageIds: readonly string[]): void;
  /** `sawCreation`: the message comes from its creation event. */
  receive(message: BotMessage, sawCreation: boolean): void;
  onDeleted(messageIds: readonly string[]): void;
  /** Tries again to match the unmatched messages. */
  matchAll(): void;
  /** Tells the registry that the history was read: the wait of each unmatched message is one step further. */
  historyRead(): void;
  /** Returns true if an unmatched message has not waited long enough yet. */
  needsHistory(): boolean;
  /** Removes a job that has ended, with or without a result. */
  end(entry: RegistryEntry): void;
  /** Called when the run of a job was stopped. The job becomes foreign: it may go on at Midjourney, and its result must not match another job. */
  abandon(entry: RegistryEntry): void;
}

/** Foreign jobs and unmatched messages are forgotten after this time; no event about them can come any more. */
const FORGET_AFTER_MS = 35 * 60_000;
/** The result of a foreign job is posted within this time after its start message was deleted, or never. */
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

  /** After a restart, another job's read of the history may have registered this job's messages as foreign. Removes such entries. */
  function releaseFromForeign({ operation }: Candidate): void {
    entries = entries.filter(
      ({ candidate }) => candidate.isOwn || !candidate.operation.messageIds.some((id) => operation.messageIds.includes(id)),
    );
    delivered.releaseForeign(operation.messageIds);
  }

  /**
   * Called when `entry` has just learned its Midjourney job id. If another job of this server ended with the result of that Midjourney job
   * and both sent equal requests, the two jobs have swapped results: `entry` gets the messages that are still to come for the other job.
   */
  function swapResults(entry: RegistryEntry): void {
    const { candidate } = entry;
    const rival = candidate.isOwn ? unprovenResults.takeConflicting(candidate) : undefined;
    if (!rival) return;
    if (!isSameRequest(candidate, rival.candidate)) {
      log.error(
        { jobId: rival.candidate.key, expectedJobId: candidate.key },
        "result delivered to the wrong job: check both jobs' pictures",
      );
      delivered.remove(rival.claimedIds);
      return;
    }
    log.warn(
      { jobId: candidate.key, otherJobId: rival.candidate.key },
      'two jobs with equal requests swapped results: each gets the picture of the other',
    );
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

  /** Returns the ids of unmatched start messages that are older than this result and can only belong to its job. */
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
    // Events may arrive out of order after a resume, so a job that was registered as foreign may be this job.
    if (entry.candidate.isOwn) entries = entries.filter(({ candidate }) => candidate.isOwn || !candidate.operation.messageIds.includes(id));
    if (by === 'nonce') unlearnFromOthers(entry, parsed);
    unmatched.remove((other) => other.message.id === id);
    if (by === 'order')
      log.warn(
        { jobId: entry.candidate.key, messageId: id },
        'no evidence distinguishes jobs with equal prompts: results delivered in order',
      );
    if (parsed.stage === 'final' && entry.candidate.answer === 'job') {
      const { isOwn, isUnproven, operation } = entry.candidate;
      const ids = [id, ...parsed.jobUuids];
      if (!isOwn && by === 'uuid') delivered.addForeign(operation.messageIds, ids);
      if (isOwn && isUnproven) endUnproven(entry.candidate, starts, parsed);
      // A read of the history that has already begun may still return the start messages.
      markDelivered(isOwn && !isUnproven ? [...ids, ...operation.messageIds] : ids);
      remove(entry);
    }
    entry.events?.push({ type: 'message', parsed, by });
    if (parsed.stage !== 'final') swapResults(entry);
  }

  /** A nonce proves the owner of a start message. Other jobs that matched it by likeness search again. */
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

  /**
   * Returns the next match among the unmatched messages: a certain match first, because candidates have learned meanwhile, then a likely
   * match.
   */
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

  /** Registers a foreign job (started by another program or by hand), so that its result matches it. */
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
      // A job that ended with a result is removed already; this handles a job that ended with a refusal.
      if (!entries.includes(entry)) return;
      remove(entry);
      const { candidate } = entry;
      const { messageIds, jobUuids } = candidate.operation;
      const last = messageIds.at(-1);
      if (!candidate.isOwn || candidate.answer !== 'job' || last === undefined) return;
      // The start message may stay in the channel and must not match another job with an equal request.
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
