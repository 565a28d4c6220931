import type { Dialect, NativeDeps } from './dialect.ts';
import { createKieDialect } from './dialects/kie/kie.ts';
import type { SunoVendorName } from './dialects/kie/suno/vendor.ts';
import { createLinkrDialect } from './dialects/linkr/linkr.ts';
import { createNativeDialect } from './dialects/native/native.ts';
import { createUseapiDialect } from './dialects/useapi/useapi.ts';

/** What the operator chooses for single dialects. */
export interface DialectSettings {
  /** kie's codes 401 and 429 are HTTP statuses too. */
  kieMirrorStatus: boolean;
  /** New kie tasks per key in 10 s; 0: no limit. */
  kieRateLimit: number;
  sunoDialect: SunoVendorName;
}

/** Every dialect, as the settings want it. */
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
