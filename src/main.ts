import { join } from 'node:path';
import { createAccounts, type Accounts } from './account/account-service.ts';
import { createKeys } from './account/create-keys.ts';
import { ensureFirstKey } from './account/first-key.ts';
import { createSecretBox } from './account/secret-box.ts';
import { createCollector } from './asset/collect.ts';
import { createImageFetcher } from './asset/fetch-image.ts';
import { createLinks } from './asset/links.ts';
import { openBlobs } from './asset/open-blobs.ts';
import { createSweeper } from './asset/sweep.ts';
import { createDeliver } from './callback/deliver.ts';
import { createDispatcher } from './callback/dispatcher.ts';
import { createRetrySchedule } from './callback/retry.ts';
import { createSigner } from './callback/sign.ts';
import { ConfigError, type Config } from './config.ts';
import type { SessionLimits } from './discord/limits.ts';
import { createPagePoster } from './discord/embedded-page.ts';
import { createDiscordSession } from './discord/session.ts';
import { createMidjourneyEngine } from './engine/midjourney/midjourney.ts';
import type { SunoRelay } from './engine/suno/input.ts';
import { createApp } from './http/app.ts';
import { createAssetRoutes } from './http/asset-routes.ts';
import { createAuthenticate } from './http/auth.ts';
import type { Dialect, NativeDeps } from './http/dialect.ts';
import { toDeliveries } from './http/deliveries.ts';
import { createDialects } from './http/dialects.ts';
import { JobError } from './job/errors.ts';
import { isFinal, type DialectName, type Job } from './job/job.ts';
import { readPolicyList } from './job/policy-list.ts';
import { createPolicyService, type PolicyService } from './job/policy-service.ts';
import { createSubmit } from './job/submit.ts';
import { createJobWatch } from './job/watch.ts';
import type { Clock } from './lib/clock.ts';
import { createIds } from './lib/ids.ts';
import type { Log } from './lib/log.ts';
import { createMetrics } from './lib/metrics.ts';
import { createFfmpegFinder } from './media/ffmpeg.ts';
import { createUrlGuard } from './net/url-guard.ts';
import { openMusicVideo } from './open-music-video.ts';
import { createWorker, type Worker } from './queue/worker.ts';
import { loadSecrets } from './server-secrets.ts';
import { createComposer } from './simulator/composer/create-composer.ts';
import { createPainter } from './simulator/painter/create-painter.ts';
import { SIMULATOR_ACCOUNT, startSimulator, type Simulator } from './simulator/simulator.ts';
import { lockDataFolder } from './store/sqlite/data-lock.ts';
import { createSqliteStore } from './store/sqlite/sqlite.ts';
import type { Store } from './store/store.ts';

/** A server that is up. */
export interface Atelier {
  url: string;
  /** The first API key. */
  apiKey: string;
  apiKeyIsNew: boolean;
  /** The embedded simulator, where that is the upstream. */
  simulator: Simulator | undefined;
  /** What callbacks are signed with; the first is the current one. */
  signingSecrets: readonly string[];
  store: Store;
  policy: PolicyService;
  /** Closes in order: HTTP, queue, Discord, callbacks, store. Every running job and due callback is picked up by the next start. */
  close(): Promise<void>;
}

export interface StartDeps {
  clock: Clock;
  log: Log;
  /** How patient Discord sessions are; for tests that break connections by the hundred. */
  discordLimits?: Partial<SessionLimits>;
}

