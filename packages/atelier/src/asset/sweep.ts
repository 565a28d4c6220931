import { type Clock, sleep } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { AssetStore } from '../core/store.ts';
import type { BlobStore } from '../core/asset.ts';

const EVERY_MS = 60_000;
const PAGE = 200;

/** Removes expired files: first the bytes, then the record, so that after a crash in between the work is only repeated. */
export function createSweeper(deps: { clock: Clock; log: Log; store: AssetStore; blobs: BlobStore }) {
  const { clock, store, blobs } = deps;

  /** Removes the files that have expired by now, and returns their number. A file that cannot be removed is tried again by the next sweep. */
  async function sweep(signal?: AbortSignal): Promise<number> {
    let removed = 0;
    for (;;) {
      const expired = await store.expiredAssets(clock.now(), PAGE);
      const removals = await Promise.allSettled(expired.map((asset) => blobs.remove(asset.id)));
      const gone = expired.filter((_asset, index) => removals[index]?.status === 'fulfilled');
      await store.deleteAssets(gone.map((asset) => asset.id));
      removed += gone.length;
      const failure = removals.find((removal) => removal.status === 'rejected');
      if (failure)
        deps.log.error(
          { err: failure.reason, files: expired.length - gone.length },
          'expired files could not be removed from the blob store; trying again in a minute',
        );
      // After a page with only failures the next page would be the same.
      if (expired.length < PAGE || gone.length === 0 || signal?.aborted) return removed;
    }
  }

  return {
    sweep,
    /** Sweeps once a minute until aborted. */
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        try {
          const removed = await sweep(signal);
          if (removed > 0) deps.log.info({ removed }, 'expired files removed');
        } catch (error) {
          deps.log.error({ err: error }, 'expired files could not be read from the store; trying again in a minute');
        }
        await sleep(clock, EVERY_MS, signal).catch(() => {});
      }
    },
  };
}
