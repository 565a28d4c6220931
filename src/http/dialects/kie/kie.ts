import type { Dialect } from '../../dialect.ts';
import { renderKieCallback } from './callback.ts';
import { createRoutes, type KieDeps, type KieOptions } from './routes.ts';
import { answerUnknownPath } from './unknown-path.ts';

/** The kie.ai Midjourney API. `options` left out: as the vendor behaves, and without a rate limit. */
export function createKieDialect(deps: KieDeps & { options?: Partial<KieOptions> }): Dialect {
  const options: KieOptions = { mirrorHttpStatus: false, rateLimit: null, stateAliases: true, creditBalance: 1_000_000, ...deps.options };
  return {
    name: 'kie',
    plugin: createRoutes(deps, options),
    renderCallback: (job) => renderKieCallback(job, deps.links),
    answerUnknownPath,
  };
}
