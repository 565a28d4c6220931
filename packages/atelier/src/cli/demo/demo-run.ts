import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { sleep, systemClock } from '@atelier/lib/clock';
import { isJsonObject, parseJson, parseJsonObject, type JsonObject } from '@atelier/lib/json';
import type { Atelier } from '../../server/start.ts';
import type { CallbackSink } from '@atelier/simulator';
import { UserError } from '../terminal.ts';

/** One run of the demo: a server, a receiver of its callbacks, and the folder of the files. */
export interface DemoRun {
  atelier: Atelier;
  sink: CallbackSink;
  folder: string;
}

/** One line of the table at the end of the demo. */
export interface DemoRow {
  dialect: string;
  job: string;
  seconds: number;
  attempts: number;
  bytes: number;
  file: string;
}

/** A job that the demo submitted. */
export interface DemoJob {
  dialect: string;
  verb: string;
  jobId: string;
  startedAtMs: number;
}

/** Longest wait for one callback. */
const PATIENCE_MS = 60_000;
const POLL_MS = 20;
const SHOWN_ID = 22;

/** Posts JSON as a client does; returns the body of the answer. Throws `UserError` unless it is 200 with a JSON object. */
export async function call(run: DemoRun, path: string, body: JsonObject): Promise<JsonObject> {
  const answer = await request(`${run.atelier.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${run.atelier.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.body.text();
  const parsed = parseJson(text);
  if (answer.statusCode !== 200 || !parsed.ok || !isJsonObject(parsed.value))
    throw new UserError(`${path} answered ${answer.statusCode}: ${text}`);
  return parsed.value;
}

/** The body of the first callback to this path that `wanted` accepts. */
export async function received(run: DemoRun, path: string, wanted: (body: JsonObject) => boolean): Promise<JsonObject> {
  const callback = await run.sink.next((seen) => seen.path === path && wanted(parseJsonObject(seen.body)), { timeoutMs: PATIENCE_MS });
  return parseJsonObject(callback.body);
}

/** Saves a file of a job after its callback, with the number of attempts that its callbacks took. */
export async function save(run: DemoRun, { dialect, verb, jobId, startedAtMs }: DemoJob, url: string, filename: string): Promise<DemoRow> {
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const { statusCode, body } = await request(url);
  if (statusCode !== 200) throw new UserError(`${dialect}: ${filename} could not be downloaded: status ${statusCode}`);
  const file = join(run.folder, filename);
  const bytes = new Uint8Array(await body.arrayBuffer());
  await writeFile(file, bytes);
  const shownId = jobId.length > SHOWN_ID ? `${jobId.slice(0, SHOWN_ID - 4)}…` : jobId;
  return { dialect, job: `${verb} ${shownId}`, seconds, attempts: await countAttempts(run, jobId), bytes: bytes.length, file };
}

/** Attempts of all callbacks of the job, once each outcome is recorded: a moment after the receiver saw the last one. */
async function countAttempts(run: DemoRun, jobId: string): Promise<number> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    const deliveries = await run.atelier.store.listDeliveries({ jobId, limit: 10 });
    if (deliveries.length > 0 && deliveries.every(({ state }) => state !== 'pending'))
      return deliveries.reduce((sum, { attemptCount }) => sum + attemptCount, 0);
    await sleep(systemClock, POLL_MS);
  }
  throw new UserError(`The callback of ${jobId} was not recorded`);
}
