import type { Config } from '../config/config.ts';
import type { Dialect, NativeDeps } from './dialect.ts';
import { createKieDialect } from './dialects/kie/kie.ts';
import { createLinkrDialect } from './dialects/linkr/linkr.ts';
import { createNativeDialect } from './dialects/native/native.ts';
import { createUseapiDialect } from './dialects/useapi/useapi.ts';

type DialectSettings = Pick<Config, 'kieMirrorStatus' | 'kieRateLimit' | 'sunoDialect'>;

/** The window of the vendor's own limit. Source: kie.ai, "20 new generation requests per 10 s". */
const KIE_WINDOW_MS = 10_000;

/** Every dialect, as the settings want it. */
export function createDialects(config: DialectSettings, deps: NativeDeps): Dialect[] {
  const rateLimit = config.kieRateLimit > 0 ? { max: config.kieRateLimit, windowMs: KIE_WINDOW_MS } : null;
  return [
    createNativeDialect(deps),
    createUseapiDialect(deps),
    createKieDialect({ ...deps, options: { mirrorHttpStatus: config.kieMirrorStatus, rateLimit, sunoVendor: config.sunoDialect } }),
    createLinkrDialect(deps),
  ];
}
