/** What finding a place for one job costs, with every other slot taken and many jobs waiting for a busy account. */
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

const ROUNDS = 300;
const WAITING = 500;

export interface QueueCost {
  /** Milliseconds from a job's acceptance to its start, the durable write of it included. */
  startP50Ms: number;
  startP99Ms: number;
  /** Milliseconds of one look for the account with most free slots. */
  pickMs: number;
}

/** Runs jobs until told: each gives its way to end. */
function createHoldingEngine(): { engine: Engine; end(jobId: string): void } {
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
  const store = createSqliteStore({ path: join(folder, 'queue.db'), log });
  await store.migrate();
  const watch = createJobWatch({ clock, getJob: (id) => store.getJob(id) });
  const ids = createIds(clock);
  const secretBox = createSecretBox('a secret of the bench');
  const quiet = { operatorUrl: undefined, findPrivateChannel: async () => '', onChanged: () => {}, onFreed: () => {}, onPaused: () => {} };
  const accounts: Accounts = createAccounts({ clock, ids, log, store, secretBox, ...quiet });
  const { engine, end } = createHoldingEngine();
  const worker: Worker = createWorker({
    clock,
    log,
    store,
    watch,
    accounts,
    engines: [engine],
    collect: async () => ({ outputs: [], records: [], discard: async () => {} }),
    renderDeliveries: () => [],
    onDelivery: () => {},
    onFailure: async () => {},
    timeLimitMs: 1_800_000,
    queueLimitMs: 3_600_000,
    owner: 'bench',
    soleOwner: true,
  });
  const submit = createSubmit({ clock, store, checkUrl: (url) => url, onAccepted: (job) => worker.offer(job) });
  const request = { dialect: 'kie', engine: 'midjourney', verb: 'imagine', keyId: 'key', echo: {}, usesSlot: true } as const;
  const accept = async (accountId?: string): Promise<string> => {
    const id = randomUUID();
    await submit({ ...request, id, input: { verb: 'imagine', prompt: id }, ...(accountId === undefined ? {} : { accountId }) });
    return id;
  };
  const untilStarted = (id: string) => watch.wait(id, ({ status }) => status !== 'queued', { timeoutMs: 60_000 });

  const stop = new AbortController();
  const done = worker.run(stop.signal);
  try {
    for (let index = 0; index < size.accounts; index += 1) {
      await accounts.configure({ channelId: String(index).padStart(4, '0'), guildId: 'g', token: `token ${index}`, maxJobs: size.slots });
    }
    await Promise.all(
      Array.from({ length: size.accounts * size.slots - 1 }, async (_, index) =>
        untilStarted(await accept(String(Math.floor(index / size.slots)).padStart(4, '0'))),
      ),
    );
    await Promise.all(Array.from({ length: WAITING }, () => accept('0000')));
    const startsMs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = await accept();
      const acceptedAtMs = performance.now();
      await untilStarted(id);
      startsMs.push(performance.now() - acceptedAtMs);
      end(id);
      await watch.wait(id, ({ status }) => status === 'completed', { timeoutMs: 60_000 });
    }
    const pickedAtMs = performance.now();
    for (let round = 0; round < ROUNDS; round += 1) await accounts.pickFree();
    const pickMs = (performance.now() - pickedAtMs) / ROUNDS;
    return { startP50Ms: percentile(startsMs, 0.5), startP99Ms: percentile(startsMs, 0.99), pickMs };
  } finally {
    stop.abort();
    await done;
    await store.close();
  }
}
