import type { CollectMedia } from '../core/asset.ts';
import { toDeliveries } from '../http/dialects.ts';
import type { MidjourneyDeps } from '../engine/midjourney/midjourney.ts';
import { createLateResults } from '../queue/late-results.ts';
import type { ServerParts } from './parts.ts';

/** At the end of the server, files that are being copied have this long: no later start would copy them. */
const CLOSING_MS = 5_000;

/** Keeps results that come after the end of their job. Copies that run when the server stops are waited for, then aborted. */
export function openLateResults(
  { clock, log, ids, store, watch, events, hooks, dialects }: ServerParts,
  collect: CollectMedia,
): MidjourneyDeps['onLateResult'] {
  const aborting = new AbortController();
  const copies = new Set<Promise<unknown>>();
  const keep = createLateResults({
    clock,
    log,
    store,
    watch,
    collect,
    renderDeliveries: (job) => toDeliveries(job, dialects.get(job.dialect), ids, clock),
    onDelivery: () => events.emit('delivery-due'),
    onKept: (job) => events.emit('late-result', job),
  });
  hooks.add(async () => {
    const cancel = clock.after(CLOSING_MS, () => aborting.abort());
    await Promise.allSettled(copies);
    cancel();
  });
  return (jobId, result) => {
    const copy = keep(jobId, result, aborting.signal).finally(() => copies.delete(copy));
    copies.add(copy);
  };
}
