/** Jobs whose callbacks wait until the reply to their request is out. A job may be suppressed several times. */
export interface SuppressedJobs {
  /** Suppresses the callbacks of a job until the returned function is called. Calling it again does nothing. */
  suppress(jobId: string): () => void;
  has(jobId: string): boolean;
  jobIds(): string[];
}

/** `onReleased` is called each time a suppression ends. */
export function createSuppressedJobs(onReleased: () => void): SuppressedJobs {
  const counts = new Map<string, number>();
  return {
    has: (jobId) => counts.has(jobId),
    jobIds: () => [...counts.keys()],
    suppress(jobId) {
      counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
      let isActive = true;
      return () => {
        if (!isActive) return;
        isActive = false;
        const left = (counts.get(jobId) ?? 1) - 1;
        if (left > 0) counts.set(jobId, left);
        else counts.delete(jobId);
        onReleased();
      };
    },
  };
}
