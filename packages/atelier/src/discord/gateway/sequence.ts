/** How many numbers below the highest are remembered, to tell a late event from a repeated one. */
const MEMORY = 1_000;

/** Keeps count of a session's numbered dispatches. */
export interface Sequence {
  /** False when an event of this number was taken before. */
  take(number: number): boolean;
  /**
   * The last number that we can vouch for: what a heartbeat reports, and where a resume goes on. Null before the first event.
   * Never goes back.
   */
  last(): number | null;
  /** From here to `endReplay` Discord sends again what we missed. */
  startReplay(): void;
  endReplay(): void;
}

/**
 * On a standing connection events come in order, so the highest number is the last one. During a replay we do not rely on it:
 * `last` moves only over numbers without a hole, and a connection that breaks in mid-replay asks for the missing ones again.
 * Repeated events are dropped by number, late ones let through.
 */
export function createSequence(): Sequence {
  const taken = new Set<number>();
  let highest: number | null = null;
  let last: number | null = null;
  let replaying = false;

  /** What is not above it was either taken or given up. */
  const floor = (): number => (highest === null || last === null ? -1 : Math.min(last, highest - MEMORY));
  const forgetOld = (): void => {
    if (taken.size <= 2 * MEMORY) return;
    for (const number of taken) if (number <= floor()) taken.delete(number);
  };

  return {
    take(number) {
      if (taken.has(number) || number <= floor()) return false;
      taken.add(number);
      highest = Math.max(highest ?? number, number);
      if (!replaying || last === null) last = highest;
      else while (taken.has(last + 1)) last += 1;
      forgetOld();
      return true;
    },
    last: () => last,
    startReplay() {
      replaying = true;
    },
    endReplay() {
      replaying = false;
      last = highest;
    },
  };
}
