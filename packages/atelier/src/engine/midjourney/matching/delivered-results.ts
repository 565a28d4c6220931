import type { ParsedMessage } from '../messages/message.ts';

/** Which results were given out, so that no message is given twice. */
export interface DeliveredResults {
  /** True for a message that was given out, or names a job whose result was. */
  includes(parsed: ParsedMessage): boolean;
  /** True for a message that was given out as a result, by its id. */
  hasMessage(messageId: string): boolean;
  add(ids: readonly string[]): void;
  remove(ids: readonly string[]): void;
  /** A job that seemed to be somebody else's was given a result with certainty. */
  addForeign(starts: readonly string[], ids: readonly string[]): void;
  /** These start messages are ours after all: what was given away for them is free again. */
  releaseForeign(starts: readonly string[]): void;
  forgetOld(): void;
}

const MAX_REMEMBERED = 2_000;

export function createDeliveredResults(): DeliveredResults {
  /** Messages and uuids. */
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
