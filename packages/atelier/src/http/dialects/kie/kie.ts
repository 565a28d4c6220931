import type { Dialect } from '../../dialect.ts';
import type { Job } from '../../../core/job.ts';
import { renderMidjourneyCallback } from './midjourney/callback.ts';
import { renderMp4Callback } from './mp4/callback.ts';
import { createRoutes, type KieDeps, type KieOptions } from './routes.ts';
import { renderSunoCallback } from './suno/callback.ts';
import { SUNO_VENDORS } from './suno/vendor.ts';
import { answerUnknownPath } from './unknown-path.ts';

const AS_THE_VENDOR: KieOptions = {
  mirrorHttpStatus: false,
  rateLimit: null,
  stateAliases: true,
  creditBalance: 1_000_000,
  sunoVendor: 'kie',
};

/** kie.ai's APIs of Midjourney and Suno. `options` left out: as the vendor behaves, and without a rate limit. */
export function createKieDialect(deps: KieDeps & { options?: Partial<KieOptions> }): Dialect {
  const options: KieOptions = { ...AS_THE_VENDOR, ...deps.options };
  const vendor = SUNO_VENDORS[options.sunoVendor];
  const bodyOf = (job: Job) => {
    switch (job.engine) {
      case 'midjourney':
        return renderMidjourneyCallback(job, deps.links);
      case 'suno':
        return renderSunoCallback(job, deps.links, vendor);
      case 'music-video':
        return renderMp4Callback(job, deps.links, vendor);
    }
  };
  return {
    name: 'kie',
    plugin: createRoutes(deps, options),
    renderCallback(job) {
      const body = bodyOf(job);
      return body && { body: JSON.stringify(body), kieTaskId: job.id };
    },
    answerUnknownPath,
  };
}
