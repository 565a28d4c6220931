import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { Log } from '@atelier/lib/log';
import { createUploads } from '../asset/uploads.ts';
import type { Config } from '../config/config.ts';
import type { Uploads } from '../core/asset.ts';
import type { JobWatch } from '../core/watch.ts';
import type { Foundation } from './foundation.ts';

const DAY_MS = 86_400_000;

/** The pictures that callers send with their requests: deleted when their jobs have ended, by the sweeper after a crash. */
export function openUploads(
  { store, blobs }: Foundation,
  { config, clock, ids, log, watch }: { config: Config; clock: Clock; ids: Ids; log: Log; watch: JobWatch },
): Uploads {
  const uploads = createUploads({ clock, ids, store, blobs, keepMs: config.queueTimeLimit + config.jobTimeLimit + DAY_MS });
  watch.subscribe((job) => {
    uploads
      .release(job)
      .catch((error: unknown) => log.warn({ err: error, jobId: job.id }, 'pictures of a request could not be deleted: the sweeper will'));
  });
  return uploads;
}
