import type { FastifyPluginAsync } from 'fastify';
import type { ShutdownHooks } from './shutdown.ts';
import type { Config } from '../config/config.ts';
import { createCallbackLinks } from '../engine/suno/callback-links.ts';
import { codeStyleOf } from '../engine/suno/codes.ts';
import type { SunoRelay } from '../engine/suno/input.ts';
import { createSunoEngine, type SunoEngine } from '../engine/suno/suno.ts';
import { createSunoUpstream } from '../engine/suno/upstream.ts';
import { createUpstreamRoutes } from '../http/upstream-routes.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { Upstreams } from './open-simulator.ts';

interface SunoParts {
  clock: Clock;
  log: Log;
  closers: ShutdownHooks;
  suno: Upstreams['suno'];
  /** Signs the addresses that the upstream calls back. */
  secret: string;
  publicUrl(): string;
}

/** The simulator takes any; a vendor refuses it, and says so. */
const NO_KEY = 'none';

/** The engine of music, the relay for what its upstream answers at once, and the routes for its callbacks. */
export function openSuno(config: Config, parts: SunoParts): { engine: SunoEngine; relay: SunoRelay; routes: FastifyPluginAsync } {
  const { clock, log, closers, suno, secret, publicUrl } = parts;
  const upstream = createSunoUpstream({ ...suno, apiKey: (suno.isSimulated ? undefined : config.sunoApiKey) ?? NO_KEY, clock });
  closers.add(() => upstream.close());
  const links = createCallbackLinks({ secret, publicUrl });
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
