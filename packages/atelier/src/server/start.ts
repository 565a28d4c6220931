import type { FastifyInstance } from 'fastify';
import { createIds } from '@atelier/lib/ids';
import type { Simulator } from '@atelier/simulator';
import type { Accounts } from '../account/account-service.ts';
import { createKeys } from '../account/create-keys.ts';
import { createCollector } from '../asset/collect.ts';
import { openUploads } from '../asset/uploads.ts';
import { createLinks } from '../asset/links.ts';
import { createSweeper } from '../asset/sweep.ts';
import { createRetrySchedule } from '../callback/attempt.ts';
import { createDeliver } from '../callback/deliver.ts';
import { createDispatcher, type Dispatcher } from '../callback/dispatch.ts';
import { createSigner } from '../callback/sign.ts';
import type { Config } from '../config/config.ts';
import { createServerEvents } from '../core/events.ts';
import type { Job } from '../core/job.ts';
import type { Store } from '../core/store.ts';
import { createSubmit } from '../core/submit.ts';
import { createJobWatch } from '../core/watch.ts';
import { createApp } from '../http/app.ts';
import { createAssetRoutes } from '../http/assets/asset-routes.ts';
import { createAuthenticate } from '../http/auth.ts';
import type { NativeDeps } from '../http/dialect.ts';
import { createDialects, toDeliveries } from '../http/dialects.ts';
import { createUrlGuard } from '../net/url-guard.ts';
import type { PolicyService } from '../policy/policy-service.ts';
import { createWorker, type Worker } from '../queue/worker.ts';
import { openDiscordWay, type DiscordWay } from './discord-way.ts';
import { openFoundation } from './foundation.ts';
import { accountLimitsOf, describeReadiness, openAccounts, presetAccount, summarizeAccounts, type AccountSummary } from './accounts.ts';
import { openMidjourney } from './midjourney.ts';
import { openLateResults } from './late-results.ts';
import { createServerMetrics } from './metrics.ts';
import { openMusicVideo } from './music-video.ts';
import type { ServerParts, StartDeps } from './parts.ts';
import { createShutdownHooks } from './shutdown.ts';
import { openSuno } from './suno.ts';
import { openUpstreams, upstreamHosts } from './upstreams.ts';

const DAY_MS = 86_400_000;

/** A running server. */
export interface Atelier {
  url: string;
  /** The first API key. */
  apiKey: string;
  apiKeyIsNew: boolean;
  /** The embedded simulator, if it is an upstream. */
  simulator: Simulator | undefined;
  /** The proxy on the way to Discord, without user and password, and the setting that named it; null: none. */
  discordProxy: DiscordWay['proxy'];
  /** Secrets that sign callbacks; the first is the current one. */
  signingSecrets: readonly string[];
  store: Store;
  policy: PolicyService;
  /** The upstream and the accounts at the start. */
  summary: AccountSummary;
  /** Stops HTTP, queue, Discord, callbacks and store, in this order. The next start recovers every running job and due callback. */
  close(): Promise<void>;
}

/** Starts the server: accept, run, deliver. The only place where the parts meet; they call each other back through `ServerEvents`. */
export async function startAtelier(config: Config, { clock, log, discordLimits = {} }: StartDeps): Promise<Atelier> {
  const hooks = createShutdownHooks(log);
  try {
    const listening = { url: '' };
    const foundation = await openFoundation(config, { clock, log, hooks });
    const upstreams = await openUpstreams(config, { clock, log, hooks });
    const ids = createIds(clock);
    const watch = createJobWatch({ clock, getJob: (id) => foundation.store.getJob(id) });
    const parts: ServerParts = {
      ...foundation,
      config,
      clock,
      log,
      discordLimits,
      hooks,
      ids,
      events: createServerEvents(),
      watch,
      uploads: openUploads({ ...foundation, clock, ids, log, watch, keepMs: config.queueTimeLimit + config.jobTimeLimit + DAY_MS }),
      upstreams,
      way: openDiscordWay(config, { clock, log, hooks, upstreams }),
      publicUrl: () => config.publicUrl ?? listening.url,
      dialects: new Map(),
    };
    parts.events.on('job-accepted', parts.watch.publish);
    const dispatcher = deliver(parts);
    const running = await run(parts);
    const app = await accept(parts, running, dispatcher);
    const url = await app.listen({ host: config.host, port: config.port });
    listening.url = url;
    running.startWorker();
    for (const account of await running.accounts.list()) void running.midjourney.warm(account.id);
    const { apiKey, apiKeyIsNew, signingSecrets } = parts.secrets;
    return {
      url,
      apiKey,
      apiKeyIsNew,
      signingSecrets,
      store: parts.store,
      policy: parts.policy,
      summary: await summarizeAccounts(parts, running.accounts),
      simulator: parts.upstreams.simulator,
      discordProxy: parts.way.proxy,
      close: hooks.closeAll,
    };
  } catch (error) {
    await hooks.closeAll();
    throw error;
  }
}

