import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { readConfig } from '../config.ts';
import { isJsonObject, listAt, objectAt, parseJson, parseJsonObject, textAt, type JsonObject, type JsonValue } from '../lib/json.ts';
import { sleep, systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { startAtelier, type Atelier } from '../main.ts';
import { startCallbackSink, type CallbackSink } from '../simulator/callback-sink.ts';
import { UserError } from './user-error.ts';

/** One line of the table that the demo ends with. */
interface Row {
  dialect: string;
  job: string;
  seconds: number;
  attempts: number;
  file: string;
}

interface Stage {
  atelier: Atelier;
  sink: CallbackSink;
  folder: string;
}

/** Nothing in the demo takes longer than this. */
const PATIENCE_MS = 60_000;
const POLL_MS = 20;

/**
 * The main job on embedded defaults: a server, the simulator and a callback receiver on free ports; one picture through each
 * dialect, U2 on one of them; the pictures saved; everything closed again.
 */
export async function runDemo(options: { out: string }): Promise<void> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-demo-'));
  await mkdir(options.out, { recursive: true });
  const sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock: systemClock });
  const config = readConfig({ PORT: '0', SIMULATOR_PORT: '0', ATELIER_DATA: dataFolder, CALLBACK_ALLOW: '127.0.0.0/8,::1' });
  const atelier = await startAtelier(config, { clock: systemClock, log: silentLog });
  try {
    console.log(`Atelier at ${atelier.url}, simulated Discord at ${atelier.simulator?.url}, callbacks to ${sink.url}\n`);
    const stage = { atelier, sink, folder: options.out };
    const [useapi, ...others] = await Promise.all([viaUseapi(stage), viaKie(stage), viaLinkr(stage)]);
    const upscale = await pressU2(stage, useapi.jobId);
    print([useapi.row, ...others, upscale]);
  } finally {
    await atelier.close();
    await sink.close();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function viaUseapi(stage: Stage): Promise<{ row: Row; jobId: string }> {
  const startedAtMs = performance.now();
  const prompt = 'a lonely island in the sea at sunset --ar 3:2';
  const job = await call(stage, 'POST', '/v2/jobs/imagine', { prompt, replyUrl: `${stage.sink.url}/useapi`, replyRef: 'demo' });
  const jobId = textAt(job, 'jobid');
  const callback = await received(stage, '/useapi', (body) => body['jobid'] === jobId);
  return {
    jobId,
    row: await toRow(stage, 'useapi', 'imagine', jobId, startedAtMs, firstUrl(listAt(callback, 'attachments')), 'useapi-grid.png'),
  };
}

async function viaKie(stage: Stage): Promise<Row> {
  const startedAtMs = performance.now();
  const body = {
    taskType: 'mj_txt2img',
    prompt: 'neon city in the rain, cyberpunk',
    aspectRatio: '16:9',
    callBackUrl: `${stage.sink.url}/kie`,
  };
  const reply = await call(stage, 'POST', '/api/v1/mj/generate', body);
  const taskId = textAt(objectAt(reply, 'data'), 'taskId');
  const callback = await received(stage, '/kie', (seen) => objectAt(seen, 'data')['taskId'] === taskId);
  const urls = listAt(objectAt(callback, 'data'), 'resultUrls').map(String);
  const rows = await Promise.all(
    urls.map((url, index) => toRow(stage, 'kie', 'mj_txt2img', taskId, startedAtMs, url, `kie-${index + 1}.png`)),
  );
  const [first] = rows;
  if (!first) throw new UserError('kie: the callback held no picture');
  return { ...first, file: `${first.file} … kie-${rows.length}.png` };
}

async function viaLinkr(stage: Stage): Promise<Row> {
  const startedAtMs = performance.now();
  const body = { prompt: 'a lotus flower opening, soft morning light', webhook_url: `${stage.sink.url}/linkr` };
  const taskId = textAt(await call(stage, 'POST', '/v1/imagine', body), 'task_id');
  const callback = await received(stage, '/linkr', (seen) => seen['task_id'] === taskId);
  return toRow(stage, 'linkr', 'imagine', taskId, startedAtMs, textAt(callback, 'image_url'), 'linkr-grid.png');
}

async function pressU2(stage: Stage, parentId: string): Promise<Row> {
  const startedAtMs = performance.now();
  const job = await call(stage, 'POST', '/v2/jobs/button', { jobid: parentId, button: 'U2', replyUrl: `${stage.sink.url}/useapi` });
  const jobId = textAt(job, 'jobid');
  const callback = await received(stage, '/useapi', (body) => body['jobid'] === jobId);
  return toRow(stage, 'useapi', 'button U2', jobId, startedAtMs, firstUrl(listAt(callback, 'attachments')), 'useapi-U2.png');
}

/** Saves the picture and reads from the server how the callback fared. */
async function toRow(
  stage: Stage,
  dialect: string,
  verb: string,
  jobId: string,
  startedAtMs: number,
  url: string,
  filename: string,
): Promise<Row> {
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const { statusCode, body } = await request(url);
  if (statusCode !== 200) throw new UserError(`${dialect}: the picture could not be fetched (${statusCode})`);
  const file = join(stage.folder, filename);
  await writeFile(file, new Uint8Array(await body.arrayBuffer()));
  return { dialect, job: `${verb} ${shorten(jobId)}`, seconds, attempts: await countAttempts(stage, jobId), file };
}

/** How often the job's callback was tried, once its outcome is on record: a moment after the receiver saw it. */
async function countAttempts(stage: Stage, jobId: string): Promise<number> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    const [delivery] = await stage.atelier.store.listDeliveries({ jobId, limit: 1 });
    if (delivery && delivery.state !== 'pending') return delivery.attemptCount;
    await sleep(systemClock, POLL_MS);
  }
  throw new UserError(`The callback of ${jobId} was not recorded`);
}

async function received(stage: Stage, path: string, wanted: (body: JsonObject) => boolean): Promise<JsonObject> {
  const callback = await stage.sink.next((seen) => seen.path === path && wanted(parseJsonObject(seen.body)), { timeoutMs: PATIENCE_MS });
  return parseJsonObject(callback.body);
}

async function call(stage: Stage, method: 'GET' | 'POST', path: string, body: JsonObject): Promise<JsonObject> {
  const answer = await request(`${stage.atelier.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${stage.atelier.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.body.text();
  const parsed = parseJson(text);
  if (answer.statusCode !== 200 || !parsed.ok || !isJsonObject(parsed.value))
    throw new UserError(`${path} answered ${answer.statusCode}: ${text}`);
  return parsed.value;
}

function firstUrl([first]: readonly JsonValue[]): string {
  return isJsonObject(first) ? textAt(first, 'url') : '';
}

const shorten = (id: string): string => (id.length > 26 ? `${id.slice(0, 22)}…` : id);

function print(rows: readonly Row[]): void {
  const table = rows.map((row) => [row.dialect, row.job, `${row.seconds.toFixed(1)} s`, String(row.attempts), row.file]);
  const lines = [['dialect', 'job', 'time to picture', 'callback attempts', 'file'], ...table];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  for (const line of lines)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}
