import { join } from 'node:path';
import { createAccounts, type Accounts } from '../account/account-service.ts';
import { createKeys, ensureFirstKey } from '../account/create-keys.ts';
import { createSecretBox } from '../account/secret-box.ts';
import { createCollector } from '../asset/collect.ts';
import { createLinks } from '../asset/links.ts';
import { BlobStoreError } from '../asset/blobs/driver.ts';
import { openBlobs } from '../asset/blobs/drivers.ts';
import { createSweeper } from '../asset/sweep.ts';
import { createDeliver } from '../callback/deliver.ts';
import { createDispatcher } from '../callback/dispatch.ts';
import { createRetrySchedule } from '../callback/attempt.ts';
import { createSigner } from '../callback/sign.ts';
import { createShutdownHooks, type ShutdownHooks } from './shutdown.ts';
import { ConfigError, type Config } from '../config/config.ts';
import type { SessionLimits } from '../discord/limits.ts';
import { createApp } from '../http/app.ts';
import { createAssetRoutes } from '../http/assets/asset-routes.ts';
import { createAuthenticate } from '../http/auth.ts';
import type { Dialect, NativeDeps } from '../http/dialect.ts';
import { toDeliveries } from '../http/deliveries.ts';
import { createDialects } from '../http/dialects.ts';
import { isFinal, type DialectName, type Job } from '../core/job.ts';
import { createPolicyService, readPolicyList, type PolicyService } from '../policy/policy-service.ts';
import { createSubmit } from '../core/submit.ts';
import { createJobWatch } from '../core/watch.ts';
import type { Clock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import type { Log } from '@atelier/lib/log';
import { createMetrics } from '../http/metrics.ts';
import { createUrlGuard } from '../net/url-guard.ts';
import { openMidjourney, presetAccount } from './open-midjourney.ts';
import { openMusicVideo } from './open-music-video.ts';
import { openUpstreams, upstreamHosts } from './open-simulator.ts';
import { openSuno } from './open-suno.ts';
import { createWorker, type Worker } from '../queue/worker.ts';
import { loadSecrets } from './secrets.ts';
import type { Simulator } from '@atelier/simulator';
import { lockDataFolder } from '../store/sqlite/data-lock.ts';
import { createSqliteStore } from '../store/sqlite/sqlite.ts';
import type { Store } from '../core/store.ts';

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
  const closers = createShutdownHooks(log);
  try {
    return await assemble(config, { clock, log, discordLimits, closers });
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function assemble(
  config: Config,
  { clock, log, discordLimits, closers }: Required<StartDeps> & { closers: ShutdownHooks },
): Promise<Atelier> {
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
  closers.add(() => lock.release());
  const store = createSqliteStore({ path: join(config.dataFolder, 'atelier.db'), log });
  closers.add(() => store.close());
  await store.migrate();
  // This process is the only one on the data folder: whatever a killed one was sending is due again.
  await store.releaseAllDeliveries();
  await ensureFirstKey(store, secrets.apiKey, clock);
  const { blobs, close: closeBlobs } = await openBlobs(config).catch((error: unknown) => {
    throw error instanceof BlobStoreError ? new ConfigError(error.message, { cause: error.cause }) : error;
  });
  closers.add(closeBlobs);

  const upstreams = await openUpstreams(config, { clock, log, closers });
  const { simulator, discord } = upstreams;

  // Callers' URLs and the upstreams' own files pass the same guard; only the upstreams' hosts are let through for the latter.
  const guard = createUrlGuard({ allow: config.callbackAllow, clock, log });
  const upstreamGuard = createUrlGuard({ allow: upstreamHosts(upstreams), clock, log });
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
    findPrivateChannel: (token) => midjourney.findPrivateChannel(token),
    onChanged: (accountId) => void midjourney.forget(accountId),
    onFreed: () => worker.wake(),
    onPaused: (code) => {
      metrics.accountPaused(code);
      dispatcher.wake();
    },
  });
  const midjourney = openMidjourney(config, { clock, ids, log, store, accounts, guard, discord, discordLimits });
  const suno = openSuno(config, { clock, log, closers, suno: upstreams.suno, secret: secrets.secret, publicUrl: () => publicUrl });
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
    engines: [midjourney, suno.engine, musicVideo],
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
    suno: suno.relay,
    submit: createSubmit({ clock, store, checkUrl, onAccepted: announce }),
    authenticate: createAuthenticate({ clock, store }),
    cancel: (job) => worker.cancel(job),
    fail: (job, failure) => worker.fail(job, failure),
    suppressCallbacks: (jobId) => dispatcher.suppress(jobId),
    onDeliveriesDue: () => dispatcher.wake(),
  };
  for (const dialect of createDialects(config, dialectDeps)) dialects.set(dialect.name, dialect);

  if (discord.isSimulated) await presetAccount(config, accounts);

  // Closed in the reverse order: HTTP, queue, Discord, callbacks, store.
  const sweeper = createSweeper({ clock, log, store, blobs });
  closers.keepRunning((signal) => sweeper.run(signal));
  closers.add(async () => closeConnections());
  closers.keepRunning((signal) => dispatcher.run(signal));
  closers.add(() => midjourney.close());
  // Jobs give their upstreams an address of ours, which is known only then.
  const listening = Promise.withResolvers<void>();
  closers.keepRunning(async (signal) => {
    await listening.promise;
    await worker.run(signal);
  });
  closers.add(async () => listening.resolve());
  const app = await createApp({
    log,
    metrics,
    dialects: [...dialects.values()],
    plugins: [createAssetRoutes({ clock, log, store, blobs, links }), suno.routes],
    checkReady: async () => void (await store.listAccounts()),
  });
  closers.add(() => app.close());
  const url = await app.listen({ host: config.host, port: config.port });
  publicUrl ||= url;
  listening.resolve();
  for (const account of await accounts.list()) void midjourney.warm(account.id);

  return {
    url,
    apiKey: secrets.apiKey,
    apiKeyIsNew: secrets.apiKeyIsNew,
    signingSecrets: secrets.signingSecrets,
    simulator,
    store,
    policy,
    close: closers.closeAll,
  };
}
