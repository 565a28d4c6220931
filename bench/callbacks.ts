import { join } from 'node:path';
import { readConfig } from 'atelier/config/config';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { startAtelier } from 'atelier/server/start';
import { startCallbackSink } from '@atelier/simulator';
import { percentile, type Row } from './rows.ts';

const JOBS = 60;
const TIMEOUT_MS = 30_000;

/** One job after the other on an idle server with the simulator at pace 0: the time from submit to callback, and from the end of the job to callback. */
export async function benchCallbacks(folder: string): Promise<Row[]> {
  const sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock: systemClock });
  const config = readConfig({
    PORT: '0',
    SIMULATOR_PORT: '0',
    SIMULATOR_PACE: '0',
    SIMULATOR_TILE: '16',
    DISCORD_INTERACTION_INTERVAL: '0ms',
    ATELIER_DATA: join(folder, 'callbacks'),
    CALLBACK_ALLOW: '127.0.0.0/8',
  });
  const atelier = await startAtelier(config, { clock: systemClock, log: silentLog });
  const sinceSubmitMs: number[] = [];
  const sinceEndMs: number[] = [];
  try {
    for (let index = 0; index < JOBS; index++) {
      const startedAtMs = Date.now();
      const answer = await fetch(`${atelier.url}/v1/imagine`, {
        method: 'POST',
        headers: { authorization: `Bearer ${atelier.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: `a red fox, number ${index}`, webhook_url: `${sink.url}/bench` }),
      });
      const { task_id: taskId } = (await answer.json()) as { task_id: string };
      const callback = await sink.next((seen) => seen.body.includes(taskId), { timeoutMs: TIMEOUT_MS });
      const job = await atelier.store.getJob(taskId);
      sinceSubmitMs.push(callback.atMs - startedAtMs);
      sinceEndMs.push(callback.atMs - (job?.finishedAtMs ?? Number.NaN));
    }
    return [
      { name: 'submit → callback received, idle, pace 0', p50Ms: percentile(sinceSubmitMs, 0.5), p99Ms: percentile(sinceSubmitMs, 0.99) },
      { name: 'job ended → callback received, idle', p50Ms: percentile(sinceEndMs, 0.5), p99Ms: percentile(sinceEndMs, 0.99) },
    ];
  } finally {
    await atelier.close();
    await sink.close();
  }
}
