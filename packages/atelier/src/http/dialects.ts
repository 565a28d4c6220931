import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { NewDelivery } from '../core/delivery.ts';
import type { Job } from '../core/job.ts';
import type { Dialect, NativeDeps } from './dialect.ts';
import { createKieDialect } from './dialects/kie/kie.ts';
import type { SunoVendorName } from './dialects/kie/suno/vendor.ts';
import { createLinkrDialect } from './dialects/linkr/linkr.ts';
import { createNativeDialect } from './dialects/native/native.ts';
import { createUseapiDialect } from './dialects/useapi/useapi.ts';

/** The operator's settings of single dialects. */
export interface DialectSettings {
  /** kie's answers with code 401 or 429 have the same HTTP status, in place of 200. */
  kieMirrorStatus: boolean;
  /** New kie tasks per key in 10 s; 0: no limit. */
  kieRateLimit: number;
  sunoDialect: SunoVendorName;
}

/** Every dialect, with these settings. */
export function createDialects(settings: DialectSettings, deps: NativeDeps): Dialect[] {
  return [
    createNativeDialect(deps),
    createUseapiDialect(deps),
    createKieDialect({
      ...deps,
      options: { mirrorHttpStatus: settings.kieMirrorStatus, rateLimit: settings.kieRateLimit, sunoVendor: settings.sunoDialect },
    }),
    createLinkrDialect(deps),
  ];
}

/** The deliveries that are due for the present state of a job: one with the callback of its dialect, or none. */
export function toDeliveries(job: Job, dialect: Dialect | undefined, ids: Ids, clock: Clock): NewDelivery[] {
  if (job.callbackUrl === null) return [];
  const callback = job.lateResult ? dialect?.renderLateResult?.(job) : dialect?.renderCallback(job);
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
