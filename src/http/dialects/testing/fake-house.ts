import assert from 'node:assert/strict';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Account, AccountPause, ApiKey } from '../../../account/account.ts';
import { JobError, type JobFailure } from '../../../job/errors.ts';
import { canFollow, EMPTY_OUTPUT, finalStatusOf, isFinal, type Job, type JobOutput, type OutputAsset } from '../../../job/job.ts';
import { createSubmit, type SubmitDeps } from '../../../job/submit.ts';
import { createJobWatch } from '../../../job/watch.ts';
import { createFakeClock } from '../../../lib/clock.ts';
import { silentLog } from '../../../lib/log.ts';
import type { Dialect } from '../../dialect.ts';

export type FakeHouse = ReturnType<typeof createFakeHouse>;

/** What dialects are given, kept in memory: jobs are accepted for real and move when a test says so. */
export function createFakeHouse() {
  const clock = createFakeClock(Date.parse('2025-02-26T10:30:00.250Z'));
  const jobs = new Map<string, Job>();
  const accounts: Account[] = [fakeAccount('1001', null)];
  const heldJobs = new Set<string>();
  const watch = createJobWatch({ clock, getJob: async (id) => jobs.get(id) });
  let count = 0;

  const checkUrl = (url: string): string => {
    if (!URL.canParse(url) || !/^https?:\/\/(?!localhost)/.test(url)) throw new JobError('url-refused', 'This URL may not be used');
    return new URL(url).href;
  };

  const write = (job: Job): Job => {
    jobs.set(job.id, job);
    watch.publish(job);
    return job;
  };

  /** Moves a job as the queue would. */
  const move = (jobId: string, set: Partial<Job>): Job => {
    const job = jobs.get(jobId);
    assert.ok(job, `no job ${jobId}`);
    const status = set.status ?? job.status;
    assert.ok(canFollow(job.status, status), `${status} cannot follow ${job.status}`);
    const nowMs = clock.now();
    return write({ ...job, ...set, status, updatedAtMs: nowMs, finishedAtMs: isFinal(status) ? nowMs : null, version: job.version + 1 });
  };

  return {
    clock,
    jobs,
    accounts,
    /** Jobs whose callbacks are kept back. */
    heldJobs,
    move,
    complete: (jobId: string, output: JobOutput = GRID_OUTPUT): Job => move(jobId, { status: 'completed', output, accountId: '1001' }),
    fail: (jobId: string, failure: JobFailure): Job => move(jobId, { status: finalStatusOf(failure), failure }),
    deps: {
      clock,
      log: silentLog,
      watch,
      checkUrl,
      ids: {
        uuid: () => `00000000-0000-7000-8000-${String((count += 1)).padStart(12, '0')}`,
        hex: (bytes: number) => (count += 1).toString(16).padStart(bytes * 2, '0'),
        snowflake: () => String((count += 1)),
      },
      store: { getJob: async (id: string) => jobs.get(id) },
      submit: createSubmit({ clock, checkUrl, store: createAcceptingStore(write), onAccepted: () => {} }),
      accounts: {
        list: async () => accounts,
        get: async (id: string) => accounts.find((account) => account.id === id),
      },
      links: {
        url: ({ assetId, filename }: Pick<OutputAsset, 'assetId' | 'filename'>) => `https://atelier.test/assets/${assetId}/${filename}`,
      },
      authenticate: async ({ headers }: FastifyRequest): Promise<ApiKey> => {
        const key = KEYS.find(({ name }) => headers.authorization === `Bearer ${name}`);
        if (!key) throw new JobError('unauthorized', 'Unauthorized');
        return key;
      },
      holdCallbacks: (jobId: string) => {
        heldJobs.add(jobId);
        return () => void heldJobs.delete(jobId);
      },
    },
  };
}

