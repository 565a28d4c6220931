import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { CollectMedia } from '../core/asset.ts';
import type { NewDelivery } from '../core/delivery.ts';
import type { EngineResult } from '../core/engine.ts';
import { isFinal, type Job } from '../core/job.ts';
import type { JobStore } from '../core/store.ts';
import type { JobWatch } from '../core/watch.ts';

export interface LateResultDeps {
  clock: Clock;
  log: Log;
  store: Pick<JobStore, 'getJob' | 'attachLateResult'>;
  watch: Pick<JobWatch, 'publish'>;
  collect: CollectMedia;
  /** The deliveries of a job that is about to have this late result. */
  renderDeliveries(job: Job): NewDelivery[];
  /** Called after a delivery was committed. */
  onDelivery(): void;
  /** Called after a late result was attached. */
  onKept(job: Job): void;
}

/**
 * Keeps the result of a job that had already ended without one: copies the files, and attaches them in one command with the callback of the
 * dialects that know one. Status and failure stay. A job that has a result, or has not ended, takes none, and the copied files are deleted again.
 * Returns true if the result was attached; never rejects.
 */
export type KeepLateResult = (jobId: string, result: EngineResult, signal: AbortSignal) => Promise<boolean>;

export function createLateResults(deps: LateResultDeps): KeepLateResult {
  const { clock, log, store, watch, collect } = deps;
  return async (jobId, { message, buttons, media, data }, signal) => {
    try {
      const job = await store.getJob(jobId);
      if (!job || !isFinal(job.status) || job.status === 'completed' || job.lateResult) return false;
      const files = await collect(job, media, signal);
      const lateResult = { output: { message, buttons, assets: files.outputs, data }, atMs: clock.now() };
      const deliveries = deps.renderDeliveries({ ...job, lateResult });
      const kept = await store.attachLateResult({ jobId, lateResult, assets: files.records, deliveries }).catch(async (error: unknown) => {
        await files.discard();
        throw error;
      });
      if (!kept) {
        await files.discard();
        return false;
      }
      log.info(
        { jobId, status: job.status, files: files.outputs.length },
        'a result came after the end of its job: kept as its late result',
      );
      watch.publish(kept);
      if (deliveries.length > 0) deps.onDelivery();
      deps.onKept(kept);
      return true;
    } catch (error) {
      if (!signal.aborted) log.error({ err: error, jobId }, 'a late result could not be kept: the picture is in the Discord channel alone');
      return false;
    }
  };
}
