import type { FastifyPluginAsync } from 'fastify';
import type { DialectDeps } from '../../dialect.ts';
import { documentOnly } from '../../openapi.ts';
import { createErrorHandler } from '../../error-handler.ts';
import { createSendRefusal } from './errors.ts';
import { registerMidjourneyRoutes } from './midjourney/routes.ts';
import { registerMp4Routes } from './mp4/routes.ts';
import type { RateLimit } from './rate-limit.ts';
import { registerSunoRoutes } from './suno/routes.ts';
import { SUNO_VENDORS, type SunoVendorName } from './suno/vendor.ts';
import { createTasks, type TaskDeps } from './tasks.ts';

export interface KieOptions {
  /** Answers `code` 401 and 429 as HTTP statuses too. */
  mirrorHttpStatus: boolean;
  rateLimit: RateLimit | null;
  /** Adds `state` and `resultJson` to records of Midjourney tasks. */
  stateAliases: boolean;
  /** What `chat/credit` says while Suno is simulated. Nothing is counted then: Midjourney's own subscription is the limit. */
  creditBalance: number;
  /** Whose Suno pages these are, where kie.ai's and sunoapi.org's differ. */
  sunoVendor: SunoVendorName;
}

/** What this dialect needs of what every dialect is given. */
export type KieDeps = TaskDeps & Pick<DialectDeps, 'log' | 'links' | 'checkUrl' | 'policy' | 'suno'>;

export function createRoutes(deps: KieDeps, options: KieOptions): FastifyPluginAsync {
  const tasks = createTasks(deps, options.rateLimit);
  const vendor = SUNO_VENDORS[options.sunoVendor];
  const { log } = deps;
  const { mirrorHttpStatus } = options;

  return async (app) => {
    app.setErrorHandler(createErrorHandler({ log, send: createSendRefusal({ mirrorHttpStatus }) }));
    app.decorateRequest(tasks.decorator, null);
    // Bodies are read by the pages themselves, and refused in the vendor's words: schemas only document.
    documentOnly(app);
    app.addHook('onRequest', tasks.identify);
    app.addHook('preHandler', tasks.answerRepeated);

    registerMidjourneyRoutes(app, { ...deps, tasks }, options);
    await app.register(async (scope) => {
      scope.setErrorHandler(createErrorHandler({ log, send: createSendRefusal({ mirrorHttpStatus, codeOf: vendor.refusalCode }) }));
      registerSunoRoutes(scope, { ...deps, tasks, vendor, creditBalance: options.creditBalance });
      registerMp4Routes(scope, { ...deps, tasks, vendor });
    });
  };
}
