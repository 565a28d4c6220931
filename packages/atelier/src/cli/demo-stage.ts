import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { sleep, systemClock } from '@atelier/lib/clock';
import { isJsonObject, parseJson, parseJsonObject, type JsonObject } from '@atelier/lib/json';
import type { Atelier } from '../server/start.ts';
import type { CallbackSink } from '@atelier/simulator/callback-sink';
import { UserError } from './user-error.ts';

/** What the demo plays on: a server, a receiver of its callbacks, and where the files go. */
export interface Stage {
  atelier: Atelier;
  sink: CallbackSink;
  folder: string;
}

/** One line of the table that the demo ends with. */
export interface Row {
  dialect: string;
  job: string;
  seconds: number;
  attempts: number;
  bytes: number;
  file: string;
}

/** A job of the demo as its caller sees it. */
export interface Asked {
  dialect: string;
  verb: string;
  jobId: string;
  startedAtMs: number;
}

/** Nothing in the demo takes longer than this. */
const PATIENCE_MS = 60_000;
const POLL_MS = 20;
const SHOWN_ID = 22;

/** Posts JSON as a caller does; what was answered. */
export async function call(stage: Stage, path: string, body: JsonObject): Promise<JsonObject> {
  const answer = await request(`${stage.atelier.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stage.atelier.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.body.text();
  const parsed = parseJson(text);
  if (answer.statusCode !== 200 || !parsed.ok || !isJsonObject(parsed.value))
    throw new UserError(`${path} answered ${answer.statusCode}: ${text}`);
  return parsed.value;
}

/** The body of the first callback to this path that `wanted` holds for. */
export async function received(stage: Stage, path: string, wanted: (body: JsonObject) => boolean): Promise<JsonObject> {
  const callback = await stage.sink.next((seen) => seen.path === path && wanted(parseJsonObject(seen.body)), { timeoutMs: PATIENCE_MS });
  return parseJsonObject(callback.body);
}

/** Saves a file of a job that has just called back, and reads from the server how its callbacks fared. */
export async function save(stage: Stage, { dialect, verb, jobId, startedAtMs }: Asked, url: string, filename: string): Promise<Row> {
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const { statusCode, body } = await request(url);
  if (statusCode !== 200) throw new UserError(`${dialect}: ${filename} could not be fetched (${statusCode})`);
  const file = join(stage.folder, filename);
  const bytes = new Uint8Array(await body.arrayBuffer());
  await writeFile(file, bytes);
  const shownId = jobId.length > SHOWN_ID ? `${jobId.slice(0, SHOWN_ID - 4)}…` : jobId;
  return { dialect, job: `${verb} ${shownId}`, seconds, attempts: await countAttempts(stage, jobId), bytes: bytes.length, file };
}

/** How often the job's callbacks were tried, once the outcome of all is on record: a moment after the receiver saw the last. */
async function countAttempts(stage: Stage, jobId: string): Promise<number> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    const deliveries = await stage.atelier.store.listDeliveries({ jobId, limit: 10 });
    if (deliveries.length > 0 && deliveries.every(({ state }) => state !== 'pending'))
      return deliveries.reduce((sum, { attemptCount }) => sum + attemptCount, 0);
    await sleep(systemClock, POLL_MS);
  }
  throw new UserError(`The callback of ${jobId} was not recorded`);
}