/** A server with this one dialect, as `http/app.ts` mounts it. The caller closes it. */
export async function openApp(dialect: Dialect): Promise<FastifyInstance> {
  const app = fastify({ bodyLimit: 1024 * 1024 });
  await app.register(dialect.plugin);
  app.setNotFoundHandler(async (request, reply) => {
    const answer = dialect.answerUnknownPath(request.method, request.url.split('?')[0] ?? '/');
    return reply.code(answer?.status ?? 404).send(answer?.body ?? 'nobody');
  });
  return app;
}

const fakeKey = (name: string, number: number, admin: boolean): ApiKey => ({
  id: `key_${name}`,
  number,
  name,
  secretHash: name,
  admin,
  replyUrl: null,
  createdAtMs: 0,
  expiresAtMs: null,
  suspendedAtMs: null,
  revokedAtMs: null,
});

/** The name is the secret. */
const KEYS = [fakeKey('ann', 1, false), fakeKey('bob', 2, false), fakeKey('root', 3, true)];

export const fakeAccount = (id: string, pause: AccountPause | null): Account => ({
  id,
  channelId: id,
  guildId: '1',
  sealedToken: 'sealed',
  tokenHash: 'hash',
  maskedToken: 'ABC…secured…xyz',
  maxJobs: 3,
  listed: true,
  pause,
  createdAtMs: 0,
  updatedAtMs: 0,
});

export const fakeAsset = (role: OutputAsset['role'], index: number): OutputAsset => ({
  assetId: `${role}${index}`,
  role,
  index,
  contentType: role === 'video' ? 'video/mp4' : 'image/png',
  filename: role === 'video' ? `${index}.mp4` : `${index}.png`,
  bytes: 1,
  width: 1,
  height: 1,
});

const button = (label: string, action: string) => ({ label, customId: `MJ::JOB::${action}::uuid`, style: 2 });

const MESSAGE = {
  id: '1234567890123456789',
  content: '**a fox** - <@1> (fast)',
  timestamp: '2025-02-26T10:31:00.000000+00:00',
  flags: 64,
  embeds: [],
};

/** A finished grid: four pictures, not in order, and the nine buttons under them. */
export const GRID_OUTPUT: JobOutput = {
  ...EMPTY_OUTPUT,
  message: MESSAGE,
  assets: [fakeAsset('grid', 0), fakeAsset('image', 2), fakeAsset('image', 1), fakeAsset('image', 3), fakeAsset('image', 4)],
  buttons: [
    ...[1, 2, 3, 4].map((number) => button(`U${number}`, `upsample::${number}`)),
    button('🔄', 'reroll::0'),
    ...[1, 2, 3, 4].map((number) => button(`V${number}`, `variation::${number}`)),
  ],
};

/** A finished upscale: one picture. */
export const SINGLE_OUTPUT: JobOutput = {
  ...EMPTY_OUTPUT,
  message: MESSAGE,
  assets: [fakeAsset('image', 1)],
  buttons: [button('Upscale (Subtle)', 'upsample_v7_2x_subtle::1')],
};

/** A finished video task with two videos that can be made longer. */
export const VIDEO_OUTPUT: JobOutput = {
  ...EMPTY_OUTPUT,
  message: MESSAGE,
  assets: [fakeAsset('cover', 0), fakeAsset('video', 1), fakeAsset('video', 2)],
  buttons: [
    button('U1', 'video_virtual_upscale::1'),
    button('Extend (High motion)', 'animate_high_extend::1'),
    button('Extend (Low motion)', 'animate_low_extend::2'),
  ],
};

function createAcceptingStore(write: (job: Job) => Job): SubmitDeps['store'] {
  const keys = new Map<string, { fingerprint: string; job: Job }>();
  return {
    async acceptJob({ job, idempotency }) {
      const first = idempotency && keys.get(idempotency.key);
      if (first)
        return first.fingerprint === idempotency.fingerprint
          ? { outcome: 'repeated', job: first.job }
          : { outcome: 'idempotency-mismatch' };
      if (idempotency) keys.set(idempotency.key, { fingerprint: idempotency.fingerprint, job });
      return { outcome: 'accepted', job: write(job) };
    },
  };
}
