/** Jobs whose callbacks are kept back for now. A job may be held several times; it is free when every hold has ended. */
export interface Holds {
  /** Returns the end of this hold; calling it again does nothing. */
  hold(jobId: string): () => void;
  has(jobId: string): boolean;
  jobIds(): string[];
}

/** `onFree` is told when a hold has ended. */
export function createHolds(onFree: () => void): Holds {
  const counts = new Map<string, number>();
  return {
    has: (jobId) => counts.has(jobId),
    jobIds: () => [...counts.keys()],
    hold(jobId) {
      counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        const left = (counts.get(jobId) ?? 1) - 1;
        if (left > 0) counts.set(jobId, left);
        else counts.delete(jobId);
        onFree();
      };
    },
  };
}
