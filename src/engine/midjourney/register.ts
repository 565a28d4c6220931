import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import {
  identify,
  isStart,
  isStartGone,
  learn,
  possibleTraces,
  settle,
  type Evidence,
  type Placement,
  type Trace,
  type Unplaced,
} from './correlation.ts';
import { effectOfHeading } from './effects.ts';
import { toSighting, type BotMessage, type Sighting } from './message.ts';
import { newOperation } from './operation.ts';
import type { Mailbox } from './ticket.ts';

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
  sight(message: BotMessage): void;
  deleted(messageIds: readonly string[]): void;
  /** Tries again what could not be placed. */
  settle(): void;
  /** The history was read: what still waits has waited once more. */
  looked(): void;
  /** Whether a message waits whose usual wait is not over. */
  isWaiting(): boolean;
  remove(entry: Entry): void;
  /** Nobody waits for this job any more, but it may go on at Midjourney: it is followed, so that its result is not taken for another's. */
  abandon(entry: Entry): void;
}

/** After this nothing will come any more for jobs that nobody waits for, and for messages that nobody claims. */
const FORGET_AFTER_MS = 35 * 60_000;
const MAX_REMEMBERED = 2_000;
/** A followed job without start message: its result comes within this time, or it has none. */
const RESULT_AFTER_DELETION_MS = 3_000;
const LOOKS_UNTIL_OVERDUE = 2;

interface Waiting extends Unplaced {
  readonly sinceMs: number;
  readonly looks: number;
}