/** Deliver: claims due deliveries, signs and sends them, records every attempt. */
function deliver({ config, clock, log, store, events, hooks, secrets, guard }: ServerParts): Dispatcher {
  const { deliver: send, close: closeConnections } = createDeliver({ guard, clock });
  const { kieSigningKey } = config;
  const dispatcher = createDispatcher({
    store,
    deliver: send,
    sign: createSigner({ secrets: secrets.signingSecrets, ...(kieSigningKey !== undefined && { kieKey: kieSigningKey }) }),
    retry: createRetrySchedule({ delaysMs: config.callbackRetryDelays, random: Math.random }),
    clock,
    log,
    onAttempt: (attempt, delivery) => events.emit('attempt-recorded', attempt, delivery),
  });
  events.on('delivery-due', dispatcher.wake);
  events.on('account-paused', dispatcher.wake);
  events.on('account-held', dispatcher.wake);
  hooks.add(async () => closeConnections());
  hooks.keepRunning((signal) => dispatcher.run(signal));
  return dispatcher;
}

interface RunningParts {
  accounts: Accounts;
  midjourney: ReturnType<typeof openMidjourney>;
  suno: ReturnType<typeof openSuno>;
  worker: Worker;
  /** Starts the worker: engines give their upstreams the server's own address, which is known once it listens. */
  startWorker(): void;
}

/** Run: accounts, engines, and the queue that gives them jobs. */
async function run(parts: ServerParts): Promise<RunningParts> {
  const { config, clock, log, ids, store, blobs, events, hooks, watch, guard, upstreams, way, dialects } = parts;
  const accounts = await openAccounts(parts);
  // The upstreams' files may come from their own hosts, and from no other private address.
  const upstreamGuard = createUrlGuard({ allow: upstreamHosts(upstreams), clock, log });
  const guardOf = ({ engine }: Job) => (engine === 'midjourney' ? way.results : upstreamGuard);
  const collect = createCollector({ clock, ids, blobs, guardOf, retentionMs: config.assetRetention });
  const midjourney = openMidjourney(parts, { accounts, onLateResult: openLateResults(parts, collect) });
  const suno = openSuno(parts);
  const worker = createWorker({
    clock,
    log,
    store,
    watch,
    accounts,
    accountLimits: accountLimitsOf(config),
    engines: [midjourney, suno.engine, await openMusicVideo(config, { clock, log, blobs, guard })],
    collect,
    renderDeliveries: (job) => toDeliveries(job, dialects.get(job.dialect), ids, clock),
    onDelivery: () => events.emit('delivery-due'),
    onFailure: async (job, failure) => {
      if (job.accountId !== null) await accounts.reportFailure(job.accountId, failure);
    },
    onRequeue: async (job, failure) => {
      if (job.accountId !== null) await accounts.ensureHeld(job.accountId, failure);
    },
    timeLimitMs: config.jobTimeLimit,
    queueLimitMs: config.queueTimeLimit,
    owner: ids.uuid(),
    soleOwner: true,
  });
  events.on('account-changed', (accountId) => void midjourney.forget(accountId));
  events.on('slot-freed', worker.wake);
  events.on('job-accepted', worker.offer);

  const sweeper = createSweeper({ clock, log, store, blobs });
  hooks.keepRunning((signal) => sweeper.run(signal));
  hooks.add(() => midjourney.close());
  const listening = Promise.withResolvers<void>();
  hooks.keepRunning(async (signal) => {
    await listening.promise;
    await worker.run(signal);
  });
  // A server that stops before it listens must not wait for its worker.
  hooks.add(async () => listening.resolve());
  return { accounts, midjourney, suno, worker, startWorker: listening.resolve };
}

/** Accept: the dialects and the app that serves them, not yet listening. */
async function accept(parts: ServerParts, running: RunningParts, dispatcher: Dispatcher): Promise<FastifyInstance> {
  const { config, clock, log, store, blobs, hooks, secrets, events, dialects, publicUrl } = parts;
  const { accounts, midjourney, suno, worker } = running;
  const links = createLinks({ secret: secrets.secret, publicUrl, retentionMs: config.assetRetention });
  const deps: NativeDeps = {
    ...toDialectDeps(parts),
    links,
    accounts: { ...accounts, findPrivateChannel: midjourney.findPrivateChannel },
    suno: suno.relay,
    cancel: worker.cancel,
    fail: worker.fail,
    suppressCallbacks: dispatcher.suppress,
    onDeliveriesDue: () => events.emit('delivery-due'),
    accountLimits: accountLimitsOf(config),
  };
  for (const dialect of createDialects(config, deps)) dialects.set(dialect.name, dialect);
  if (parts.upstreams.discord.isSimulated) await presetAccount(parts, accounts);

  const app = await createApp({
    log,
    metrics: createServerMetrics(parts, worker, accounts),
    dialects: [...dialects.values()],
    plugins: [createAssetRoutes({ clock, log, store, blobs, links }), suno.routes],
    checkReady: () => describeReadiness(parts, accounts),
  });
  hooks.add(() => app.close());
  return app;
}

/** The dependencies of dialects that need neither queue nor engines. */
function toDialectDeps({ clock, ids, log, store, watch, policy, guard, events, uploads }: ServerParts) {
  const checkUrl = (url: string): string => guard.check(url);
  return {
    clock,
    ids,
    log,
    store,
    watch,
    policy,
    uploads,
    checkUrl,
    keys: createKeys({ clock, ids, log, store }),
    submit: createSubmit({ clock, store, checkUrl, onAccepted: (job) => events.emit('job-accepted', job) }),
    authenticate: createAuthenticate({ clock, store }),
  };
}
