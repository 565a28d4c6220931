import { type Clock, sleep } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { AssetStore } from '../core/store.ts';
import type { BlobStore } from '../core/asset.ts';

const EVERY_MS = 60_000;
const PAGE = 200;

/** Removes files whose time is over: first the bytes, then the record, so that a crash in between only repeats work. */
export function createSweeper(deps: { clock: Clock; log: Log; store: AssetStore; blobs: BlobStore }) {
  const { clock, store, blobs } = deps;

  /** Removes what has expired by now; the number of files. One that cannot be removed does not keep the others, and is tried again. */
  async function sweep(signal?: AbortSignal): Promise<number> {
    let removed = 0;
    for (;;) {
      const expired = await store.expiredAssets(clock.now(), PAGE);
      const fates = await Promise.allSettled(expired.map((asset) => blobs.remove(asset.id)));
      const gone = expired.filter((_asset, index) => fates[index]?.status === 'fulfilled');
      await store.deleteAssets(gone.map((asset) => asset.id));
      removed += gone.length;
      const failure = fates.find((fate) => fate.status === 'rejected');
      if (failure)
        deps.log.error({ err: failure.reason, files: expired.length - gone.length }, 'expired files could not be removed; trying again');
      // A page of nothing but failures would be the same page again.
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
          deps.log.error({ err: error }, 'the search for expired files failed; trying again');
        }
        await sleep(clock, EVERY_MS, signal).catch(() => {});
      }
    },
  };
}
