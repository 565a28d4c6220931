import type { Dialect } from '../../dialect.ts';
import { createRoutes, type LinkrDeps, type LinkrOptions } from './routes.ts';
import { renderLinkrCallback } from './task.ts';
import { answerUnknownPath } from './unknown-path.ts';

/** The LinkrAPI Midjourney API. */
export function createLinkrDialect(deps: LinkrDeps & { options?: Partial<LinkrOptions> }): Dialect {
  return {
    name: 'linkr',
    plugin: createRoutes(deps, { infoCacheMs: 60_000, ...deps.options }),
    renderCallback: (job) => renderLinkrCallback(job, deps.links),
    answerUnknownPath,
  };
}
