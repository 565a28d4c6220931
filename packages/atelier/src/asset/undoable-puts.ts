import type { BlobStore } from '../core/asset.ts';

/** Puts that belong together: `undo` removes whatever was put, once what is under way has ended, and refuses any more. */
export function createUndoablePuts(blobs: BlobStore): Pick<BlobStore, 'put'> & { undo(): Promise<void> } {
  const puts = new Map<string, Promise<unknown>>();
  let undone = false;
  return {
    async put(key, bytes) {
      if (undone) throw new Error('another file of the same job could not be kept');
      const done = blobs.put(key, bytes);
      puts.set(key, done);
      return done;
    },
    async undo() {
      undone = true;
      await Promise.allSettled(puts.values());
      await Promise.allSettled([...puts.keys()].map((key) => blobs.remove(key)));
    },
  };
}
