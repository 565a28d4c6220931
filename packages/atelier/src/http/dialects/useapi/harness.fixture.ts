import type { FastifyInstance, InjectOptions } from 'fastify';
import { type AccountPause } from '../../../core/account.ts';
import { NO_LIMITS, type ApiKey } from '../../../core/key.ts';
import { hashSecret } from '../../../account/secret-box.ts';
import { finalStatusOf, type Job, type JobOutput, type UpstreamMessage } from '../../../core/job.ts';
import type { JobFailure } from '../../../core/errors.ts';
import type { FakeClock } from '@atelier/lib/clock';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import type { Store, TransitionJob } from '../../../core/store.ts';
import type { Dialect, DialectDeps } from '../../dialect.ts';
import { createTestApp, createTestServices } from '../testing/test-services.ts';
import { createManualCheck, type ManualCheck } from './manual-check.fixture.ts';
import { createUseapiDialect } from './useapi.ts';

export const CHANNEL = '1316232391072944131';
export const SERVER = '1316232391072940001';
/** That of any token with the bot. */
export const PRIVATE_CHANNEL = '1316232391072944555';
export const DISCORD = 'MTIzNDU2Nzg5.fake.token-xyz';
export const MASKED = 'MTI…secured…xyz';
/** The instant of the manual's samples. */
export const NOW_MS = Date.parse('2023-09-09T02:04:49.667Z');
const ADMIN_SECRET = 'user:1-admin';
const GUEST_SECRET = 'user:2-guest';

export interface Answer {
  status: number;
  body: JsonObject;
  /** The body where it is no object. */
  raw: string;
  headers: Record<string, unknown>;
}

/** The dialect inside the real app and the real services, over a real store; the upstream is moved by hand. */
export interface Harness {
  app: FastifyInstance;
  dialect: Dialect;
  clock: FakeClock;
  store: Store;
  accounts: DialectDeps['accounts'];
  admin: ApiKey;
  /** Which answers the manual declares, and which of them were seen. */
  manual: ManualCheck;
  /** What happened to the callbacks of jobs, in order: `suppress <jobid>`, `release <jobid>`. */
  events: string[];
  call(method: 'GET' | 'POST' | 'DELETE', url: string, body?: JsonObject, options?: { as?: 'guest' | 'nobody' }): Promise<Answer>;
  inject(options: InjectOptions): Promise<Answer>;
  /** The next job that is accepted after this call. */
  nextJob(): Promise<Job>;
  /** Writes a change of a job as the queue would, and tells those who wait. */
  move(jobId: string, set: TransitionJob['set']): Promise<Job>;
  fail(jobId: string, failure: JobFailure, message?: UpstreamMessage): Promise<Job>;
  pause(accountId: string, code: AccountPause['code']): Promise<void>;
  close(): Promise<void>;
}

export const bearer = (secret = ADMIN_SECRET): Record<string, string> => ({ authorization: `Bearer ${secret}` });

export async function createTestHarness(): Promise<Harness> {
  const services = await createTestServices({ nowMs: NOW_MS, privateChannelId: PRIVATE_CHANNEL });
  const { clock, move } = services;
  const { store, accounts, watch } = services.deps;
  const events: string[] = [];
  const waiting: ((job: Job) => void)[] = [];
  watch.subscribe((job) => {
    if (job.status === 'queued') waiting.shift()?.(job);
  });

  const dialect = createUseapiDialect({
    ...services.deps,
    links: { url: (asset) => `https://files.test/${asset.assetId}/${asset.filename}?s=1` },
    suppressCallbacks(jobId) {
      events.push(`suppress ${jobId}`);
      return () => events.push(`release ${jobId}`);
    },
  });
  const manual = createManualCheck();
  const app = await createTestApp({ ...dialect, plugin: manual.watch(dialect.plugin) });

  const key = {
    secretHash: '',
    replyUrl: null,
    expiresAtMs: null,
    suspendedAtMs: null,
    revokedAtMs: null,
    limits: NO_LIMITS,
    createdAtMs: NOW_MS,
  };
  const admin = await store.createKey({ ...key, id: 'key-1', name: 'operator', admin: true, secretHash: hashSecret(ADMIN_SECRET) });
  await store.createKey({ ...key, id: 'key-2', name: 'guest', admin: false, secretHash: hashSecret(GUEST_SECRET) });

  async function inject(options: InjectOptions): Promise<Answer> {
    const response = await app.inject({ ...options, headers: { ...bearer(), ...options.headers } });
    manual.assertClean();
    const parsed: unknown = response.body === '' ? {} : JSON.parse(response.body);
    return { status: response.statusCode, body: isJsonObject(parsed) ? parsed : {}, raw: response.body, headers: response.headers };
  }

  return {
    app,
    dialect,
    clock,
    store,
    accounts,
    admin,
    manual,
    events,
    inject,
    move,
    call(method, url, body, options = {}) {
      const headers = options.as === undefined ? bearer() : { authorization: options.as === 'guest' ? `Bearer ${GUEST_SECRET}` : '' };
      return inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
    },
    nextJob: () => new Promise((resolve) => waiting.push(resolve)),
    async fail(jobId, failure, message) {
      const job = await store.getJob(jobId);
      if (!job) throw new Error(`no job ${jobId}`);
      const output = message === undefined ? job.output : { ...job.output, message };
      return await move(jobId, { status: finalStatusOf(failure), failure, output });
    },
    async pause(accountId, code) {
      await store.setAccountPause(accountId, { code, title: PENDING.title, details: PENDING.details, atMs: clock.now() }, clock.now());
    },
    async close() {
      await app.close();
      await services.close();
    },
  };
}