/** Builds every part by hand, in order, and starts it. This is the only place where the parts meet. */
export async function startAtelier(config: Config, { clock, log, discordLimits = {} }: StartDeps): Promise<Atelier> {
  const closers: (() => Promise<void>)[] = [];
  const onClose = (close: () => Promise<void>): void => void closers.unshift(close);
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0)) await close().catch((error: unknown) => log.error({ err: error }, 'a part did not close well'));
  };
  try {
    return await assemble(config, { clock, log, discordLimits, onClose, closeAll });
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface Assembly extends Required<StartDeps> {
  /** What was opened last is closed first. */
  onClose(close: () => Promise<void>): void;
  closeAll(): Promise<void>;
}

async function assemble(config: Config, { clock, log, discordLimits, onClose, closeAll }: Assembly): Promise<Atelier> {
  const ids = createIds(clock);
  const secrets = await loadSecrets(config);
  const policy = await createPolicyService({
    dialects: config.contentPolicy,
    readList: () => readPolicyList(config.contentPolicyFile),
    log,
  }).catch((error: unknown) => {
    throw new ConfigError(`CONTENT_POLICY_FILE: ${error instanceof Error ? error.message : String(error)}`);
  });
  const lock = await lockDataFolder(config.dataFolder);
  onClose(() => lock.release());
  const store = createSqliteStore({ path: join(config.dataFolder, 'atelier.db'), log });
  onClose(() => store.close());
  await store.migrate();
  // This process is the only one on the data folder: whatever a killed one was sending is due again.
  await store.releaseAllDeliveries();
  await ensureFirstKey(store, secrets.apiKey, clock);
  const { blobs, close: closeBlobs } = await openBlobs(config);
  onClose(closeBlobs);

  const simulator = needsSimulator(config) ? await openSimulator(config, clock, log, onClose) : undefined;
  const restUrl = config.discordRestUrl ?? simulator?.restUrl ?? 'https://discord.com/api/v9';

  // Callers' URLs and the upstream's own files pass the same guard; only the upstream's host is let through for the latter.
  const guard = createUrlGuard({ allow: config.callbackAllow, clock, log });
  const upstreamGuard = createUrlGuard({ allow: simulated(config) ? [new URL(restUrl).host] : [], clock, log });
  let publicUrl = config.publicUrl ?? '';
  const links = createLinks({ secret: secrets.secret, publicUrl: () => publicUrl, retentionMs: config.assetRetention });

  const watch = createJobWatch({ clock, getJob: (id) => store.getJob(id) });
  const metrics = createMetrics(() => worker.running());
  const accounts: Accounts = createAccounts({
    clock,
    log,
    store,
    ids,
    secretBox: createSecretBox(secrets.secret),
    operatorUrl: config.operatorUrl,
    onChanged: (accountId) => void midjourney.forget(accountId),
    onFreed: () => worker.wake(),
    onPaused: (code) => {
      metrics.accountPaused(code);
      dispatcher.wake();
    },
  });
  const midjourney = createMidjourneyEngine({
    clock,
    ids,
    log,
    openAccount: (accountId) => accounts.open(accountId),
    createSession: (token) =>
      createDiscordSession({
        token,
        endpoints: { restUrl, gatewayUrl: null },
        clock,
        log,
        limits: { interactionIntervalMs: config.interactionInterval, ...discordLimits },
      }),
    onAccountTrouble: (accountId, failure) => void accounts.pauseAfter(accountId, failure),
    fetchImage: createImageFetcher(guard),
    postPage: createPagePoster({ url: simulated(config) ? new URL(restUrl).origin : MIDJOURNEY_PAGES_URL }),
    recentResultIds: async (accountId) =>
      resultMessageIds(await store.listJobs({ accountId, statuses: ['completed'], limit: RECENT_RESULTS })),
    settings: { firstAnswerTimeoutMs: config.firstAnswerTimeout, historyGraceMs: HISTORY_GRACE_MS },
  });

  const musicVideo = await openMusicVideo(config, { clock, log, blobs, guard });

  const { deliver, close: closeConnections } = createDeliver({ guard, clock });
  const dispatcher = createDispatcher({
    store,
    deliver,
    sign: createSigner({
      secrets: secrets.signingSecrets,
      ...(config.kieSigningKey === undefined ? {} : { kieKey: config.kieSigningKey }),
    }),
    retry: createRetrySchedule({ delaysMs: config.callbackRetryDelays, random: Math.random }),
    clock,
    log,
    onAttempt: ({ outcome, durationMs }, { dialect }) => metrics.attemptMade({ dialect, outcome }, durationMs),
  });

  const dialects = new Map<DialectName, Dialect>();
  const worker: Worker = createWorker({
    clock,
    log,
    store,
    watch,
    accounts,
    engines: [midjourney, musicVideo],
    collect: createCollector({ clock, ids, blobs, guard: upstreamGuard, retentionMs: config.assetRetention }),
    renderDeliveries: (job) => toDeliveries(job, dialects.get(job.dialect), ids, clock),
    onDelivery: () => dispatcher.wake(),
    onFailure: async (job, failure) => {
      if (job.accountId !== null) await accounts.pauseAfter(job.accountId, failure);
    },
    timeLimitMs: config.jobTimeLimit,
    queueLimitMs: config.queueTimeLimit,
    owner: ids.uuid(),
    soleOwner: true,
  });
  watch.subscribe((job) => {
    if (isFinal(job.status)) metrics.jobEnded({ dialect: job.dialect, verb: job.verb, status: job.status });
  });

  const checkUrl = (url: string): string => guard.check(url);
  const announce = (job: Job): void => {
    watch.publish(job);
    worker.offer(job);
  };
  const dialectDeps: NativeDeps = {
    clock,
    ids,
    log,
    store,
    watch,
    accounts,
    keys: createKeys({ clock, ids, log, store }),
    links,
    checkUrl,
    policy,
    suno: NO_SUNO,
    submit: createSubmit({ clock, store, checkUrl, onAccepted: announce }),
    authenticate: createAuthenticate({ clock, store }),
    cancel: (job) => worker.cancel(job),
    fail: (job, failure) => worker.fail(job, failure),
    holdCallbacks: (jobId) => dispatcher.hold(jobId),
    onDeliveriesDue: () => dispatcher.wake(),
  };
  for (const dialect of createDialects(config, dialectDeps)) dialects.set(dialect.name, dialect);

  if (simulator || simulated(config)) await presetAccount(config, accounts);

  // Closed in the reverse order: HTTP, queue, Discord, callbacks, store.
  const sweeper = createSweeper({ clock, log, store, blobs });
  keepRunning((signal) => sweeper.run(signal), onClose);
  onClose(async () => closeConnections());
  keepRunning((signal) => dispatcher.run(signal), onClose);
  onClose(() => midjourney.close());
  keepRunning((signal) => worker.run(signal), onClose);
  const app = await createApp({
    log,
    metrics,
    dialects: [...dialects.values()],
    plugins: [createAssetRoutes({ clock, log, store, blobs, links })],
    checkReady: async () => void (await store.listAccounts()),
  });
  onClose(() => app.close());
  const url = await app.listen({ host: config.host, port: config.port });
  publicUrl ||= url;
  for (const account of await accounts.list()) void midjourney.warm(account.id);

  return {
    url,
    apiKey: secrets.apiKey,
    apiKeyIsNew: secrets.apiKeyIsNew,
    signingSecrets: secrets.signingSecrets,
    simulator,
    store,
    policy,
    close: closeAll,
  };
}

/** Until there is an upstream that makes music. */
const NO_SUNO: SunoRelay = {
  isSimulated: true,
  ask: async () => Promise.reject(new JobError('not-configured', 'This server has no Suno upstream')),
};

/** A restarted job may not take the picture of one of these for its own. */
const RECENT_RESULTS = 500;

const resultMessageIds = (jobs: readonly Job[]): string[] => jobs.flatMap(({ output }) => output.message?.id ?? []);

/** Midjourney's own host for its pages inside Discord, named after its application. Source: trueai-org/midjourney-proxy. */
const MIDJOURNEY_PAGES_URL = 'https://936929561302675456.discordsays.com';

/** How long evidence of a job in the channel is waited for after a restart, before Midjourney is asked again. */
const HISTORY_GRACE_MS = 5_000;

const simulated = (config: Config): boolean => config.midjourneyUpstream === 'simulator';
/** A simulator that runs elsewhere is named by its REST base. */
const needsSimulator = (config: Config): boolean => simulated(config) && config.discordRestUrl === undefined;

async function openSimulator(config: Config, clock: Clock, log: Log, onClose: Assembly['onClose']): Promise<Simulator> {
  const ffmpeg = createFfmpegFinder({ path: config.ffmpegPath, environmentPath: config.searchPath });
  const painter = createPainter({ ffmpeg: () => ffmpeg.path() });
  onClose(() => painter.close());
  const composer = createComposer({ ffmpeg: () => ffmpeg.path() });
  onClose(() => composer.close());
  const simulator = await startSimulator({
    host: config.host,
    port: config.simulatorPort,
    pace: config.simulatorPace,
    tilePixels: config.simulatorTile,
    clock,
    log,
    painter,
    composer,
  });
  onClose(() => simulator.close());
  return simulator;
}

/** The simulator's account, ready for use, unless the operator wants none. */
async function presetAccount(config: Config, accounts: Accounts): Promise<void> {
  if (config.noPreset || (await accounts.list()).length > 0) return;
  const { token, channelId, guildId } = SIMULATOR_ACCOUNT;
  await accounts.configure({ token, channelId, guildId, maxJobs: 3 });
}

/** Runs something until the server closes, and waits for its end then. */
function keepRunning(run: (signal: AbortSignal) => Promise<void>, onClose: Assembly['onClose']): void {
  const stop = new AbortController();
  const done = run(stop.signal);
  onClose(async () => {
    stop.abort(new Error('the server is closing'));
    await done;
  });
}
