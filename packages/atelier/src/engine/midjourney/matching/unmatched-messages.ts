import { awaitsProof, type UnmatchedMessage } from './match-message.ts';
import type { BotMessage, ParsedMessage } from '../messages/message.ts';
import type { Candidate } from './candidate.ts';

interface StoredMessage extends UnmatchedMessage {
  readonly sinceMs: number;
  readonly historyReads: number;
}

/** Messages of the channel that have no job yet. */
export interface UnmatchedMessages {
  all(): readonly UnmatchedMessage[];
  /** `deletedBefore`: start messages that are deleted by now. `sawCreation`: the message comes from its creation event. */
  add(parsed: ParsedMessage, facts: { nowMs: number; deletedBefore: readonly string[]; sawCreation: boolean }): void;
  find(messageId: string): BotMessage | undefined;
  remove(shouldRemove: (parsed: ParsedMessage) => boolean): void;
  /** Removes and returns the messages that cannot match any of `candidates`, now or later. */
  takeUnmatchable(candidates: readonly Candidate[], isPossible: (parsed: ParsedMessage) => boolean): ParsedMessage[];
  /** Counts one read of the history for each message. */
  historyRead(): void;
  forgetBefore(atMs: number): void;
}

const MAX_REMEMBERED = 2_000;
const READS_UNTIL_WAIT_IS_OVER = 2;

export function createUnmatchedMessages(): UnmatchedMessages {
  let messages: StoredMessage[] = [];
  return {
    all: () => messages,
    add(parsed, { nowMs, deletedBefore, sawCreation }) {
      const before = messages.find((item) => item.parsed.message.id === parsed.message.id);
      const item = before ?? { waitedLongEnough: false, historyReads: 0, sinceMs: nowMs, deletedBefore };
      messages = [
        ...messages.filter((other) => other !== before),
        { ...item, parsed, sawCreation: sawCreation || before?.sawCreation === true },
      ];
    },
    find: (id) => messages.find((item) => item.parsed.message.id === id)?.parsed.message,
    remove(shouldRemove) {
      messages = messages.filter(({ parsed }) => !shouldRemove(parsed));
    },
    takeUnmatchable(candidates, isPossible) {
      const unmatchable = messages.filter((item) => !isPossible(item.parsed) && !awaitsProof(item, candidates));
      messages = messages.filter((item) => !unmatchable.includes(item));
      return unmatchable.map(({ parsed }) => parsed);
    },
    historyRead() {
      messages = messages.map((item) => ({
        ...item,
        historyReads: item.historyReads + 1,
        waitedLongEnough: item.historyReads + 1 >= READS_UNTIL_WAIT_IS_OVER,
      }));
    },
    forgetBefore(atMs) {
      messages = messages.filter(({ sinceMs }) => sinceMs > atMs).slice(-MAX_REMEMBERED);
    },
  };
}
