import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../config/config.ts';
import { isJsonObject, listAt, objectAt, textAt, type JsonValue } from '@atelier/lib/json';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { startAtelier } from '../../server/start.ts';
import { startCallbackSink } from '@atelier/simulator';
import { playMusic } from './demo-music.ts';
import { call, received, save, type DemoRow, type DemoRun } from './demo-run.ts';
import type { Environment } from '../connect.ts';
import { toTable, UserError } from '../terminal.ts';

/**
 * Runs everything on embedded defaults: a server, the simulator and a callback receiver on free ports. Makes one picture through each of three dialects,
 * U2 of one of them, a song of two takes and a music video of the first; saves the files, prints a table, and stops everything.
 */
export async function runDemo(options: { out: string }, environment: Environment): Promise<void> {
  // Of the environment only the path of ffmpeg counts.
  const { PATH, FFMPEG_PATH } = environment;
  const tools = { PATH, FFMPEG_PATH };
  const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-demo-'));
  await mkdir(options.out, { recursive: true });
  const sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock: systemClock });
  const config = readConfig({ PORT: '0', SIMULATOR_PORT: '0', ATELIER_DATA: dataFolder, CALLBACK_ALLOW: '127.0.0.0/8,::1', ...tools });
  const atelier = await startAtelier(config, { clock: systemClock, log: silentLog });
  try {
    console.log(`Atelier at ${atelier.url}, simulated Discord at ${atelier.simulator?.url}, callbacks to ${sink.url}\n`);
    const run = { atelier, sink, folder: options.out };
    const [useapi, ...others] = await Promise.all([viaUseapi(run), viaKie(run), viaLinkr(run)]);
    const upscale = await pressU2(run, useapi.jobId);
    print([useapi.row, ...others, upscale, ...(await playMusic(run))]);
  } finally {
    await atelier.close();
    await sink.close();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function viaUseapi(run: DemoRun): Promise<{ row: DemoRow; jobId: string }> {
  const startedAtMs = performance.now();
  const prompt = 'a lonely island in the sea at sunset --ar 3:2';
  const job = await call(run, '/v2/jobs/imagine', { prompt, replyUrl: `${run.sink.url}/useapi`, replyRef: 'demo' });
  const jobId = textAt(job, 'jobid');
  const callback = await received(run, '/useapi', (body) => body['jobid'] === jobId);
  return {
    jobId,
    row: await save(
      run,
      { dialect: 'useapi', verb: 'imagine', jobId, startedAtMs },
      firstUrl(listAt(callback, 'attachments')),
      'useapi-grid.png',
    ),
  };
}

async function viaKie(run: DemoRun): Promise<DemoRow> {
  const startedAtMs = performance.now();
  const body = {
    taskType: 'mj_txt2img',
    prompt: 'neon city in the rain, cyberpunk',
    aspectRatio: '16:9',
    callBackUrl: `${run.sink.url}/kie`,
  };
  const reply = await call(run, '/api/v1/mj/generate', body);
  const taskId = textAt(objectAt(reply, 'data'), 'taskId');
  const callback = await received(run, '/kie', (seen) => objectAt(seen, 'data')['taskId'] === taskId);
  const urls = listAt(objectAt(callback, 'data'), 'resultUrls').map(String);
  const rows = await Promise.all(
    urls.map((url, index) => save(run, { dialect: 'kie', verb: 'mj_txt2img', jobId: taskId, startedAtMs }, url, `kie-${index + 1}.png`)),
  );
  const [first] = rows;
  if (!first) throw new UserError('kie: the callback held no picture');
  return { ...first, file: `${first.file} … kie-${rows.length}.png` };
}

async function viaLinkr(run: DemoRun): Promise<DemoRow> {
  const startedAtMs = performance.now();
  const body = { prompt: 'a lotus flower opening, soft morning light', webhook_url: `${run.sink.url}/linkr` };
  const taskId = textAt(await call(run, '/v1/imagine', body), 'task_id');
  const callback = await received(run, '/linkr', (seen) => seen['task_id'] === taskId);
  return save(run, { dialect: 'linkr', verb: 'imagine', jobId: taskId, startedAtMs }, textAt(callback, 'image_url'), 'linkr-grid.png');
}

async function pressU2(run: DemoRun, parentId: string): Promise<DemoRow> {
  const startedAtMs = performance.now();
  const job = await call(run, '/v2/jobs/button', { jobid: parentId, button: 'U2', replyUrl: `${run.sink.url}/useapi` });
  const jobId = textAt(job, 'jobid');
  const callback = await received(run, '/useapi', (body) => body['jobid'] === jobId);
  return save(
    run,
    { dialect: 'useapi', verb: 'button U2', jobId, startedAtMs },
    firstUrl(listAt(callback, 'attachments')),
    'useapi-U2.png',
  );
}

function firstUrl([first]: readonly JsonValue[]): string {
  return isJsonObject(first) ? textAt(first, 'url') : '';
}

function print(rows: readonly DemoRow[]): void {
  const cells = rows.map(({ dialect, job, seconds, attempts, bytes, file }) => [
    dialect,
    job,
    `${seconds.toFixed(1)} s`,
    String(attempts),
    `${(bytes / 1_000_000).toFixed(2)} MB`,
    file,
  ]);
  console.log(toTable(['dialect', 'job', 'time to file', 'callback attempts', 'size', 'file'], cells, 'No files.'));
}
