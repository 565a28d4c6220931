/** Numbers below the highest that are remembered, to tell a late event from a repeated one. */
const MEMORY = 1_000;

/** Counts the numbered dispatches of a session. */
export interface Sequence {
  /** False if an event with this number was taken before. */
  take(number: number): boolean;
  /**
   * The last number up to which no event is missing. Heartbeats report it, and a resume goes on after it. Null before the first event.
   * Never decreases.
   */
  last(): number | null;
  /** From here to `endReplay` Discord repeats the missed events. */
  startReplay(): void;
  endReplay(): void;
}

/**
 * On an open connection events come in order, so the highest number is the last one. A replay may lack that order: `last` then stops before the first missing
 * number, and after a connection that breaks during the replay the resume asks for the missing events again. Repeated events are dropped by number; late
 * events pass.
 */
export function createSequence(): Sequence {
  const taken = new Set<number>();
  let highest: number | null = null;
  let last: number | null = null;
  let isReplaying = false;

  /** Events up to this number were taken or given up. */
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
      if (!isReplaying || last === null) last = highest;
      else while (taken.has(last + 1)) last += 1;
      forgetOld();
      return true;
    },
    last: () => last,
    startReplay() {
      isReplaying = true;
    },
    endReplay() {
      isReplaying = false;
      last = highest;
    },
  };
}
