/** The time to find a slot for one job while every other slot is taken and many jobs wait for a busy account. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createAccounts, type Accounts } from 'atelier/account/account-service';
import { createSecretBox } from 'atelier/account/secret-box';
import type { Engine } from 'atelier/core/engine';
import { createSubmit } from 'atelier/core/submit';
import { createJobWatch } from 'atelier/core/watch';
import { systemClock as clock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import { silentLog as log } from '@atelier/lib/log';
import { createWorker, type Worker } from 'atelier/queue/worker';
import { createSqliteStore } from 'atelier/store/sqlite/sqlite';
import { percentile } from './rows.ts';

const SAMPLES = 300;
const WAITING = 500;
const TIMEOUT_MS = 60_000;

export interface QueueCost {
  /** Milliseconds from a job's acceptance to its start, with its durable write. */
  startP50Ms: number;
  startP99Ms: number;
  /** Milliseconds to find the account with most free slots. */
  pickMs: number;
}

/** An engine that runs each job until `end` is called for it. */
function createWaitingEngine(): { engine: Engine; end(jobId: string): void } {
  const ends = new Map<string, () => void>();
  const engine: Engine = {
    name: 'midjourney',
    plan: async () => ({}),
    cancel: async () => {},
    async *run(job, _operation, { signal }) {
      await new Promise<void>((resolve) => {
        ends.set(job.id, resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      if (!signal.aborted) yield { type: 'completed', message: null, buttons: [], media: [], data: {} };
    },
  };
  return { engine, end: (jobId) => ends.get(jobId)?.() };
}

export async function benchQueue(folder: string, size: { accounts: number; slots: number }): Promise<QueueCost> {
  const queue = await createQueue(folder);
  const stop = new AbortController();
  const done = queue.worker.run(stop.signal);
  try {
    await fillSlots(queue, size);
    const startsMs: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) startsMs.push(await measureStart(queue));
    const pickedAtMs = performance.now();
    for (let sample = 0; sample < SAMPLES; sample += 1) await queue.accounts.pickFree();
    const pickMs = (performance.now() - pickedAtMs) / SAMPLES;
    return { startP50Ms: percentile(startsMs, 0.5), startP99Ms: percentile(startsMs, 0.99), pickMs };
  } finally {
    stop.abort();
    await done;
    await queue.store.close();
  }
}

type Queue = Awaited<ReturnType<typeof createQueue>>;

async function createQueue(folder: string) {
  const store = createSqliteStore({ path: join(folder, 'queue.db'), log });
  await store.migrate();
  const watch = createJobWatch({ clock, getJob: (id) => store.getJob(id) });
  const secretBox = createSecretBox('a secret of the bench');
  const quiet = {
    operatorUrl: undefined,
    findPrivateChannel: async () => '',
    onChanged: () => {},
    onFreed: () => {},
    onPaused: () => {},
    onHeld: () => {},
  };
  const accounts: Accounts = createAccounts({ clock, ids: createIds(clock), log, store, secretBox, upstream: 'simulator', ...quiet });
  const { engine, end } = createWaitingEngine();
  const worker: Worker = createWorker({
    clock,
    log,
    store,
    watch,
    accounts,
    engines: [engine],
    accountLimits: { jobsPerDay: null, jobIntervalMs: 0 },
    collect: async () => ({ outputs: [], records: [], discard: async () => {} }),
    renderDeliveries: () => [],
    onDelivery: () => {},
    onFailure: async () => {},
    onRequeue: async () => {},
    timeLimitMs: 1_800_000,
    queueLimitMs: 3_600_000,
    owner: 'bench',
    soleOwner: true,
  });
  const submit = createSubmit({ clock, store, checkUrl: (url) => url, onAccepted: (job) => worker.offer(job) });
  const request = { dialect: 'kie', engine: 'midjourney', verb: 'imagine', keyId: 'key', echo: {}, usesSlot: true } as const;
  return {
    store,
    accounts,
    worker,
    watch,
    end,
    async accept(accountId?: string): Promise<string> {
      const id = randomUUID();
      await submit({ ...request, id, input: { verb: 'imagine', prompt: id }, ...(accountId === undefined ? {} : { accountId }) });
      return id;
    },
    untilStarted: (id: string) => watch.wait(id, ({ status }) => status !== 'queued', { timeoutMs: TIMEOUT_MS }),
  };
}

/** Fills all slots but one, and lets many more jobs wait for the first account. */
async function fillSlots({ accounts, accept, untilStarted }: Queue, size: { accounts: number; slots: number }): Promise<void> {
  const idOf = (index: number): string => String(index).padStart(4, '0');
  for (let index = 0; index < size.accounts; index += 1)
    await accounts.configure({ channelId: idOf(index), guildId: 'g', token: `token ${index}`, maxJobs: size.slots });
  await Promise.all(
    Array.from({ length: size.accounts * size.slots - 1 }, async (_, index) =>
      untilStarted(await accept(idOf(Math.floor(index / size.slots)))),
    ),
  );
  await Promise.all(Array.from({ length: WAITING }, () => accept(idOf(0))));
}

/** Milliseconds from the acceptance of one job to its start. Ends the job afterwards. */
async function measureStart({ accept, untilStarted, end, watch }: Queue): Promise<number> {
  const id = await accept();
  const acceptedAtMs = performance.now();
  await untilStarted(id);
  const startMs = performance.now() - acceptedAtMs;
  end(id);
  await watch.wait(id, ({ status }) => status === 'completed', { timeoutMs: TIMEOUT_MS });
  return startMs;
}
