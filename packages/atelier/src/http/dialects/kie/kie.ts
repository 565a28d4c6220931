import type { FastifyPluginAsync } from 'fastify';
import type { Job } from '../../../core/job.ts';
import type { Dialect, DialectDeps } from '../../dialect.ts';
import { createErrorHandler } from '../../error-handler.ts';
import { documentOnly } from '../../exchange.ts';
import { createSendRefusal } from './errors.ts';
import { renderMidjourneyCallback } from './midjourney/record.ts';
import { registerMidjourneyRoutes } from './midjourney/routes.ts';
import { renderMp4Callback } from './mp4/record.ts';
import { registerMp4Routes } from './mp4/routes.ts';
import { renderSunoCallback } from './suno/callback.ts';
import { registerSunoRoutes } from './suno/routes.ts';
import { registerSyncRoutes } from './suno/sync-routes.ts';
import { SUNO_VENDORS, type SunoVendorName } from './suno/vendor.ts';
import { createTasks, type TaskDeps } from './tasks.ts';
import { answerUnknownPath } from './unknown-path.ts';

export interface KieOptions {
  /** Answers `code` 401 and 429 as HTTP statuses too. */
  mirrorHttpStatus: boolean;
  /** New tasks per key in 10 s; 0: no limit. */
  rateLimit: number;
  /** Adds `state` and `resultJson` to records of Midjourney tasks. */
  stateAliases: boolean;
  /** The number that `chat/credit` answers while Suno is simulated. No credits are counted then: only Midjourney's own subscription limits tasks. */
  creditBalance: number;
  /** The vendor to follow where the Suno pages of kie.ai and sunoapi.org differ. */
  sunoVendor: SunoVendorName;
}

export type KieDeps = TaskDeps & Pick<DialectDeps, 'log' | 'links' | 'checkUrl' | 'policy' | 'suno'>;

/** As the vendor behaves, but without a rate limit. */
const DEFAULT_OPTIONS: KieOptions = {
  mirrorHttpStatus: false,
  rateLimit: 0,
  stateAliases: true,
  creditBalance: 1_000_000,
  sunoVendor: 'kie',
};

/** kie.ai's APIs of Midjourney and Suno. */
export function createKieDialect(deps: KieDeps & { options?: Partial<KieOptions> }): Dialect {
  const options: KieOptions = { ...DEFAULT_OPTIONS, ...deps.options };
  const vendor = SUNO_VENDORS[options.sunoVendor];
  const callbackOf = (job: Job) => {
    if (job.engine === 'midjourney') return renderMidjourneyCallback(job, deps.links);
    if (job.engine === 'suno') return renderSunoCallback(job, deps.links, vendor);
    if (job.engine === 'music-video') return renderMp4Callback(job, deps.links, vendor);
    // Jobs of other engines have no form at kie.
    return null;
  };
  return {
    name: 'kie',
    plugin: createPlugin(deps, options),
    renderCallback(job) {
      const body = callbackOf(job);
      return body && { body: JSON.stringify(body), kieTaskId: job.id };
    },
    answerUnknownPath,
  };
}

/** Every request passes the hooks of `tasks` (authentication, repeated requests), then its handler: validation, use case, answer. */
function createPlugin(deps: KieDeps, options: KieOptions): FastifyPluginAsync {
  const tasks = createTasks(deps, options.rateLimit);
  const vendor = SUNO_VENDORS[options.sunoVendor];
  const { log } = deps;
  const { mirrorHttpStatus, creditBalance } = options;

  return async (app) => {
    app.setErrorHandler(createErrorHandler({ log, send: createSendRefusal({ mirrorHttpStatus }) }));
    // Schemas only document: the handlers read bodies themselves and refuse them in the vendor's words.
    documentOnly(app);
    tasks.addHooks(app);

    registerMidjourneyRoutes(app, { ...deps, tasks }, options);
    await app.register(async (scope) => {
      scope.setErrorHandler(createErrorHandler({ log, send: createSendRefusal({ mirrorHttpStatus, codeOf: vendor.refusalCode }) }));
      registerSunoRoutes(scope, { ...deps, tasks, vendor });
      registerSyncRoutes(scope, { ...deps, tasks, creditBalance });
      registerMp4Routes(scope, { ...deps, tasks, vendor });
    });
  };
}
