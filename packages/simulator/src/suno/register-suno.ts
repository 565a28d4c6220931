import type { FastifyInstance } from 'fastify';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { Composer } from '../art/composer.ts';
import type { Painter } from '../art/painter.ts';
import type { Random } from '@atelier/lib/random';
import { createMediaStore } from './tasks/media-store.ts';
import { registerSunoRoutes } from './routes.ts';
import { createSunoService } from './service.ts';
import type { SimulatedVendorName } from './wire.ts';

export interface RegisterSunoDependencies {
  clock: Clock;
  log: Log;
  random: Random;
  painter: Painter;
  composer?: Composer;
  pace: number;
  tilePixels: number;
  sunoVendor?: SimulatedVendorName;
  /** `http://host:port`, known once the server listens. */
  baseUrl: () => string;
}

/** Puts the simulated vendor of Suno on a server. `close` ends its tasks and callbacks; painter and composer belong to the caller. */
export async function registerSuno(app: FastifyInstance, deps: RegisterSunoDependencies): Promise<{ close(): Promise<void> }> {
  const { clock, log, random, composer, sunoVendor = 'kie', baseUrl } = deps;
  const media = createMediaStore({ clock, uuid: random.uuid, baseUrl });
  const service = composer && createSunoService({ ...deps, composer, media, vendor: sunoVendor });
  await registerSunoRoutes(app, { service, media, log });
  return { close: async () => service?.close() };
}