/** Source: useapi, jobs/info, 596. */
export const PENDING: JobFailure = {
  code: 'pending-moderation',
  title: 'Pending mod message',
  details: 'You have a pending moderation message. Please acknowledge it before using the bot further.',
};

/** Midjourney's message about a job. */
export const message = (id: string, content: string, embeds: JsonObject[] = []): UpstreamMessage => ({
  id,
  content,
  embeds,
  flags: 0,
  timestamp: '2023-09-09T02:04:51.926000+00:00',
});

const GRID_BUTTONS = ['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4', '❤️', 'Web'];

/** A finished grid: four pictures cut from it beside it, and two buttons that v2 does not name. */
export const gridOutput = (messageId: string, labels = GRID_BUTTONS): JobOutput => ({
  message: message(messageId, '**Steampunk cat --s 750 --v 5.2** - <@42> (fast)'),
  buttons: labels.map((label) => ({ label, customId: `MJ::JOB::${label}`, style: 2 })),
  assets: [1, 2, 3, 4, 0].map((index) => ({
    assetId: `115000000000000000${index}`,
    role: index === 0 ? ('grid' as const) : ('image' as const),
    index,
    contentType: 'image/png',
    filename: `cat_${index}.png`,
    bytes: 7_204_115,
    width: 2048,
    height: 2048,
  })),
  data: {},
});

/** Submits with `body` and finishes the job as a grid; the finished job. */
export async function finishedGrid(harness: Harness, body: JsonObject = { prompt: 'Steampunk cat' }): Promise<Job> {
  const next = harness.nextJob();
  const answer = harness.call('POST', '/v2/jobs/imagine', body);
  const { id } = await next;
  await harness.move(id, { status: 'started', output: { ...gridOutput('700'), assets: [], buttons: [] } });
  await answer;
  return await harness.move(id, { status: 'completed', output: gridOutput('701') });
}

/** One account that the operator configured, with room for three jobs. */
export const configureAccount = (harness: Harness, channelId = CHANNEL, token = DISCORD, maxJobs = 3) =>
  harness.accounts.configure({ channelId, guildId: SERVER, token, maxJobs });

/** Midjourney's message that it has taken a job. */
export const STARTED = message('1149', '**Steampunk cat --s 750** - <@42> (Waiting to start)');

/** The job that a POST made, and its answer to come; rejects when no job was made. */
export async function post(harness: Harness, path: string, body: JsonObject): Promise<{ job: Job; answer: Promise<Answer> }> {
  const next = harness.nextJob();
  const answer = harness.call('POST', path, body);
  const refused = answer.then(({ status, raw }) => Promise.reject(new Error(`no job was made: ${status} ${raw}`)));
  return { job: await Promise.race([next, refused]), answer };
}

export const start = (harness: Harness, job: Job): Promise<Job> =>
  harness.move(job.id, { status: 'started', output: { ...job.output, message: STARTED } });

/** The answer to a POST whose job Midjourney takes. */
export async function postStarted(harness: Harness, path: string, body: JsonObject): Promise<Answer> {
  const { job, answer } = await post(harness, path, body);
  await start(harness, job);
  return await answer;
}

export const NOTICE = 'Your Discord account has received a pending moderation message from Midjourney. Please address this issue and';
