import { randomBytes, randomInt } from 'node:crypto';
import { WebSocketServer } from 'ws';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createRandom } from '@atelier/lib/random';
import type { Composer } from './art/composer.ts';
import type { Painter } from './art/painter.ts';
import { createControl } from './control/control.ts';
import { registerControlRoutes } from './control/register-control.ts';
import type { SimulatorControl } from './control/simulator-control.ts';
import { createDiscord, type SimulatedDiscord } from './discord/discord.ts';
import { createOutage } from './discord/conditions/outage.ts';
import type { RegisteredApplication } from './discord/rest/commands.ts';
import { createRestServer } from './discord/rest/rest.ts';
import { COMMANDS, MIDJOURNEY, NIJI, NIJI_COMMANDS } from './midjourney-bot/commands.ts';
import { createMidjourney, type SimulatedMidjourney } from './midjourney-bot/midjourney.ts';
import { createSubscriber, DEFAULT_PLAN } from './midjourney-bot/subscribers.ts';
import { registerSuno } from './suno/register-suno.ts';
import type { SimulatedVendorName } from './suno/wire.ts';
import { defaultSwitches, type Switches } from './switches.ts';

/** The account that every simulator has. Its token opens only a simulator. */
export const SIMULATOR_ACCOUNT = {
  token: 'simulator.token.atelier',
  userId: '1149888124071969816',
  username: 'atelier',
  guildId: '1150250511937568841',
  channelId: '1150250553880609670',
} as const;

export interface SimulatorOptions {
  host: string;
  /** 0 for a free port. */
  port: number;
  /** 1: a picture in about 3 s; 0: at once, but still asynchronous; 15: lifelike, about 45 s. */
  pace: number;
  clock: Clock;
  log: Log;
  painter: Painter;
  /** The longer side of one tile of a grid; a grid is twice as large. */
  tilePixels: number;
  /** Makes the music of the simulated Suno. Without a composer, Suno answers that it is in maintenance. */
  composer?: Composer;
  /** The simulated Suno answers with the codes of this vendor; default `kie`. */
  sunoVendor?: SimulatedVendorName;
  /** Equal seeds give equal runs; a new one each time when left out. */
  seed?: number;
  /** False leaves out the routes under `/control`; default true. */
  hasControlRoutes?: boolean;
}

/** A Discord with a Midjourney bot in it, and a Suno vendor beside it, on one port: REST, gateway, CDN and control. */
export interface Simulator {
  /** `http://host:port`. */
  url: string;
  /** `http://host:port/api/v9`. */
  restUrl: string;
  /** `http://host:port`, the value for SUNO_UPSTREAM; the routes lie under `/api/v1`. */
  sunoUrl: string;
  /** `ws://host:port`. */
  gatewayUrl: string;
  account: { token: string; guildId: string; channelId: string; userId: string };
  control: SimulatorControl;
  /** The secret of the routes under `/control`: `authorization: Bearer <token>`. New at each start. */
  controlToken: string;
  /** Drops all connections and stops. Painter and composer belong to the caller. */
  close(): Promise<void>;
}

/** Starts all parts on one port; rejects when the port is taken. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { clock, log } = options;
  const seed = options.seed ?? randomInt(2 ** 32);
  const random = createRandom(seed);
  const switches = defaultSwitches();
  let url = '';
  const baseUrl = (): string => url;
  const discord = createDiscord({ clock, random, seed: seed + 2, switches, baseUrl, applications: applicationsOf(switches) });
  const midjourney = createMidjourney({ ...options, random, switches, discord, baseUrl });
  addPresetAccount(discord, midjourney);

  const app = await createRestServer({ ...discord, ...midjourney, log, switches, randomUuid: random.uuid, baseUrl });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024, perMessageDeflate: false });
  app.server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (client) => discord.gateway.accept(client, request)),
  );
  const cutSockets = (): void => sockets.clients.forEach((client) => client.terminate());
  const outage = createOutage({
    clock,
    server: app.server,
    cutSockets,
    onError: (error) => log.error({ err: error }, 'the simulator does not listen again after an outage'),
  });
  const control = createControl({ ...discord, ...midjourney, clock, random: createRandom(seed + 3), switches, outage });
  const controlToken = randomBytes(16).toString('hex');
  if (options.hasControlRoutes ?? true) await registerControlRoutes(app, control, { token: controlToken, host: options.host });
  const suno = await registerSuno(app, { ...options, random: createRandom(seed + 1), baseUrl });
  url = (await app.listen({ host: options.host, port: options.port })).replace(/\/$/, '');

  return {
    url,
    restUrl: `${url}/api/v9`,
    sunoUrl: url,
    gatewayUrl: url.replace(/^http/, 'ws'),
    account: SIMULATOR_ACCOUNT,
    control,
    controlToken,
    async close() {
      outage.dispose();
      midjourney.runner.reset();
      await suno.close();
      cutSockets();
      discord.sessions.endAll();
      sockets.close();
      app.server.closeAllConnections();
      await app.close();
      // A connection that closed after the sessions ended has started to wait for a resume.
      discord.sessions.endAll();
    },
  };
}

/** The bots that users of this Discord can ask. */
const applicationsOf = (switches: Switches): RegisteredApplication[] => [
  { id: MIDJOURNEY.id, name: MIDJOURNEY.username, commands: COMMANDS, isListed: () => true },
  { id: NIJI.id, name: NIJI.username, commands: NIJI_COMMANDS, isListed: () => switches.nijiBot },
];

function addPresetAccount({ hub }: SimulatedDiscord, { subscribers }: SimulatedMidjourney): void {
  const { token, userId, username, guildId, channelId } = SIMULATOR_ACCOUNT;
  const preset = { token, guildId, channelId, user: { id: userId, username, globalName: 'Atelier', bot: false } };
  hub.addAccount(preset, 'Atelier');
  subscribers.set(userId, createSubscriber(preset, DEFAULT_PLAN));
}
