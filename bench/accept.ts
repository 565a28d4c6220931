import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fastify from 'fastify';
import { readConfig } from 'atelier/config/config';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { startAtelier } from 'atelier/server/start';
import type { Row } from './rows.ts';

const CALLERS = 64;
const SECONDS = 5;
const BODY = JSON.stringify({
  taskType: 'mj_txt2img',
  prompt: 'a red fox in the snow, watercolour, early morning light',
  aspectRatio: '16:9',
  version: '7',
  speed: 'fast',
});

/** Accepted jobs a second over HTTP, each durable before its answer, beside a bare Fastify that gets the same body. */
export async function benchAccept(folder: string): Promise<Row[]> {
  const bare = await benchBareFastify();
  const config = readConfig({
    PORT: '0',
    SIMULATOR_PORT: '0',
    // No job finishes during the measurement.
    SIMULATOR_PACE: '1000',
    ATELIER_DATA: join(folder, 'accept'),
  });
  const atelier = await startAtelier(config, { clock: systemClock, log: silentLog });
  try {
    const headers = { authorization: `Bearer ${atelier.apiKey}`, 'content-type': 'application/json' };
    const accept = await load(`${atelier.url}/api/v1/mj/generate`, headers);
    const { taskId } = await acceptOne(atelier.url, headers);
    const poll = await load(`${atelier.url}/api/v1/mj/record-info?taskId=${taskId}`, headers, 'GET');
    return [
      { name: `bare Fastify, POST, ${CALLERS} callers`, ...bare },
      {
        name: `accept a job durably, ${CALLERS} callers`,
        ...accept,
        ratio: { to: 'bare Fastify', value: accept.perSecond / bare.perSecond },
      },
      { name: `poll one job, ${CALLERS} callers`, ...poll, ratio: { to: 'bare Fastify', value: poll.perSecond / bare.perSecond } },
    ];
  } finally {
    await atelier.close();
  }
}

async function benchBareFastify(): Promise<Figures> {
  const app = fastify();
  app.post('/', async (request) => ({ code: 200, msg: 'success', data: { size: Object.keys(Object(request.body)).length } }));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  try {
    return await load(url, { 'content-type': 'application/json' });
  } finally {
    await app.close();
  }
}

interface Figures {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/** Sends load from a separate process, so that the client does not share the server's event loop. */
async function load(url: string, headers: Record<string, string>, method: 'GET' | 'POST' = 'POST'): Promise<Figures> {
  const program = createRequire(import.meta.url).resolve('autocannon');
  const options = ['--json', '--connections', String(CALLERS), '--duration', String(SECONDS), '--method', method];
  const fields = Object.entries(headers).flatMap(([name, value]) => ['--headers', `${name}=${value}`]);
  const body = method === 'POST' ? ['--body', BODY] : [];
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...options, ...fields, ...body, url]);
  const result = JSON.parse(stdout) as {
    non2xx: number;
    errors: number;
    requests: { average: number };
    latency: { p50: number; p99: number };
  };
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`);
  return { perSecond: result.requests.average, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
}

async function acceptOne(url: string, headers: Record<string, string>): Promise<{ taskId: string }> {
  const answer = await fetch(`${url}/api/v1/mj/generate`, { method: 'POST', headers, body: BODY });
  const { data } = (await answer.json()) as { data: { taskId: string } };
  return data;
}
