import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Composer } from '../composer/composer.ts';
import type { Painter } from '../painter/painter.ts';
import type { Random } from '../random.ts';
import { createMediaStore } from './media-store.ts';
import { registerSunoRoutes } from './routes.ts';
import { createSunoService } from './service.ts';
import type { VendorName } from './wire.ts';

export interface RegisterSunoDeps {
  clock: Clock;
  log: Log;
  random: Random;
  painter: Painter;
  composer?: Composer;
  pace: number;
  tilePixels: number;
  sunoVendor?: VendorName;
  /** `http://host:port`, known once the server listens. */
  baseUrl: () => string;
}

/** Puts the simulated vendor of Suno on a server. `close` ends its tasks and callbacks; painter and composer belong to the caller. */
export async function registerSuno(app: FastifyInstance, deps: RegisterSunoDeps): Promise<{ close(): Promise<void> }> {
  const { clock, log, random, composer, sunoVendor = 'kie', baseUrl } = deps;
  const media = createMediaStore({ clock, uuid: random.uuid, baseUrl });
  const service = composer && createSunoService({ ...deps, composer, media, vendor: sunoVendor });
  await registerSunoRoutes(app, { service, media, log });
  return { close: async () => service?.close() };
}
