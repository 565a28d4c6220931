import { randomBytes, randomInt } from 'node:crypto';
import { WebSocketServer } from 'ws';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { Composer } from './art/composer.ts';
import { createControl, jobFacts } from './control/control.ts';
import type { SimulatorControl } from './control/simulator-control.ts';
import { registerControlRoutes } from './control/register-control.ts';
import { createCommandRegistry } from './discord/rest/commands.ts';
import { createFileStore } from './discord/file-store.ts';
import { createGateway } from './discord/gateway/gateway.ts';
import { createHub } from './discord/hub.ts';
import { createModals, type Interaction } from './discord/interactions.ts';
import type { DiscordAccount } from './discord/model.ts';
import { readyEvents, wantsFreshToken } from './discord/gateway/ready.ts';
import { createInteractionDelivery } from './discord/interaction-delivery.ts';
import { createInteractionLog, type InteractionLog } from './discord/interaction-log.ts';
import { createOutage, type Outage } from './discord/outage.ts';
import { createTokens } from './discord/tokens.ts';
import { createRestJournal } from './discord/rest/rest-faults.ts';
import { createRestServer } from './discord/rest/rest.ts';
import { createSessions } from './discord/gateway/sessions.ts';
import { createSnowflakes } from './discord/ids.ts';
import { createAnswers } from './midjourney-bot/answers.ts';
import { createBot } from './midjourney-bot/bot.ts';
import { COMMANDS, MIDJOURNEY, NIJI, NIJI_COMMANDS } from './midjourney-bot/commands.ts';
import { createGallery } from './midjourney-bot/jobs/gallery.ts';
import { createJobRun } from './midjourney-bot/jobs/job-run.ts';
import { createJobRunner, type JobRunner } from './midjourney-bot/jobs/job-runner.ts';
import { postNotice } from './midjourney-bot/notices.ts';
import { createSubscriber, DEFAULT_PLAN, type Subscriber } from './midjourney-bot/subscribers.ts';
import type { Painter } from './art/painter.ts';
import { createRandom } from '@atelier/lib/random';
import { registerSuno } from './suno/register-suno.ts';
import type { SimulatedVendorName } from './suno/wire.ts';
import { defaultSwitches } from './switches.ts';

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

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { clock, log, painter, pace, tilePixels } = options;
  const seed = options.seed ?? randomInt(2 ** 32);
  const random = createRandom(seed);
  const switches = defaultSwitches();
  /** Discord's clock; the bot's, and that of the control, is right. */
  const discordClock: Clock = { now: () => clock.now() + switches.clockSkewMs, after: clock.after };
  const nextId = createSnowflakes(discordClock);
  const commands = createCommandRegistry([
    { id: MIDJOURNEY.id, name: MIDJOURNEY.username, commands: COMMANDS, isListed: () => true },
    { id: NIJI.id, name: NIJI.username, commands: NIJI_COMMANDS, isListed: () => switches.nijiBot },
  ]);
  const modals = createModals();
  const journal = createRestJournal({ clock, random: createRandom(seed + 2) });
  const interactionLog = createInteractionLog(clock);
  const gallery = createGallery();
  const subscribers = new Map<string, Subscriber>();
  const queuedScenarios = new Map<string, string[]>();
  let url = '';
  const baseUrl = (): string => url;

  const files = createFileStore({ clock: discordClock, switches, secret: random.hex(32), baseUrl });
  const sessions = createSessions({ clock, random, switches });
  const tokens = createTokens({ clock, switches });
  const hub = createHub({ clock: discordClock, switches, tokens, files, sessions, nextId });
  const delivery = createInteractionDelivery({ clock, switches, hub });
  const answers = createAnswers({ hub: delivery.botHub, modals });
  const subscriberOf = ({ account }: Interaction): Subscriber => {
    const known = subscribers.get(account.user.id) ?? createSubscriber(account, DEFAULT_PLAN);
    subscribers.set(account.user.id, known);
    return known;
  };
  const perform = createJobRun({
    clock,
    log,
    random,
    switches,
    hub,
    answers,
    painter,
    gallery,
    pace,
    tilePixels,
    nextId,
  });
  const runner = logJobs(createJobRunner({ clock, log, random, pace, perform }), interactionLog);
  const takeScenario = (userId: string): string | undefined => queuedScenarios.get(userId)?.shift();
  const application = createBot({
    clock,
    log,
    random,
    nextId,
    switches,
    hub,
    files,
    answers,
    painter,
    gallery,
    runner,
    pace,
    tilePixels,
    baseUrl,
    subscriberOf,
    takeScenario,
  });
  const gateway = createGateway({
    clock,
    switches,
    sessions,
    userOf: (token) => {
      const account = hub.accountByToken(token);
      return account && { id: account.user.id, token };
    },
    readyOf({ id }, client, session) {
      const account = hub.accountByUser(id);
      const freshToken = switches.freshTokens && wantsFreshToken(client) ? tokens.renew(id) : null;
      return account ? readyEvents(hub, account, client, { session, extras: { freshToken, bytes: switches.readyBytes } }) : [];
    },
    resumeUrl: () => url.replace(/^http/, 'ws'),
  });
  let outage: Outage;
  const control = createControl({
    clock,
    random: createRandom(seed + 3),
    switches,
    hub,
    tokens,
    files,
    gateway,
    commands,
    journal,
    interactionLog,
    runner,
    gallery,
    subscribers,
    queuedScenarios,
    notify: (account, notice) => postNotice({ hub, random, nextId }, account, { ...notice, untilMs: clock.now() + switches.blockMs }),
    nextId,
    outage: () => outage,
  });

  const preset = presetAccount();
  hub.addAccount(preset, 'Atelier');
  subscribers.set(preset.user.id, createSubscriber(preset, DEFAULT_PLAN));

  const app = await createRestServer({
    clock: discordClock,
    log,
    switches,
    hub,
    files,
    commands,
    modals,
    application,
    journal,
    delivery,
    interactionLog,
    nextId,
    randomUuid: random.uuid,
    baseUrl,
  });
  const controlToken = randomBytes(16).toString('hex');
  if (options.hasControlRoutes ?? true) await registerControlRoutes(app, control, { token: controlToken, host: options.host });
  const suno = await registerSuno(app, { ...options, random: createRandom(seed + 1), baseUrl });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024, perMessageDeflate: false });
  app.server.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (client) => gateway.accept(client, request)),
  );
  outage = createOutage({
    clock,
    server: app.server,
    cutSockets: () => sockets.clients.forEach((client) => client.terminate()),
    onError: (error) => log.error({ err: error }, 'the simulator could not listen again after an outage'),
  });
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
      runner.reset();
      await suno.close();
      for (const client of sockets.clients) client.terminate();
      sessions.endAll();
      sockets.close();
      app.server.closeAllConnections();
      await app.close();
      // A connection that closed after the sessions ended has started to wait for a resume.
      sessions.endAll();
    },
  };
}

function presetAccount(): DiscordAccount {
  const { token, userId, username, guildId, channelId } = SIMULATOR_ACCOUNT;
  return { token, guildId, channelId, user: { id: userId, username, globalName: 'Atelier', bot: false } };
}

/** A runner whose jobs are logged when the bot is asked for them. */
const logJobs = (runner: JobRunner, log: InteractionLog): JobRunner => ({
  ...runner,
  submit(plan) {
    const outcome = runner.submit(plan);
    log.job({ ...jobFacts(plan), outcome });
    return outcome;
  },
});
