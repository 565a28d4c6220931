import type { Dialect, NativeDeps } from './dialect.ts';
import { createKieDialect } from './dialects/kie/kie.ts';
import { createLinkrDialect } from './dialects/linkr/linkr.ts';
import { createNativeDialect } from './dialects/native/native.ts';
import { createUseapiDialect } from './dialects/useapi/useapi.ts';

/** What the operator chooses for single dialects. */
export interface DialectSettings {
  /** kie's codes 401 and 429 are HTTP statuses too. */
  kieMirrorStatus: boolean;
  /** New kie tasks per key in 10 s; 0: no limit. */
  kieRateLimit: number;
  sunoDialect: 'kie' | 'sunoapi';
}

/** The window of the vendor's own limit. Source: kie.ai, "20 new generation requests per 10 s". */
const KIE_WINDOW_MS = 10_000;

/** Every dialect, as the settings want it. */
export function createDialects(settings: DialectSettings, deps: NativeDeps): Dialect[] {
  const rateLimit = settings.kieRateLimit > 0 ? { max: settings.kieRateLimit, windowMs: KIE_WINDOW_MS } : null;
  return [
    createNativeDialect(deps),
    createUseapiDialect(deps),
    createKieDialect({ ...deps, options: { mirrorHttpStatus: settings.kieMirrorStatus, rateLimit, sunoVendor: settings.sunoDialect } }),
    createLinkrDialect(deps),
  ];
}
