import { identify, possibleTraces } from './match-message.ts';
import type { Sighting } from '../messages/message.ts';
import { isStart, learn, unlearn, type Trace } from './candidate.ts';

/** A job of ours that ended with a result, or a refusal, which by likeness was its own. */
export interface LikelyEnd {
  /** By what it would be known if it were still open. */
  trace: Trace;
  /** The message that ended it, or the last one before. */
  readonly messageId: string;
  /** All messages and Midjourney jobs that it ended with. */
  readonly claimed: readonly string[];
  readonly sinceMs: number;
}

/**
 * Jobs that ended by likeness, remembered until proof says who they were: their start messages may be seen only afterwards, since the
 * history may overtake the events and the other way round. Then the end either was theirs, or it was that of another of ours, which
 * asked for the same at the same time; and that one finds here what has become of its own.
 */
export interface LikelyEnds {
  add(end: LikelyEnd): void;
  /** True for a start message of one of these jobs: it teaches who that was, and is nobody else's. */
  recognise(sighting: Sighting): boolean;
  /** The job that ended with what is now proved to be this one's; it is forgotten here. */
  takeRival(trace: Trace): LikelyEnd | undefined;
  /** A message proved to be another job's after all. */
  disown(message: Sighting['message']): void;
  forget(isOld: (sinceMs: number) => boolean): void;
}

const overlaps = (some: readonly string[], others: readonly string[]): boolean => some.some((one) => others.includes(one));

export function createLikelyEnds(): LikelyEnds {
  let ends: LikelyEnd[] = [];

  function find(sighting: Sighting): LikelyEnd | undefined {
    if (!isStart(sighting)) return undefined;
    const known = identify(
      sighting,
      ends.map(({ trace }) => trace),
    );
    if (known) return ends.find(({ trace }) => trace === known.trace);
    // A start that belongs to nobody, older than the result of one job that has none: this job's.
    const likely = ends.filter(
      ({ trace, messageId }) =>
        trace.operation.messageIds.length === 0 &&
        BigInt(sighting.message.id) < BigInt(messageId) &&
        possibleTraces(sighting, [{ ...trace, unbroken: false }]).length > 0,
    );
    return likely.length === 1 ? likely[0] : undefined;
  }

  return {
    add(end) {
      ends = [...ends, end];
    },
    recognise(sighting) {
      const end = find(sighting);
      if (!end) return false;
      end.trace = learn(end.trace, sighting);
      return true;
    },
    takeRival(trace) {
      const known = [...trace.operation.messageIds, ...trace.operation.jobUuids];
      const rival = ends.find((end) => end.trace.key !== trace.key && overlaps(end.claimed, known));
      ends = ends.filter((end) => end !== rival);
      return rival;
    },
    disown(message) {
      for (const end of ends) end.trace = unlearn(end.trace, message);
    },
    forget(isOld) {
      ends = ends.filter(({ sinceMs }) => !isOld(sinceMs));
    },
  };
}

export const isSameRequest = (one: Trace, other: Trace): boolean =>
  one.operation.prompt === other.operation.prompt &&
  one.operation.sourceMessageId === other.operation.sourceMessageId &&
  JSON.stringify(one.effect) === JSON.stringify(other.effect);

/** The trace of a job that is from now on known by all that its rival was known by. */
export function inPlaceOf(trace: Trace, { trace: rival }: LikelyEnd): Trace {
  const { nonces, interactionIds, messageIds, jobUuids, cancel } = rival.operation;
  // The last nonce is the one in use, and stays its own.
  const operation = { ...trace.operation, nonces: [...nonces, ...trace.operation.nonces], interactionIds, messageIds, jobUuids, cancel };
  return { ...trace, unbroken: false, likely: true, gone: rival.gone, operation };
}
