/**
 * `node bench/accounts.ts`: the memory of an account and of a running job, and the time of many jobs at once. The simulator runs in a
 * separate process, so that the figures are the server's.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readConfig } from 'atelier/config/config';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { startAtelier, type Atelier } from 'atelier/server/start';
import { isFinal } from 'atelier/core/job';
import { benchQueue } from './queue.ts';

const ACCOUNTS = Number(process.argv[2] ?? 50);
const SLOTS = 12;
const JOBS = ACCOUNTS * SLOTS;
/** A picture in half a minute: all jobs run before the first one ends. */
const PACE = 10;
const TIMEOUT_MS = 300_000;
const POLL_MS = 250;

interface Memory {
  rssMb: number;
  heapMb: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function memory(): Memory {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  return { rssMb: rss / 2 ** 20, heapMb: heapUsed / 2 ** 20 };
}

interface SimulatorProcess {
  child: ChildProcess;
  restUrl: string;
  control: { url: string; token: string };
}

async function startSimulator(): Promise<SimulatorProcess> {
  const child = spawn(process.execPath, ['packages/atelier/src/cli/cli.ts', 'simulator'], {
    cwd: join(import.meta.dirname, '..'),
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'error', SIMULATOR_PORT: '0', SIMULATOR_PACE: String(PACE), SIMULATOR_TILE: '8' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let restUrl = '';
  for await (const line of createInterface({ input: child.stdout })) {
    restUrl = /REST\s+(\S+)/.exec(line)?.[1] ?? restUrl;
    const token = /control token (\S+)/.exec(line)?.[1];
    if (token !== undefined) return { child, restUrl, control: { url: `${new URL(restUrl).origin}/control`, token } };
  }
  throw new Error('the simulator ended before it was up');
}

async function call<Body>(url: string, body?: object, key?: string): Promise<Body> {
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
  const answer = await fetch(url, body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  const text = await answer.text();
  return (text === '' ? {} : JSON.parse(text)) as Body;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < TIMEOUT_MS; waitedMs += POLL_MS) {
    if (await isTrue()) return;
    await sleep(POLL_MS);
  }
  throw new Error(`the condition was not met within ${TIMEOUT_MS} ms`);
}

async function addAccounts(atelier: Atelier, control: SimulatorProcess['control']): Promise<void> {
  const add = async (): Promise<void> => {
    const account = await call<{ token: string; guildId: string; channelId: string }>(
      `${control.url}/accounts`,
      { slots: SLOTS },
      control.token,
    );
    const { token, guildId, channelId } = account;
    const body = { discord: token, server: guildId, channel: channelId, maxJobs: SLOTS };
    await call(`${atelier.url}/v2/account/midjourney/${channelId}`, body, atelier.apiKey);
    // Opens the account's Discord session.
    await call(`${atelier.url}/v2/jobs/info`, { channel: channelId }, atelier.apiKey);
  };
  await Promise.all(Array.from({ length: ACCOUNTS }, add));
}

const folder = await mkdtemp(join(tmpdir(), 'atelier-bench-'));
const simulator = await startSimulator();
const atelier = await startAtelier(
  readConfig({
    PORT: '0',
    ATELIER_DATA: folder,
    ATELIER_NO_PRESET: '1',
    DISCORD_REST_URL: simulator.restUrl,
    DISCORD_INTERACTION_INTERVAL: '1ms',
  }),
  { clock: systemClock, log: silentLog },
);
try {
  await call(`${simulator.control.url}/switches`, { previews: false }, simulator.control.token);
  const empty = memory();
  await addAccounts(atelier, simulator.control);
  const withAccounts = memory();

  const startedAtMs = performance.now();
  const sinceStart = (): string => ((performance.now() - startedAtMs) / 1_000).toFixed(1);
  const ids = await Promise.all(
    Array.from({ length: JOBS }, async (_, index) => {
      const { task_id: id } = await call<{ task_id: string }>(`${atelier.url}/v1/imagine`, { prompt: `fox ${index}` }, atelier.apiKey);
      return id;
    }),
  );
  const accepted = sinceStart();
  await until(async () => (await call<unknown[]>(`${simulator.control.url}/jobs`, undefined, simulator.control.token)).length === JOBS);
  const allRun = sinceStart();
  const withJobs = memory();
  await until(async () => {
    const jobs = await Promise.all(ids.map((id) => atelier.store.getJob(id)));
    return jobs.every((job) => job !== undefined && isFinal(job.status));
  });
  const done = sinceStart();
  const jobs = await Promise.all(ids.map((id) => atelier.store.getJob(id)));
  const after = memory();

  const row = (name: string, { rssMb, heapMb }: Memory): void =>
    console.log(`${name.padEnd(34)} RSS ${rssMb.toFixed(0).padStart(5)} MB   heap ${heapMb.toFixed(1).padStart(6)} MB`);
  const share = (name: string, from: Memory, to: Memory, count: number): void => {
    const kilobytes = (a: number, b: number): string => (((b - a) * 1_024) / count).toFixed(0).padStart(5);
    console.log(`${name.padEnd(34)} RSS ${kilobytes(from.rssMb, to.rssMb)} kB   heap ${kilobytes(from.heapMb, to.heapMb)} kB`);
  };
  row('a server without accounts', empty);
  row(`with ${ACCOUNTS} accounts connected`, withAccounts);
  row(`with ${JOBS} jobs running`, withJobs);
  row('after all have ended', after);
  share('one account', empty, withAccounts, ACCOUNTS);
  share('one running job', withAccounts, withJobs, JOBS);
  console.log(`${JOBS} jobs: accepted after ${accepted} s, all running after ${allRun} s, all ended after ${done} s`);
  console.log(`completed: ${jobs.filter((job) => job?.status === 'completed').length}`);
  const { startP50Ms, startP99Ms, pickMs } = await benchQueue(folder, { accounts: ACCOUNTS, slots: SLOTS });
  console.log(
    `one slot of ${JOBS} free: accept to start p50 ${startP50Ms.toFixed(2)} ms, p99 ${startP99Ms.toFixed(2)} ms; one pick ${pickMs.toFixed(3)} ms`,
  );
} finally {
  await atelier.close();
  simulator.child.kill();
  await rm(folder, { recursive: true, force: true });
}
