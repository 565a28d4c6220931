import { mayBeProved, type Unplaced } from './match-message.ts';
import type { BotMessage, Sighting } from '../messages/message.ts';
import type { Trace } from './candidate.ts';

interface Waiting extends Unplaced {
  readonly sinceMs: number;
  readonly looks: number;
}

/** Messages of the channel that are nobody's yet. */
export interface WaitingMessages {
  all(): readonly Unplaced[];
  /** `goneBefore`: start messages that are deleted by now. `created`: by the event of its creation. */
  add(sighting: Sighting, facts: { nowMs: number; goneBefore: readonly string[]; created: boolean }): void;
  find(messageId: string): BotMessage | undefined;
  remove(isOut: (sighting: Sighting) => boolean): void;
  /** Takes out those that can belong to none of these, and never will. */
  takeUnclaimed(traces: readonly Trace[], isPossible: (sighting: Sighting) => boolean): Sighting[];
  /** The history was read: each has waited once more. */
  looked(): void;
  forgetBefore(atMs: number): void;
}

const MAX_REMEMBERED = 2_000;
const LOOKS_UNTIL_OVERDUE = 2;

export function createWaitingMessages(): WaitingMessages {
  let waiting: Waiting[] = [];
  return {
    all: () => waiting,
    add(sighting, { nowMs, goneBefore, created }) {
      const before = waiting.find((item) => item.sighting.message.id === sighting.message.id);
      const item = before ?? { overdue: false, looks: 0, sinceMs: nowMs, goneBefore };
      waiting = [...waiting.filter((other) => other !== before), { ...item, sighting, created: created || before?.created === true }];
    },
    find: (id) => waiting.find((item) => item.sighting.message.id === id)?.sighting.message,
    remove(isOut) {
      waiting = waiting.filter(({ sighting }) => !isOut(sighting));
    },
    takeUnclaimed(traces, isPossible) {
      const unclaimed = waiting.filter((item) => !isPossible(item.sighting) && !mayBeProved(item, traces));
      waiting = waiting.filter((item) => !unclaimed.includes(item));
      return unclaimed.map(({ sighting }) => sighting);
    },
    looked() {
      waiting = waiting.map((item) => ({ ...item, looks: item.looks + 1, overdue: item.looks + 1 >= LOOKS_UNTIL_OVERDUE }));
    },
    forgetBefore(atMs) {
      waiting = waiting.filter(({ sinceMs }) => sinceMs > atMs).slice(-MAX_REMEMBERED);
    },
  };
}
