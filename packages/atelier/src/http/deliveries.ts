import type { NewDelivery } from '../core/delivery.ts';
import type { Job } from '../core/job.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { Dialect } from './dialect.ts';

/** What must be sent when this job has come to this state, in its own dialect: one delivery, or none when its caller polls. */
export function toDeliveries(job: Job, dialect: Dialect | undefined, ids: Ids, clock: Clock): NewDelivery[] {
  if (job.callbackUrl === null) return [];
  const callback = dialect?.renderCallback(job);
  if (!callback) return [];
  const nowMs = clock.now();
  return [
    {
      id: `msg_${ids.uuid()}`,
      jobId: job.id,
      keyId: job.keyId,
      dialect: job.dialect,
      url: job.callbackUrl,
      origin: new URL(job.callbackUrl).origin,
      body: callback.body,
      kieTaskId: callback.kieTaskId,
      dueAtMs: nowMs,
      createdAtMs: nowMs,
    },
  ];
}
