import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../config/config.ts';
import { isJsonObject, listAt, objectAt, textAt, type JsonValue } from '@atelier/lib/json';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { startAtelier } from '../server/start.ts';
import { startCallbackSink } from '@atelier/simulator/callback-sink';
import { playMusic } from './demo-music.ts';
import { call, received, save, type Row, type Stage } from './demo-stage.ts';
import type { Environment } from './server.ts';
import { toTable } from './terminal.ts';
import { UserError } from './user-error.ts';

/**
 * The main job on embedded defaults: a server, the simulator and a callback receiver on free ports; one picture through each
 * dialect, U2 on one of them; a song of two takes and a music video of the first; all of it saved; everything closed again.
 */
export async function runDemo(options: { out: string }, environment: Environment): Promise<void> {
  // Which ffmpeg there is, and nothing else of what a server may be told.
  const { PATH, FFMPEG_PATH } = environment;
  const tools = { PATH, FFMPEG_PATH };
  const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-demo-'));
  await mkdir(options.out, { recursive: true });
  const sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock: systemClock });
  const config = readConfig({ PORT: '0', SIMULATOR_PORT: '0', ATELIER_DATA: dataFolder, CALLBACK_ALLOW: '127.0.0.0/8,::1', ...tools });
  const atelier = await startAtelier(config, { clock: systemClock, log: silentLog });
  try {
    console.log(`Atelier at ${atelier.url}, simulated Discord at ${atelier.simulator?.url}, callbacks to ${sink.url}\n`);
    const stage = { atelier, sink, folder: options.out };
    const [useapi, ...others] = await Promise.all([viaUseapi(stage), viaKie(stage), viaLinkr(stage)]);
    const upscale = await pressU2(stage, useapi.jobId);
    print([useapi.row, ...others, upscale, ...(await playMusic(stage))]);
  } finally {
    await atelier.close();
    await sink.close();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function viaUseapi(stage: Stage): Promise<{ row: Row; jobId: string }> {
  const startedAtMs = performance.now();
  const prompt = 'a lonely island in the sea at sunset --ar 3:2';
  const job = await call(stage, '/v2/jobs/imagine', { prompt, replyUrl: `${stage.sink.url}/useapi`, replyRef: 'demo' });
  const jobId = textAt(job, 'jobid');
  const callback = await received(stage, '/useapi', (body) => body['jobid'] === jobId);
  return {
    jobId,
    row: await save(
      stage,
      { dialect: 'useapi', verb: 'imagine', jobId, startedAtMs },
      firstUrl(listAt(callback, 'attachments')),
      'useapi-grid.png',
    ),
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
  const reply = await call(stage, '/api/v1/mj/generate', body);
  const taskId = textAt(objectAt(reply, 'data'), 'taskId');
  const callback = await received(stage, '/kie', (seen) => objectAt(seen, 'data')['taskId'] === taskId);
  const urls = listAt(objectAt(callback, 'data'), 'resultUrls').map(String);
  const rows = await Promise.all(
    urls.map((url, index) => save(stage, { dialect: 'kie', verb: 'mj_txt2img', jobId: taskId, startedAtMs }, url, `kie-${index + 1}.png`)),
  );
  const [first] = rows;
  if (!first) throw new UserError('kie: the callback held no picture');
  return { ...first, file: `${first.file} … kie-${rows.length}.png` };
}

async function viaLinkr(stage: Stage): Promise<Row> {
  const startedAtMs = performance.now();
  const body = { prompt: 'a lotus flower opening, soft morning light', webhook_url: `${stage.sink.url}/linkr` };
  const taskId = textAt(await call(stage, '/v1/imagine', body), 'task_id');
  const callback = await received(stage, '/linkr', (seen) => seen['task_id'] === taskId);
  return save(stage, { dialect: 'linkr', verb: 'imagine', jobId: taskId, startedAtMs }, textAt(callback, 'image_url'), 'linkr-grid.png');
}

async function pressU2(stage: Stage, parentId: string): Promise<Row> {
  const startedAtMs = performance.now();
  const job = await call(stage, '/v2/jobs/button', { jobid: parentId, button: 'U2', replyUrl: `${stage.sink.url}/useapi` });
  const jobId = textAt(job, 'jobid');
  const callback = await received(stage, '/useapi', (body) => body['jobid'] === jobId);
  return save(
    stage,
    { dialect: 'useapi', verb: 'button U2', jobId, startedAtMs },
    firstUrl(listAt(callback, 'attachments')),
    'useapi-U2.png',
  );
}

function firstUrl([first]: readonly JsonValue[]): string {
  return isJsonObject(first) ? textAt(first, 'url') : '';
}

function print(rows: readonly Row[]): void {
  const cells = rows.map(({ dialect, job, seconds, attempts, bytes, file }) => [
    dialect,
    job,
    `${seconds.toFixed(1)} s`,
    String(attempts),
    `${(bytes / 1_000_000).toFixed(2)} MB`,
    file,
  ]);
  console.log(toTable(['dialect', 'job', 'time to file', 'callback attempts', 'size', 'file'], cells, 'Nothing was made.'));
}
