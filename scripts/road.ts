/**
 * `npm run road`: counts the product files that one picture (useapi imagine) and one song (kie generate) execute between their request and the end
 * of their callbacks, by V8’s precise coverage. `-- --list` names them. Fails when a count is above its budget. A job of each kind runs before the counted
 * one, so that connections are open. Counted are the files of `packages/atelier`: simulator, art and callback receiver run in the same process and use
 * the other packages too. Worker threads are not seen.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Session, type Profiler } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from 'atelier/config/config';
import { startAtelier, type Atelier } from 'atelier/server/start';
import { systemClock } from '@atelier/lib/clock';
import { isJsonObject, objectAt, parseJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import { type CallbackSink, startCallbackSink } from '@atelier/simulator';
import { isProductFile } from './structure/source-files.ts';

const ROOT = join(import.meta.dirname, '..');
const TIMEOUT_MS = 60_000;

/** A job to follow: its request, the budget of files, and the callback that ends it. */
interface Road {
  name: string;
  /** Product files today; a change may not add to them. */
  maxFiles: number;
  /** The budget of the design. */
  target: number;
  path: string;
  body(sinkUrl: string): JsonObject;
  jobIdOf(answer: JsonObject): string;
  isLastCallback(body: JsonObject): boolean;
}

const ROADS: readonly Road[] = [
  {
    name: 'picture (useapi imagine)',
    maxFiles: 99,
    target: 70,
    path: '/v2/jobs/imagine',
    body: (sinkUrl) => ({ prompt: 'a lonely island', replyUrl: `${sinkUrl}/picture` }),
    jobIdOf: (answer) => textAt(answer, 'jobid'),
    isLastCallback: ({ status }) => status === 'completed',
  },
  {
    name: 'song (kie generate)',
    maxFiles: 60,
    target: 50,
    path: '/api/v1/generate',
    body: (sinkUrl) => ({
      customMode: false,
      instrumental: false,
      model: 'V5_5',
      prompt: 'a song of the sea',
      duration: 10,
      callBackUrl: `${sinkUrl}/song`,
    }),
    jobIdOf: (answer) => textAt(objectAt(answer, 'data'), 'taskId'),
    isLastCallback: ({ data }) => isJsonObject(data) && data['callbackType'] === 'complete',
  },
];

/** Product files with a function that ran at least once, relative to the repository root. */
function listExecuted(coverage: readonly Profiler.ScriptCoverage[]): string[] {
  return coverage
    .filter(({ url, functions }) => url.startsWith('file:') && functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0))
    .map(({ url }) => relative(ROOT, fileURLToPath(url)).replaceAll('\\', '/'))
    .filter((path) => path.startsWith('packages/atelier/src/') && isProductFile(path))
    .toSorted();
}

interface Server {
  atelier: Atelier;
  sink: CallbackSink;
}

/** Submits the job and waits for its last callback. */
async function runJob(road: Road, { atelier, sink }: Server): Promise<void> {
  const answer = await fetch(atelier.url + road.path, {
    method: 'POST',
    headers: { authorization: `Bearer ${atelier.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(road.body(sink.url)),
  });
  const text = await answer.text();
  const jobId = road.jobIdOf(parseJsonObject(text));
  if (!answer.ok || jobId === '') throw new Error(`${road.path} answered ${answer.status}: ${text}`);
  await sink.next(({ body }) => body.includes(jobId) && road.isLastCallback(parseJsonObject(body)), { timeoutMs: TIMEOUT_MS });
}

/** Jobs that are counted. A heartbeat or another timer may fall into one of them, hardly into all. */
const COUNTED_JOBS = 3;

/** Product files that every one of some equal jobs executes, after a first job has opened the connections. */
async function follow(road: Road, server: Server, session: Session): Promise<string[]> {
  await runJob(road, server);
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const runs: string[][] = [];
  for (let index = 0; index < COUNTED_JOBS; index += 1) {
    // Reading the counters sets them to zero.
    await session.post('Profiler.takePreciseCoverage');
    await runJob(road, server);
    runs.push(listExecuted((await session.post('Profiler.takePreciseCoverage')).result));
  }
  await session.post('Profiler.stopPreciseCoverage');
  const [first = [], ...others] = runs;
  return first.filter((path) => others.every((run) => run.includes(path)));
}

const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-road-'));
const sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock: systemClock });
const settings = {
  PORT: '0',
  SIMULATOR_PORT: '0',
  SIMULATOR_PACE: '0',
  SIMULATOR_TILE: '16',
  ATELIER_DATA: dataFolder,
  CALLBACK_ALLOW: '127.0.0.0/8',
};
const atelier = await startAtelier(readConfig(settings), { clock: systemClock, log: silentLog });
const session = new Session();
session.connect();
await session.post('Profiler.enable');
try {
  for (const road of ROADS) {
    const files = await follow(road, { atelier, sink }, session);
    const isWithin = files.length <= road.maxFiles;
    console.log(
      `${isWithin ? 'ok    ' : 'FAILED'}  ${road.name}: ${files.length} product files, at most ${road.maxFiles} (target ${road.target})`,
    );
    if (process.argv.includes('--list')) console.log(files.map((path) => `          ${path}`).join('\n'));
    if (!isWithin) process.exitCode = 1;
  }
} finally {
  session.disconnect();
  await atelier.close();
  await sink.close();
  await rm(dataFolder, { recursive: true, force: true });
}
