import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import { silentLog } from '@atelier/lib/log';
import { createFileBlobs } from '../../../asset/blobs/file-blobs.ts';
import { createUploads } from '../../../asset/uploads.ts';
import { createAccounts } from '../../../account/account-service.ts';
import { createKeys } from '../../../account/create-keys.ts';
import { createSecretBox } from '../../../account/secret-box.ts';
import { JobError, type JobFailure } from '../../../core/errors.ts';
import { finalStatusOf, isFinal, type Job } from '../../../core/job.ts';
import type { TransitionJob } from '../../../core/store.ts';
import { createSubmit } from '../../../core/submit.ts';
import { createJobWatch } from '../../../core/watch.ts';
import { createContentPolicy } from '../../../policy/policy.ts';
import type { PolicyService } from '../../../policy/policy-service.ts';
import { createSqliteStore } from '../../../store/sqlite/sqlite.ts';
import { createApp, type AppDeps } from '../../app.ts';
import { createAuthenticate } from '../../auth.ts';
import type { Dialect, NativeDeps } from '../../dialect.ts';
import { createMetrics } from '../../metrics.ts';
import { createFakeSuno } from './fake-suno.ts';

/**
 * The server with these dialects and plugins: it logs nothing and is ready. The caller closes it. A dependency that `createApp` gains gets its
 * default here, and no other test changes.
 */
export const createTestApp = (parts: Dialect | Partial<AppDeps> = {}): Promise<FastifyInstance> =>
  createApp({
    log: silentLog,
    metrics: createMetrics({ running: () => 0, accounts: async () => ({ active: 0, held: 0, paused: 0 }) }),
    plugins: [],
    dialects: 'renderCallback' in parts ? [parts] : [],
    checkReady: async () => ({}),
    ...('renderCallback' in parts ? {} : parts),
  });

/** Real services over a real store, for dialects under test. The engine is missing: the test moves the jobs. */
export interface TestServices {
  clock: FakeClock;
  /** The dependencies of any dialect; a test replaces single ones: `{ ...deps, policy }`. */
  deps: NativeDeps;
  /** The Suno upstream; the test sets its answers. */
  suno: ReturnType<typeof createFakeSuno>;
  /** Jobs with suppressed callbacks. */
  suppressedJobs: Set<string>;
  /** How many times a dialect said that deliveries are due. */
  countWakes(): number;
  /** Writes a change of a job as the queue would, and publishes it. A queued job is started first, on account 1001 unless it names another. */
  move(jobId: string, set: TransitionJob['set']): Promise<Job>;
  /** Ends a job with this failure, after its start. */
  fail(jobId: string, failure: JobFailure): Promise<Job>;
  close(): Promise<void>;
}

const UPLOAD_KEEP_MS = 86_400_000;

/** The services at an instant; every token has this private channel. A dependency that `NativeDeps` gains gets its default here, and no other test changes. */
export async function createTestServices({
  nowMs = Date.parse('2025-02-26T10:30:00.250Z'),
  privateChannelId = '30030030',
} = {}): Promise<TestServices> {
  const clock = createFakeClock(nowMs);
  const ids = createIds(clock);
  const log = silentLog;
  const folder = await mkdtemp(join(tmpdir(), 'atelier-dialect-'));
  const store = createSqliteStore({ path: join(folder, 'test.db'), log });
  await store.migrate();
  const watch = createJobWatch({ clock, getJob: (id) => store.getJob(id) });
  const suno = createFakeSuno();
  const suppressedJobs = new Set<string>();
  let wakes = 0;
  const blobs = createFileBlobs(join(folder, 'blobs'));

  async function move(jobId: string, set: TransitionJob['set']): Promise<Job> {
    const { version } = await startQueued({ clock, store }, jobId);
    const moved = await store.transition({ jobId, version, nowMs: clock.now(), set });
    if (!moved) throw new Error(`job ${jobId} cannot become ${set.status}`);
    watch.publish(moved);
    return moved;
  }
  const end = async (job: Job, failure: JobFailure): Promise<Job> => {
    const now = (await store.getJob(job.id)) ?? job;
    if (isFinal(now.status)) return now;
    // A job that is cancelled while it waits never starts.
    const set = { status: finalStatusOf(failure), failure };
    const ended = await store.transition({ jobId: now.id, version: now.version, nowMs: clock.now(), set });
    if (!ended) throw new Error(`job ${job.id} changed meanwhile`);
    watch.publish(ended);
    return ended;
  };

  return {
    clock,
    suno,
    suppressedJobs,
    countWakes: () => wakes,
    move,
    fail: (jobId, failure) => move(jobId, { status: finalStatusOf(failure), failure }),
    async close() {
      await store.close();
      await rm(folder, { recursive: true });
    },
    deps: {
      clock,
      ids,
      log,
      store,
      watch,
      checkUrl,
      policy: policyOf([]),
      suno: suno.relay,
      uploads: createUploads({ clock, ids, store, blobs, keepMs: UPLOAD_KEEP_MS }),
      submit: createSubmit({ clock, store, checkUrl, onAccepted: watch.publish }),
      keys: createKeys({ clock, ids, log, store }),
      accounts: {
        ...createAccounts({
          clock,
          ids,
          log,
          store,
          upstream: 'simulator',
          operatorUrl: undefined,
          secretBox: createSecretBox('a secret of the tests'),
          onChanged: () => {},
          onFreed: () => {},
          onPaused: () => {},
          onHeld: () => {},
        }),
        findPrivateChannel: async () => privateChannelId,
      },
      links: { url: ({ assetId, filename }) => `https://atelier.test/assets/${assetId}/${filename}` },
      authenticate: createAuthenticate({ clock, store }),
      cancel: (job) => end(job, { code: 'cancelled', title: 'Cancelled', details: null }),
      fail: end,
      suppressCallbacks(jobId) {
        suppressedJobs.add(jobId);
        return () => void suppressedJobs.delete(jobId);
      },
      onDeliveriesDue: () => void wakes++,
      accountLimits: { jobsPerDay: null, jobIntervalMs: 0 },
    },
  };
}

/** The job as the worker of the test owns it: started, if it was queued. */
async function startQueued({ clock, store }: Pick<NativeDeps, 'clock' | 'store'>, jobId: string): Promise<Job> {
  const job = await store.getJob(jobId);
  if (!job) throw new Error(`no job ${jobId}`);
  if (job.status !== 'queued') return job;
  const nowMs = clock.now();
  const lease = { owner: 'test', nowMs, leaseUntilMs: nowMs + 1, operation: {} };
  const started = await store.startJob({ jobId, version: job.version, accountId: job.accountId ?? '1001', slots: null, ...lease });
  if (!started) throw new Error(`job ${jobId} was not started`);
  return started;
}

/** A content policy that refuses these terms in every dialect. */
export function policyOf(terms: readonly string[]): PolicyService {
  const { check } = createContentPolicy({ terms });
  return { check: (_dialect, text) => check(text), reload: async () => ({ terms: terms.length }) };
}

function checkUrl(url: string): string {
  if (!URL.canParse(url) || !/^https?:\/\/(?!localhost)/.test(url)) throw new JobError('url-refused', 'This URL may not be used');
  return new URL(url).href;
}
