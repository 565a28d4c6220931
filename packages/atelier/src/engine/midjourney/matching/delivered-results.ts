import type { ParsedMessage } from '../messages/message.ts';

/** Remembers delivered results, so that no message is delivered twice. */
export interface DeliveredResults {
  /** True if the message was delivered, or names a Midjourney job that had its result delivered. */
  includes(parsed: ParsedMessage): boolean;
  /** True if the message with this id was delivered as a result. */
  hasMessage(messageId: string): boolean;
  add(ids: readonly string[]): void;
  remove(ids: readonly string[]): void;
  /** Remembers that the foreign job with these start messages has the result with these ids. */
  addForeign(starts: readonly string[], ids: readonly string[]): void;
  /** These start messages belong to a job of this server: the results that were assigned to them can be delivered again. */
  releaseForeign(starts: readonly string[]): void;
  forgetOld(): void;
}

const MAX_REMEMBERED = 2_000;

export function createDeliveredResults(): DeliveredResults {
  /** Ids of messages and Midjourney jobs. */
  const deliveredIds = new Set<string>();
  let foreign: { starts: readonly string[]; ids: readonly string[] }[] = [];
  const remove = (ids: readonly string[]): void => {
    for (const id of ids) deliveredIds.delete(id);
  };

  return {
    includes: ({ message, jobUuids }) => [message.id, ...jobUuids].some((id) => deliveredIds.has(id)),
    hasMessage: (id) => deliveredIds.has(id),
    add(ids) {
      for (const id of ids) deliveredIds.add(id);
    },
    remove,
    addForeign(starts, ids) {
      foreign = [...foreign, { starts, ids }].slice(-MAX_REMEMBERED);
    },
    releaseForeign(starts) {
      const isSame = (others: readonly string[]): boolean => others.some((id) => starts.includes(id));
      for (const { ids } of foreign.filter((result) => isSame(result.starts))) remove(ids);
      foreign = foreign.filter((result) => !isSame(result.starts));
    },
    forgetOld() {
      for (const id of deliveredIds) {
        if (deliveredIds.size <= MAX_REMEMBERED) break;
        deliveredIds.delete(id);
      }
    },
  };
}
