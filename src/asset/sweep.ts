import { type Clock, sleep } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { AssetStore } from '../store/store.ts';
import type { BlobStore } from './asset.ts';

const EVERY_MS = 60_000;
const PAGE = 200;

/** Removes files whose time is over: first the bytes, then the record, so that a crash in between only repeats work. */
export function createSweeper(deps: { clock: Clock; log: Log; store: AssetStore; blobs: BlobStore }) {
  const { clock, store, blobs } = deps;

  /** Removes what has expired by now; the number of files. */
  async function sweep(): Promise<number> {
    let removed = 0;
    for (;;) {
      const expired = await store.expiredAssets(clock.now(), PAGE);
      await Promise.all(expired.map((asset) => blobs.remove(asset.id)));
      await store.deleteAssets(expired.map((asset) => asset.id));
      removed += expired.length;
      if (expired.length < PAGE) return removed;
    }
  }

  return {
    sweep,
    /** Sweeps once a minute until aborted. */
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        try {
          const removed = await sweep();
          if (removed > 0) deps.log.info({ removed }, 'expired files removed');
        } catch (error) {
          deps.log.error({ err: error }, 'expired files could not be removed; trying again');
        }
        await sleep(clock, EVERY_MS, signal).catch(() => {});
      }
    },
  };
}
