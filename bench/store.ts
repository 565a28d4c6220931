/** The store alone: durable writes and reads, beside the rate of the disk and the rate of one commit a call. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewDelivery } from 'atelier/core/delivery';
import { createJob, EMPTY_OUTPUT, type Job } from 'atelier/core/job';
import { systemClock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import { silentLog } from '@atelier/lib/log';
import { openWriter } from 'atelier/store/sqlite/open-sqlite';
import { createSqliteStore } from 'atelier/store/sqlite/sqlite';
import type { Store } from 'atelier/core/store';
import { type Row, percentile, printRows } from './rows.ts';

const CELL_MS = 1_500;
const CALLERS = 64;
/** Ids sort by time, as the ids of the server do: jobs of neighbouring times are neighbours in the index. */
const ids = createIds(systemClock);

export async function benchStore(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-bench-store-'));
  const store = createSqliteStore({ path: join(folder, 'store.db'), log: silentLog });
  try {
    await store.migrate();
    const disk = await syncedAppends(join(folder, 'disk'));
    const plain = await commitPerCall(join(folder, 'plain.db'));
    const alone = await cell('store: accept, 1 caller', 1, () => store.acceptJob({ job: newJob() }));
    const before = store.stats();
    const together = await cell(`store: accept, ${CALLERS} callers`, CALLERS, () => store.acceptJob({ job: newJob() }));
    const after = store.stats();
    const perCommit = (after.commands - before.commands) / (after.commits - before.commits);
    const ended = await cell(`store: accept, end + delivery, ${CALLERS} callers`, CALLERS, () => acceptAndEnd(store));
    const jobs = await store.listJobs({ limit: 1_000 });
    let next = 0;
    const read = await cell('store: get by id', CALLERS, () => store.getJob(jobs[next++ % jobs.length]?.id ?? ''));
    return [
      disk,
      plain,
      against(plain, 'one commit a call', alone),
      { ...against(plain, 'one commit a call', together), name: `${together.name} (${Math.round(perCommit)} a commit)` },
      against(plain, 'one commit a call', ended),
      read,
    ];
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
}

const against = (yardstick: Row, to: string, row: Row): Row => ({
  ...row,
  ratio: { to, value: (row.perSecond ?? 0) / (yardstick.perSecond ?? 1) },
});

/** Closed loop: every caller calls again as soon as its call ends, until the time is over. */
async function cell(name: string, callers: number, call: () => unknown): Promise<Row> {
  const samplesMs: number[] = [];
  const startedAtMs = performance.now();
  const caller = async (): Promise<void> => {
    for (let nowMs = performance.now(); nowMs - startedAtMs < CELL_MS;) {
      await call();
      const doneAtMs = performance.now();
      samplesMs.push(doneAtMs - nowMs);
      nowMs = doneAtMs;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const perSecond = (samplesMs.length * 1_000) / (performance.now() - startedAtMs);
  return { name, perSecond, p50Ms: percentile(samplesMs, 0.5), p99Ms: percentile(samplesMs, 0.99) };
}

async function syncedAppends(path: string): Promise<Row> {
  const file = await open(path, 'a');
  const block = Buffer.alloc(4_096, 1);
  try {
    return await cell('disk: append 4 KiB + fdatasync', 1, async () => {
      await file.write(block);
      await file.datasync();
    });
  } finally {
    await file.close();
  }
}

/** The yardstick without group commit: a bare table with rows of the same size, and a durable transaction for each row. */
async function commitPerCall(path: string): Promise<Row> {
  const db = openWriter(path);
  try {
    db.exec('create table job (id text primary key, body text not null)');
    const insert = db.prepare('insert into job values (?, ?)');
    return await cell('SQLite: one commit a call', 1, () => insert.run(ids.uuid(), JSON.stringify(newJob())));
  } finally {
    db.close();
  }
}

async function acceptAndEnd(store: Store): Promise<void> {
  const job = newJob();
  await store.acceptJob({ job });
  const end = { jobId: job.id, version: 1, nowMs: Date.now(), set: { status: 'completed', output: EMPTY_OUTPUT } } as const;
  if (!(await store.transition({ ...end, deliveries: [newDelivery(job)] }))) throw new Error('a job of the benchmark could not be ended');
}

const newJob = (): Job =>
  createJob({
    id: ids.uuid(),
    dialect: 'kie',
    engine: 'midjourney',
    verb: 'imagine',
    keyId: 'key-1',
    input: { verb: 'imagine', prompt: 'a quiet harbour at dawn, long exposure, film grain --ar 3:2 --stylize 250' },
    echo: { taskType: 'mj_txt2img', speed: 'fast', aspectRatio: '3:2', version: '7', waterMark: '' },
    callbackUrl: 'https://receiver.example/hooks/midjourney',
    createdAtMs: Date.now(),
  });

function newDelivery(job: Job): NewDelivery {
  return {
    id: `msg_${ids.uuid()}`,
    jobId: job.id,
    keyId: job.keyId,
    dialect: job.dialect,
    url: job.callbackUrl ?? '',
    origin: 'https://receiver.example:443',
    body: JSON.stringify({ code: 200, msg: 'success', data: { taskId: job.id, resultUrls: [] } }),
    kieTaskId: job.id,
    dueAtMs: job.createdAtMs,
    createdAtMs: job.createdAtMs,
  };
}

if (import.meta.main) printRows(await benchStore());
