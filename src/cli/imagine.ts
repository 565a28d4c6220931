import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import { request } from 'undici';
import { readConfig } from '../config.ts';
import { parseJsonObject, textAt, type JsonObject } from '../lib/json.ts';
import { sleep, systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { startAtelier } from '../main.ts';
import { readKeptSecrets } from '../server-secrets.ts';
import { UserError } from './user-error.ts';

const POLL_MS = 250;

interface Server {
  url: string;
  key: string;
  close(): Promise<void>;
}

/** Makes one picture and saves it; shows how far it has come. Uses a running server, or starts one for this picture. */
export async function runImagine(
  prompt: string,
  options: { out?: string; url?: string; key?: string },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const server = await findServer(options, environment);
  const bar = new SingleBar({ format: '{bar} {percentage}% {note}', clearOnComplete: false, hideCursor: true }, Presets.shades_classic);
  bar.start(100, 0, { note: 'asking Midjourney' });
  try {
    const taskId = textAt(await call(server, 'POST', '/v1/imagine', { prompt }), 'task_id');
    const task = await follow(server, taskId, (progress, note) => bar.update(progress, { note }));
    const file = options.out ?? `${toFileName(prompt)}.png`;
    await writeFile(file, await download(textAt(task, 'image_url')));
    bar.update(100, { note: 'done' });
    bar.stop();
    console.log(`Saved ${file}`);
  } finally {
    bar.stop();
    await server.close();
  }
}

async function follow(server: Server, taskId: string, show: (progress: number, note: string) => void): Promise<JsonObject> {
  for (;;) {
    const task = await call(server, 'GET', `/v1/fetch/${taskId}`);
    if (task['status'] === 'completed') return task;
    if (task['status'] === 'failed' || task['status'] === 'timeout') throw new UserError(textAt(task, 'error') || 'Midjourney failed');
    show(Number(task['progress'] ?? 0), task['status'] === 'pending' ? 'waiting for a free slot' : 'painting');
    await sleep(systemClock, POLL_MS);
  }
}

async function findServer(
  options: { url?: string; key?: string },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Server> {
  const config = readConfig(environment);
  const url = options.url ?? `http://${config.host}:${config.port}`;
  if (options.url !== undefined || (await isServing(url))) {
    const key = options.key ?? config.apiKey ?? (await readKeptSecrets(config.dataFolder)).apiKey;
    if (key === undefined) throw new UserError(`The server at ${url} needs an API key: --key, or ATELIER_API_KEY`);
    return { url, key, close: async () => {} };
  }
  const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-'));
  const own = { ...config, port: 0, simulatorPort: 0, dataFolder };
  const atelier = await startAtelier(own, { clock: systemClock, log: silentLog });
  return {
    url: atelier.url,
    key: atelier.apiKey,
    async close() {
      await atelier.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

async function isServing(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${url}/healthz`, { headersTimeout: 2_000, bodyTimeout: 2_000 });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

async function call(server: Server, method: 'GET' | 'POST', path: string, body?: JsonObject): Promise<JsonObject> {
  const answer = await request(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${server.key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const value = parseJsonObject(await answer.body.text());
  if (answer.statusCode !== 200) throw new UserError(textAt(value, 'detail') || `The server answered ${answer.statusCode}`);
  return value;
}

async function download(url: string): Promise<Uint8Array> {
  const { statusCode, body } = await request(url);
  if (statusCode !== 200) throw new UserError(`The picture could not be fetched (${statusCode})`);
  return new Uint8Array(await body.arrayBuffer());
}

/** The first words of the prompt, without parameters, as a file name. */
function toFileName(prompt: string): string {
  const words = prompt.replace(/--\S+(\s+[^-\s]\S*)?/g, ' ').match(/[\p{L}\p{N}]+/gu) ?? ['picture'];
  return words.slice(0, 8).join('-').toLowerCase();
}
