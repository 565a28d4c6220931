import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { AccountLimits } from '../../core/account.ts';
import type { NewDelivery } from '../../core/delivery.ts';
import type { Engine, EngineUpdate, RunOptions } from '../../core/engine.ts';
import type { JobFailure } from '../../core/errors.ts';
import { isFinal, type EngineName, type Job } from '../../core/job.ts';
import type { JobWatch } from '../../core/watch.ts';
import type { Clock, FakeClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import type { Store } from '../../core/store.ts';
import { createWorker, type Worker, type WorkerDeps } from '../worker.ts';

/** Milliseconds that a job of a test may wait in the queue. */
export const QUEUE_LIMIT_MS = 60_000;

export const COMPLETED: EngineUpdate = { type: 'completed', message: null, buttons: [], media: [], data: { seed: 7 } };

/** An engine that the test controls: each run waits for the updates that the test pushes. With `slots`: an engine without accounts. */
export function createScriptedEngine(options: { name?: EngineName; slots?: number } = {}) {
  let startCount = 0;
  const runs = new Map<string, { options: RunOptions; push(update: EngineUpdate): void }>();
  const waiting = new Map<string, () => void>();
  const engine: Engine = {
    name: 'midjourney',
    ...options,
    plan: async (job) => ({ nonce: `nonce of ${job.id}` }),
    cancel: async () => {},
    async *run(job, _operation, options) {
      const updates: EngineUpdate[] = [];
      let arrived = Promise.withResolvers<void>();
      options.signal.addEventListener('abort', () => arrived.resolve());
      startCount += 1;
      runs.set(job.id, {
        options,
        push(update) {
          updates.push(update);
          arrived.resolve();
        },
      });
      waiting.get(job.id)?.();
      while (!options.signal.aborted) {
        await arrived.promise;
        arrived = Promise.withResolvers<void>();
        while (updates.length > 0) {
          const update = updates.shift();
          if (update) yield update;
          if (update?.type === 'completed' || update?.type === 'failed') return;
          if (update?.type === 'requeued') return;
        }
      }
    },
  };
  return {
    engine,
    isRunning: (jobId: string) => runs.has(jobId),
    /** How many runs have begun. */
    startCount: () => startCount,
    runOf,
    /** The run that follows the present one; called while the present one runs. */
    nextRunOf(jobId: string) {
      runs.delete(jobId);
      return runOf(jobId);
    },
  };

  async function runOf(jobId: string) {
    if (!runs.has(jobId)) await new Promise<void>((resolve) => waiting.set(jobId, resolve));
    const run = runs.get(jobId);
    assert.ok(run);
    return run;
  }
}

export type ScriptedEngine = ReturnType<typeof createScriptedEngine>;

const NO_ACCOUNT_LIMITS: AccountLimits = { jobsPerDay: null, jobIntervalMs: 0 };

interface TestWorkerDeps {
  clock: Clock;
  store: Store;
  watch: JobWatch;
  engine: Engine;
  onFailure?(job: Job, failure: JobFailure): void;
  /** Called before a job goes back to the queue. Left out: its account stays as it is. */
  onRequeue?(job: Job, failure: JobFailure): Promise<void>;
  /** Left out: no file is copied. */
  collect?: WorkerDeps['collect'];
  /** Parts of a result have deliveries too. */
  hasPartCallbacks?: boolean;
  accountLimits?: AccountLimits;
}

/** A worker that has its store to itself; each final state has one delivery. */
export function createTestWorker(deps: TestWorkerDeps): Worker {
  const { clock, store, watch, engine, onFailure, onRequeue, collect, hasPartCallbacks = false, accountLimits = NO_ACCOUNT_LIMITS } = deps;
  return createWorker({
    clock,
    log: silentLog,
    store,
    watch,
    engines: [engine],
    accountLimits,
    accounts: { get: (id) => store.getAccount(id), list: () => store.listAccounts() },
    collect: collect ?? (async () => ({ outputs: [], records: [], discard: async () => {} })),
    renderDeliveries: (job) => (isFinal(job.status) || hasPartCallbacks ? [deliveryOf(job, clock)] : []),
    onDelivery: () => {},
    onFailure: async (job, failure) => onFailure?.(job, failure),
    onRequeue: async (job, failure) => onRequeue?.(job, failure),
    timeLimitMs: 30 * 60_000,
    queueLimitMs: QUEUE_LIMIT_MS,
    owner: `worker ${randomUUID()}`,
    soleOwner: true,
  });
}

const deliveryOf = (job: Job, clock: Clock): NewDelivery => ({
  id: `msg_${job.id}_${job.version}`,
  jobId: job.id,
  keyId: job.keyId,
  dialect: job.dialect,
  url: 'http://receiver.test/',
  origin: 'http://receiver.test',
  body: job.status,
  kieTaskId: null,
  dueAtMs: clock.now(),
  createdAtMs: clock.now(),
});

/** Lets time pass second by second and waits for the writes that fall due in each: a lease that is not renewed in time loses its job. */
export async function passTime(clock: FakeClock, store: Store, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 1_000) {
    await clock.advance(Math.min(1_000, ms - passedMs));
    await store.releaseJobLeases('nobody');
  }
}
