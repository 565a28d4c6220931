import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { identify, isCertain, possibleTraces, settle, type Evidence, type Placement } from './match-message.ts';
import { createGivenResults } from './delivered-results.ts';
import { createLikelyEnds, inPlaceOf, isSameRequest } from './unproven-results.ts';
import { toSighting, type BotMessage, type Sighting } from '../messages/message.ts';
import type { Mailbox } from './job-event-queue.ts';
import { isStart, isStartGone, learn, toForeignTrace, unlearn, type Trace } from './candidate.ts';
import { createWaitingMessages } from './unmatched-messages.ts';

/** One job that is looked out for, with what it is known by. */
export interface Entry {
  trace: Trace;
  /** Where its events go; undefined for a job that is followed only so that nobody else takes its messages. */
  readonly mailbox: Mailbox | undefined;
  /** Its messages as last seen, to complete partial updates. */
  readonly messages: Map<string, BotMessage>;
  readonly sinceMs: number;
  /** When its start message was deleted. */
  goneAtMs: number | null;
}

/**
 * The jobs of one channel and the messages that are not theirs yet: gives each message to its job, by the rules of `correlation.ts`,
 * now or when later evidence allows it, and no message twice.
 */
export interface Register {
  add(trace: Trace, mailbox: Mailbox): Entry;
  /** Our own open jobs. */
  open(): Entry[];
  /** Every start message that is known, of ours and of others. */
  startMessageIds(): string[];
  /** The job that issued a nonce or, without one, owns an interaction. */
  findByInteraction(nonce: string | undefined, id: string | undefined): Entry | undefined;
  /** A message as it was last seen. */
  lastSeen(messageId: string): BotMessage | undefined;
  /** True for results that were given out, or belong to others: they say nothing new. */
  isPlaced(messageId: string): boolean;
  markPlaced(messageIds: readonly string[]): void;
  /** `created`: by the event of its creation. */
  sight(message: BotMessage, created: boolean): void;
  deleted(messageIds: readonly string[]): void;
  /** Tries again what could not be placed. */
  settle(): void;
  /** The history was read: what still waits has waited once more. */
  looked(): void;
  /** Whether a message waits whose usual wait is not over. */
  isWaiting(): boolean;
  /** The job has ended, well or not. */
  end(entry: Entry): void;
  /** Nobody waits for this job any more, but it may go on at Midjourney: it is followed, so that its result is not taken for another's. */
  abandon(entry: Entry): void;
}

/** After this nothing will come any more for jobs that nobody waits for, and for messages that nobody claims. */
const FORGET_AFTER_MS = 35 * 60_000;
/** A followed job without start message: its result comes within this time, or it has none. */
const RESULT_AFTER_DELETION_MS = 3_000;

