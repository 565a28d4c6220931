import type { Sighting } from '../messages/message.ts';

/** Which results were given out, so that no message is given twice. */
export interface GivenResults {
  /** True for a message that was given out, or names a job whose result was. */
  isTaken(sighting: Sighting): boolean;
  /** True for a message that was given out as a result, by its id. */
  isPlaced(messageId: string): boolean;
  place(ids: readonly string[]): void;
  release(ids: readonly string[]): void;
  /** A job that seemed to be somebody else's was given a result with certainty. */
  givenAway(starts: readonly string[], ids: readonly string[]): void;
  /** These start messages are ours after all: what was given away for them is free again. */
  takeBack(starts: readonly string[]): void;
  forgetOld(): void;
}

const MAX_REMEMBERED = 2_000;

export function createGivenResults(): GivenResults {
  /** Messages and uuids. */
  const placed = new Set<string>();
  let away: { starts: readonly string[]; ids: readonly string[] }[] = [];
  const release = (ids: readonly string[]): void => {
    for (const id of ids) placed.delete(id);
  };

  return {
    isTaken: ({ message, jobUuids }) => [message.id, ...jobUuids].some((id) => placed.has(id)),
    isPlaced: (id) => placed.has(id),
    place(ids) {
      for (const id of ids) placed.add(id);
    },
    release,
    givenAway(starts, ids) {
      away = [...away, { starts, ids }].slice(-MAX_REMEMBERED);
    },
    takeBack(starts) {
      const isSame = (others: readonly string[]): boolean => others.some((id) => starts.includes(id));
      for (const { ids } of away.filter((gift) => isSame(gift.starts))) release(ids);
      away = away.filter((gift) => !isSame(gift.starts));
    },
    forgetOld() {
      for (const id of placed) {
        if (placed.size <= MAX_REMEMBERED) break;
        placed.delete(id);
      }
    },
  };
}
