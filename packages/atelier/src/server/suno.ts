import type { ServerParts } from './parts.ts';
import type { FastifyPluginAsync } from 'fastify';
import { createCallbackLinks, createSunoEngine, type SunoEngine } from '../engine/suno/suno.ts';
import { codeStyleOf } from '../engine/suno/codes.ts';
import type { SunoRelay } from '../engine/suno/input.ts';
import { createSunoUpstream } from '../engine/suno/upstream.ts';
import { createUpstreamRoutes } from '../http/upstream-routes.ts';

/** The simulator accepts any key; a vendor refuses this one with a clear answer. */
const NO_KEY = 'none';

/** The engine of music, the relay for answers that need no job, and the routes for the upstream's callbacks. */
export function openSuno(parts: ServerParts): { engine: SunoEngine; relay: SunoRelay; routes: FastifyPluginAsync } {
  const { config, clock, log, hooks, secrets } = parts;
  const { suno } = parts.upstreams;
  const upstream = createSunoUpstream({ ...suno, apiKey: (suno.isSimulated ? undefined : config.sunoApiKey) ?? NO_KEY, clock });
  hooks.add(() => upstream.close());
  const links = createCallbackLinks({ secret: secrets.secret, publicUrl: parts.publicUrl });
  const engine = createSunoEngine({
    clock,
    log,
    upstream,
    style: codeStyleOf(suno.baseUrl),
    callbackUrl: links.url,
    settings: { slots: config.sunoMaxJobs, longestPollMs: config.sunoPollInterval },
  });
  return { engine, relay: upstream, routes: createUpstreamRoutes({ jobIdOf: links.jobIdOf, onCallback: engine.onCallback }) };
}