export function createRegister(deps: { clock: Clock; log: Log; userId(): string | undefined }): Register {
  const { clock, log } = deps;
  let entries: Entry[] = [];
  let waiting: Waiting[] = [];
  /** Messages and uuids of results that were given out. */
  const placed = new Set<string>();
  /** Start messages whose job has ended, by all likelihood: the history may overtake the events, and the proof that one is another job's may yet come. */
  const setAside = new Set<string>();

  const traces = (): Trace[] => entries.map((entry) => entry.trace);
  /** What jobs that seemed to be somebody else's were given with certainty, by their start messages. */
  let givenAway: { starts: readonly string[]; ids: readonly string[] }[] = [];

  const entryOf = (trace: Trace): Entry | undefined => entries.find((entry) => entry.trace.key === trace.key);
  const remove = (entry: Entry): void => {
    entries = entries.filter((other) => other !== entry);
  };
  const isTaken = ({ message, jobUuids }: Sighting): boolean => [message.id, ...jobUuids].some((id) => placed.has(id) || setAside.has(id));
  const markPlaced = (ids: readonly string[]): void => {
    for (const id of ids) placed.add(id);
    waiting = waiting.filter(({ sighting }) => !isTaken(sighting));
  };

  /**
   * A job that goes on after a restart may have been taken for somebody else's when its messages were read for another job
   * a moment before: then they are not known yet.
   */
  function takeBack({ operation }: Trace): void {
    const isSame = (starts: readonly string[]): boolean => starts.some((id) => operation.messageIds.includes(id));
    entries = entries.filter(({ trace }) => trace.ours || !isSame(trace.operation.messageIds));
    for (const { ids } of givenAway.filter(({ starts }) => isSame(starts))) for (const id of ids) placed.delete(id);
    givenAway = givenAway.filter(({ starts }) => !isSame(starts));
  }

  function forgetOld(): void {
    const nowMs = clock.now();
    entries = entries.filter(
      ({ mailbox, sinceMs, goneAtMs }) =>
        mailbox !== undefined || (sinceMs > nowMs - FORGET_AFTER_MS && (goneAtMs === null || goneAtMs > nowMs - RESULT_AFTER_DELETION_MS)),
    );
    waiting = waiting.filter(({ sinceMs }) => sinceMs > nowMs - FORGET_AFTER_MS).slice(-MAX_REMEMBERED);
    for (const known of [placed, setAside]) {
      for (const id of known) {
        if (known.size <= MAX_REMEMBERED) break;
        known.delete(id);
      }
    }
  }

  /** Start messages, older than this result, that by likeness can only have been its job's. */
  function startsBehind({ trace }: Entry, { stage, message: result }: Sighting): string[] {
    if (stage !== 'final' || trace.operation.messageIds.length > 0) return [];
    const isOnly = (possible: readonly Trace[]): boolean => possible.length === 1 && possible[0] === trace;
    const starts = waiting
      .map(({ sighting }) => sighting)
      .filter((other) => isStart(other) && BigInt(other.message.id) < BigInt(result.id));
    return starts.filter((start) => isOnly(possibleTraces(start, traces()))).map(({ message }) => message.id);
  }

  function deliver(entry: Entry, sighting: Sighting, by: Evidence): void {
    const { id } = sighting.message;
    for (const start of startsBehind(entry, sighting)) setAside.add(start);
    entry.trace = learn(entry.trace, sighting);
    entry.messages.set(id, sighting.message);
    // Events may come out of order after a resume: what was followed as somebody else's may turn out to be ours.
    if (entry.trace.ours) entries = entries.filter(({ trace }) => trace.ours || !trace.operation.messageIds.includes(id));
    waiting = waiting.filter(({ sighting: other }) => other.message.id !== id);
    if (by === 'order')
      log.warn({ jobId: entry.trace.key, messageId: id }, 'equal prompts cannot be told apart: results given out in order');
    if (sighting.stage === 'final' && entry.trace.answer === 'job') {
      const ids = [id, ...sighting.jobUuids];
      if (!entry.trace.ours && by === 'uuid')
        givenAway = [...givenAway, { starts: entry.trace.operation.messageIds, ids }].slice(-MAX_REMEMBERED);
      markPlaced(ids);
      remove(entry);
    }
    entry.mailbox?.push({ type: 'message', sighting, by });
  }

  /** What can be placed now: with certainty, for jobs change too, or by likeness. */
  function nextPlacement(): Placement | undefined {
    for (const { sighting } of waiting) {
      const found = identify(sighting, traces());
      if (found) return { sighting, ...found };
    }
    return settle(waiting, traces());
  }

  function settleAll(): void {
    forgetOld();
    for (let placement = nextPlacement(); placement; placement = nextPlacement()) {
      const entry = entryOf(placement.trace);
      if (!entry) break;
      deliver(entry, placement.sighting, placement.by);
    }
    const unclaimed = waiting.filter(({ sighting }) => possibleTraces(sighting, traces()).length === 0);
    waiting = waiting.filter((item) => !unclaimed.includes(item));
    for (const { sighting } of unclaimed) follow(sighting);
  }

  /** A job that somebody started here by other means: its result must be known for what it is. */
  function follow(sighting: Sighting): void {
    const { message, heading } = sighting;
    if (isStart(sighting) && heading && heading.userId === deps.userId()) {
      const operation = newOperation({
        accountId: '',
        channelId: message.channelId,
        guildId: message.guildId ?? '',
        plannedAtMs: clock.now(),
        nonce: message.nonce ?? '',
        sourceMessageId: message.referenceId ?? message.interaction?.interactedMessageId ?? null,
        prompt: heading.prompt,
      });
      const key = `foreign:${message.id}`;
      const trace: Trace = {
        key,
        ours: false,
        userId: heading.userId,
        answer: 'job',
        operation,
        effect: effectOfHeading(heading),
        command: null,
        unbroken: true,
        gone: [],
        patience: 'usual',
      };
      const messages = new Map([[message.id, message]]);
      entries.push({ trace: learn(trace, sighting), mailbox: undefined, messages, sinceMs: clock.now(), goneAtMs: null });
    }
  }

  function wait(sighting: Sighting): void {
    const before = waiting.find((item) => item.sighting.message.id === sighting.message.id);
    const fresh = { overdue: false, looks: 0, sinceMs: clock.now(), goneBefore: traces().flatMap((trace) => trace.gone) };
    waiting = [...waiting.filter((other) => other !== before), { ...(before ?? fresh), sighting }];
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
    lastSeen: (id) =>
      entries.map((entry) => entry.messages.get(id)).find(Boolean) ??
      waiting.find((item) => item.sighting.message.id === id)?.sighting.message,
    isPlaced: (id) => placed.has(id),
    markPlaced,
    sight(message) {
      const sighting = toSighting(message);
      const found = identify(sighting, traces());
      const entry = found && entryOf(found.trace);
      if (found && entry) deliver(entry, sighting, found.by);
      else if (!isTaken(sighting) && (isStart(sighting) || sighting.stage === 'final')) wait(sighting);
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
      waiting = waiting.filter((item) => !ids.includes(item.sighting.message.id));
      settleAll();
    },
    settle: settleAll,
    looked() {
      waiting = waiting.map((item) => {
        const looks = item.looks + 1;
        return { ...item, looks, overdue: looks >= LOOKS_UNTIL_OVERDUE };
      });
      settleAll();
    },
    isWaiting: () => waiting.some((item) => !item.overdue),
    remove,
    abandon(entry) {
      if (!entries.includes(entry)) return;
      remove(entry);
      const { trace, goneAtMs } = entry;
      if (trace.answer !== 'job' || trace.operation.messageIds.length === 0 || isStartGone(trace)) return;
      entries.push({ trace: { ...trace, ours: false }, mailbox: undefined, messages: entry.messages, sinceMs: clock.now(), goneAtMs });
    },
  };
}
