import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Account, type AccountPause } from '../../../core/account.ts';
import { NO_LIMITS } from '../../../core/key.ts';
import { hashSecret } from '../../../account/secret-box.ts';
import { JobError, type JobFailure } from '../../../core/errors.ts';
import { EMPTY_OUTPUT, finalStatusOf, type Job, type JobOutput, type OutputAsset } from '../../../core/job.ts';
import { createContentPolicy } from '../../../policy/policy.ts';
import type { PolicyService } from '../../../policy/policy-service.ts';
import { createSubmit } from '../../../core/submit.ts';
import { createJobWatch } from '../../../core/watch.ts';
import { createFakeClock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import { silentLog } from '@atelier/lib/log';
import { createMetrics } from '../../metrics.ts';
import { createSqliteStore } from '../../../store/sqlite/sqlite.ts';
import type { Store, TransitionJob } from '../../../core/store.ts';
import { createApp } from '../../app.ts';
import { createFakeSuno } from './fake-suno.ts';
import { createAuthenticate } from '../../auth.ts';
import type { Dialect } from '../../dialect.ts';

export type Harness = Awaited<ReturnType<typeof createTestHarness>>;

/** What dialects are given, over a real store; accounts and links are made up, and the queue is moved by hand. */
export async function createTestHarness() {
  const clock = createFakeClock(Date.parse('2025-02-26T10:30:00.250Z'));
  const folder = await mkdtemp(join(tmpdir(), 'atelier-dialect-'));
  const store: Store = createSqliteStore({ path: join(folder, 'test.db'), log: silentLog });
  await store.migrate();
  await addKeys(store);
  const watch = createJobWatch({ clock, getJob: (id) => store.getJob(id) });
  /** Every job as it was last written. */
  const jobs = new Map<string, Job>();
  watch.subscribe((job) => jobs.set(job.id, job));
  const accounts: Account[] = [fakeAccount('1001', null)];
  const heldJobs = new Set<string>();
  const suno = createFakeSuno();

  /** The job as a worker has it. */
  const claim = async (jobId: string): Promise<Job> => {
    const job = jobs.get(jobId);
    if (job?.status !== 'queued') return job ?? assert.fail(`no job ${jobId}`);
    const nowMs = clock.now();
    const lease = { owner: 'test', nowMs, leaseUntilMs: nowMs + 1, operation: {} };
    return (
      (await store.startJob({ jobId, version: job.version, accountId: '1001', slots: null, ...lease })) ??
      assert.fail(`${jobId} was not started`)
    );
  };

  /** Moves a job as the queue would. */
  const move = async (jobId: string, set: TransitionJob['set']): Promise<Job> => {
    const { version } = await claim(jobId);
    const moved = await store.transition({ jobId, version, nowMs: clock.now(), set });
    assert.ok(moved, `${jobId} cannot become ${set.status}`);
    watch.publish(moved);
    return moved;
  };

  return {
    clock,
    jobs,
    accounts,
    /** Jobs whose callbacks are kept back. */
    heldJobs,
    /** The Suno upstream, moved by hand. */
    suno,
    move,
    complete: (jobId: string, output: JobOutput = GRID_OUTPUT): Promise<Job> => move(jobId, { status: 'completed', output }),
    fail: (jobId: string, failure: JobFailure): Promise<Job> => move(jobId, { status: finalStatusOf(failure), failure }),
    async close(): Promise<void> {
      await store.close();
      await rm(folder, { recursive: true });
    },
    deps: {
      clock,
      log: silentLog,
      store,
      watch,
      checkUrl,
      /** Off, as in most tests; `policyOf` makes another. */
      policy: policyOf([]),
      suno: suno.relay,
      ids: createIds(clock),
      submit: createSubmit({ clock, store, checkUrl, onAccepted: watch.publish }),
      accounts: {
        list: async () => accounts,
        get: async (id: string) => accounts.find((account) => account.id === id),
      },
      links: {
        url: ({ assetId, filename }: Pick<OutputAsset, 'assetId' | 'filename'>) => `https://atelier.test/assets/${assetId}/${filename}`,
      },
      authenticate: createAuthenticate({ clock, store }),
      suppressCallbacks: (jobId: string) => {
        heldJobs.add(jobId);
        return () => void heldJobs.delete(jobId);
      },
    },
  };
}

/** The server with this one dialect. The caller closes it. */
export const openApp = (dialect: Dialect): Promise<FastifyInstance> =>
  createApp({ log: silentLog, metrics: createMetrics(() => 0), dialects: [dialect], plugins: [], checkReady: async () => {} });

/** A content policy that looks for these terms, in every dialect. */
export function policyOf(terms: readonly string[]): PolicyService {
  const { check } = createContentPolicy({ terms });
  return { check: (_dialect, text) => check(text), reload: async () => ({ terms: terms.length }) };
}

function checkUrl(url: string): string {
  if (!URL.canParse(url) || !/^https?:\/\/(?!localhost)/.test(url)) throw new JobError('url-refused', 'This URL may not be used');
  return new URL(url).href;
}

/** Two callers and the operator; the name is the secret. */
async function addKeys(store: Store): Promise<void> {
  const times = { createdAtMs: 0, expiresAtMs: null, suspendedAtMs: null, revokedAtMs: null, limits: NO_LIMITS };
  for (const name of ['ann', 'bob', 'root']) {
    await store.createKey({ id: `key_${name}`, name, secretHash: hashSecret(name), admin: name === 'root', replyUrl: null, ...times });
  }
}

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