export function createRegister(deps: { clock: Clock; log: Log; userId(): string | undefined }): Register {
  const { clock, log } = deps;
  let entries: Entry[] = [];
  const waiting = createWaitingMessages();
  const given = createGivenResults();
  const likelyEnds = createLikelyEnds();

  const traces = (): Trace[] => entries.map((entry) => entry.trace);
  const entryOf = (trace: Trace): Entry | undefined => entries.find((entry) => entry.trace.key === trace.key);
  const remove = (entry: Entry): void => {
    entries = entries.filter((other) => other !== entry);
  };
  const markPlaced = (ids: readonly string[]): void => {
    given.place(ids);
    waiting.remove((sighting) => given.isTaken(sighting));
  };

  /**
   * A job that goes on after a restart may have been taken for somebody else's when its messages were read for another job
   * a moment before: then they are not known yet.
   */
  function takeBack({ operation }: Trace): void {
    entries = entries.filter(({ trace }) => trace.ours || !trace.operation.messageIds.some((id) => operation.messageIds.includes(id)));
    given.takeBack(operation.messageIds);
  }

  /**
   * A job has just learnt which of Midjourney's jobs it is, and that one's result has gone to another of ours. If they asked for the same,
   * nothing told them apart then: they have changed places, and what is still to come for the other is this one's.
   */
  function changePlaces(entry: Entry): void {
    const { trace } = entry;
    const rival = trace.ours ? likelyEnds.takeRival(trace) : undefined;
    if (!rival) return;
    const facts = { jobId: trace.key, otherJobId: rival.trace.key };
    if (!isSameRequest(trace, rival.trace)) {
      log.error(facts, 'a result was given to the wrong job');
      given.release(rival.claimed);
      return;
    }
    log.warn(facts, 'two equal requests have changed places: each gets the picture of the other');
    entry.trace = inPlaceOf(trace, rival);
    takeBack(entry.trace);
    entry.mailbox?.push({ type: 'gap' });
  }

  function forgetOld(): void {
    const nowMs = clock.now();
    entries = entries.filter(
      ({ mailbox, sinceMs, goneAtMs }) =>
        mailbox !== undefined || (sinceMs > nowMs - FORGET_AFTER_MS && (goneAtMs === null || goneAtMs > nowMs - RESULT_AFTER_DELETION_MS)),
    );
    waiting.forgetBefore(nowMs - FORGET_AFTER_MS);
    given.forgetOld();
    likelyEnds.forget((sinceMs) => sinceMs <= nowMs - FORGET_AFTER_MS);
  }

  /** Start messages, older than this result, that by likeness can only have been its job's. */
  function startsBehind({ trace }: Entry, { stage, message: result }: Sighting): string[] {
    if (stage !== 'final' || trace.operation.messageIds.length > 0) return [];
    const isOnly = (possible: readonly Trace[]): boolean => possible.length === 1 && possible[0] === trace;
    const starts = waiting
      .all()
      .map(({ sighting }) => sighting)
      .filter((other) => isStart(other) && BigInt(other.message.id) < BigInt(result.id));
    return starts.filter((start) => isOnly(possibleTraces(start, traces()))).map(({ message }) => message.id);
  }

  function deliver(entry: Entry, sighting: Sighting, by: Evidence): void {
    const { id } = sighting.message;
    const starts = startsBehind(entry, sighting);
    entry.trace = learn({ ...entry.trace, likely: entry.trace.likely || !isCertain(by) }, sighting);
    entry.messages.set(id, sighting.message);
    // Events may come out of order after a resume: what was followed as somebody else's may turn out to be ours.
    if (entry.trace.ours) entries = entries.filter(({ trace }) => trace.ours || !trace.operation.messageIds.includes(id));
    if (by === 'nonce') disown(entry, sighting);
    waiting.remove((other) => other.message.id === id);
    if (by === 'order')
      log.warn({ jobId: entry.trace.key, messageId: id }, 'equal prompts cannot be told apart: results given out in order');
    if (sighting.stage === 'final' && entry.trace.answer === 'job') {
      const { ours, likely, operation } = entry.trace;
      const ids = [id, ...sighting.jobUuids];
      if (!ours && by === 'uuid') given.givenAway(operation.messageIds, ids);
      if (ours && likely) endByLikeness(entry.trace, starts, sighting);
      // A history that was asked for before may still bring the start.
      markPlaced(ours && !likely ? [...ids, ...operation.messageIds] : ids);
      remove(entry);
    }
    entry.mailbox?.push({ type: 'message', sighting, by });
    if (sighting.stage !== 'final') changePlaces(entry);
  }

  /** A nonce proves whose a start message is: whoever had it by likeness looks for its own again. */
  function disown(owner: Entry, { message }: Sighting): void {
    likelyEnds.disown(message);
    given.takeBack([message.id]);
    for (const entry of entries) {
      if (entry === owner || !entry.trace.operation.messageIds.includes(message.id)) continue;
      entry.trace = unlearn(entry.trace, message);
      entry.mailbox?.push({ type: 'gap' });
    }
  }

  function endByLikeness(trace: Trace, starts: readonly string[], { message, jobUuids }: Sighting): void {
    const messageIds = [...trace.operation.messageIds, ...starts];
    likelyEnds.add({
      trace: { ...trace, operation: { ...trace.operation, messageIds } },
      messageId: message.id,
      claimed: [message.id, ...jobUuids, ...messageIds],
      sinceMs: clock.now(),
    });
    waiting.remove((other) => starts.includes(other.message.id));
  }

  /** What can be placed now: with certainty, for jobs change too, or by likeness. */
  function nextPlacement(): Placement | undefined {
    for (const { sighting } of waiting.all()) {
      const found = identify(sighting, traces());
      if (found) return { sighting, ...found };
    }
    return settle(waiting.all(), traces());
  }

  function settleAll(): void {
    forgetOld();
    for (let placement = nextPlacement(); placement; placement = nextPlacement()) {
      const entry = entryOf(placement.trace);
      if (!entry) break;
      deliver(entry, placement.sighting, placement.by);
    }
    const isPossible = (sighting: Sighting): boolean => possibleTraces(sighting, traces()).length > 0;
    for (const sighting of waiting.takeUnclaimed(traces(), isPossible)) if (!likelyEnds.recognise(sighting)) follow(sighting);
  }

  /** A job that somebody started here by other means: its result must be known for what it is. */
  function follow(sighting: Sighting): void {
    const { message, heading } = sighting;
    if (!isStart(sighting) || !heading || heading.userId !== deps.userId()) return;
    const trace = toForeignTrace(sighting, heading.userId, clock.now());
    entries.push({ trace, mailbox: undefined, messages: new Map([[message.id, message]]), sinceMs: clock.now(), goneAtMs: null });
  }

  return {
    add(trace, mailbox) {
      takeBack(trace);
      const entry: Entry = { trace, mailbox, messages: new Map(), sinceMs: clock.now(), goneAtMs: null };
      entries.push(entry);
      return entry;
    },
    open: () => entries.filter((entry) => entry.mailbox !== undefined),
    startMessageIds: () => traces().flatMap((trace) => trace.operation.messageIds),
    findByInteraction: (nonce, id) =>
      entries.find(({ mailbox, trace: { operation } }) => {
        if (mailbox === undefined) return false;
        return nonce === undefined ? id !== undefined && operation.interactionIds.includes(id) : operation.nonces.includes(nonce);
      }),
    lastSeen: (id) => entries.map((entry) => entry.messages.get(id)).find(Boolean) ?? waiting.find(id),
    isPlaced: (id) => given.isPlaced(id),
    markPlaced,
    sight(message, created) {
      const sighting = toSighting(message);
      const found = identify(sighting, traces());
      const entry = found && entryOf(found.trace);
      if (found && entry) deliver(entry, sighting, found.by);
      else if (!likelyEnds.recognise(sighting) && !given.isTaken(sighting) && (isStart(sighting) || sighting.stage === 'final'))
        waiting.add(sighting, { nowMs: clock.now(), goneBefore: traces().flatMap((trace) => trace.gone), created });
      settleAll();
    },
    deleted(ids) {
      for (const entry of entries) {
        const gone = entry.trace.operation.messageIds.filter((id) => ids.includes(id) && !entry.trace.gone.includes(id));
        if (gone.length === 0) continue;
        entry.trace = { ...entry.trace, gone: [...entry.trace.gone, ...gone] };
        if (!isStartGone(entry.trace)) continue;
        entry.goneAtMs = clock.now();
        entry.mailbox?.push({ type: 'start-gone' });
      }
      waiting.remove((other) => ids.includes(other.message.id));
      settleAll();
    },
    settle: settleAll,
    looked() {
      waiting.looked();
      settleAll();
    },
    isWaiting: () => waiting.all().some((item) => !item.overdue),
    end(entry) {
      // A result has ended it before; here a refusal does.
      if (!entries.includes(entry)) return;
      remove(entry);
      const { trace } = entry;
      const { messageIds, jobUuids } = trace.operation;
      const last = messageIds.at(-1);
      if (!trace.ours || trace.answer !== 'job' || last === undefined) return;
      // Its start may stay in the channel, and must not be taken for that of an equal one.
      if (!trace.likely) markPlaced(messageIds);
      else likelyEnds.add({ trace, messageId: last, claimed: [...messageIds, ...jobUuids], sinceMs: clock.now() });
    },
    abandon(entry) {
      if (!entries.includes(entry)) return;
      remove(entry);
      const { trace, goneAtMs } = entry;
      if (trace.answer !== 'job' || trace.operation.messageIds.length === 0 || isStartGone(trace)) return;
      entries.push({ trace: { ...trace, ours: false }, mailbox: undefined, messages: entry.messages, sinceMs: clock.now(), goneAtMs });
    },
  };
}
