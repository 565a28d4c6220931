import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { readConfig } from 'atelier/config/config';
import type { Job } from 'atelier/core/job';
import type { Delivery } from 'atelier/core/delivery';
import type { SessionLimits } from 'atelier/discord/limits';
import { sleep, systemClock, type Clock } from '@atelier/lib/clock';
import { parseJsonObject, type JsonObject } from '@atelier/lib/json';
import { silentLog, type Log } from '@atelier/lib/log';
import { startAtelier, type Atelier } from 'atelier/server/start';
import { type CallbackSink, type ReceivedCallback, type Simulator, startCallbackSink } from '@atelier/simulator';

/** The whole server on loopback and a callback receiver in the same process, on free ports and a new folder. */
export interface BareTestServer {
  atelier: Atelier;
  sink: CallbackSink;
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: JsonObject): Promise<Answer>;
  /** The first callback to this path with a matching body, received before or after the call. */
  waitForCallback(path: string, matches: (body: JsonObject) => boolean): Promise<{ body: JsonObject; received: ReceivedCallback }>;
  /** The stored job as soon as it matches. */
  waitForJob(jobId: string, matches: (job: Job) => boolean): Promise<Job>;
  /** The job's only delivery after its last attempt. */
  waitForDelivery(jobId: string): Promise<Delivery>;
  /** Stops the server and starts it again with the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** With the simulator as the upstream. */
export interface TestServer extends BareTestServer {
  simulator: Simulator;
}

export interface Answer {
  status: number;
  body: JsonObject;
  /** The text of the body, for arrays and non-JSON. */
  text: string;
}

/** A hang fails the test after this time, before the time limit of CI ends the whole run. */
export const TIMEOUT_MS = 30_000;
const POLL_MS = 20;

export interface TestServerOptions {
  /** The clock of the server and the simulator; the time limits of the test are always real time. */
  clock?: Clock;
  /** Limits of the Discord sessions. */
  discordLimits?: Partial<SessionLimits>;
  /** Default: nothing is logged. */
  log?: Log;
}

/** Starts a server that makes small pictures at once. `settings` are further environment variables; a value `sink:/path` becomes a URL of the receiver. */
export async function createTestServer(settings: Record<string, string> = {}, options: TestServerOptions = {}): Promise<TestServer> {
  const server = await createBareTestServer(settings, options);
  const { simulator } = server.atelier;
  if (!simulator) throw new Error('the test server needs the embedded simulator');
  return Object.assign(server, { simulator });
}

/** As `createTestServer`, with the upstream that the settings name. */
export async function createBareTestServer(
  settings: Record<string, string> = {},
  options: TestServerOptions = {},
): Promise<BareTestServer> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-test-'));
  const sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock: systemClock });
  const config = readConfig({
    PORT: '0',
    SIMULATOR_PORT: '0',
    SIMULATOR_PACE: '0',
    SIMULATOR_TILE: '16',
    ATELIER_DATA: dataFolder,
    CALLBACK_ALLOW: '127.0.0.0/8,::1',
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value.replace(/^sink:/, sink.url)])),
  });
  const start = (): Promise<Atelier> => startAtelier(config, { clock: systemClock, log: silentLog, ...options });

  const server: BareTestServer = {
    atelier: await start(),
    sink,
    call: (method, path, body) => callApi(server.atelier, method, path, body),
    async waitForCallback(path, matches) {
      const received = await sink.next((seen) => seen.path === path && matches(parseJsonObject(seen.body)), { timeoutMs: TIMEOUT_MS });
      return { received, body: parseJsonObject(received.body) };
    },
    waitForJob: (jobId, matches) =>
      waitFor(async () => {
        const job = await server.atelier.store.getJob(jobId);
        return job && matches(job) ? job : undefined;
      }),
    waitForDelivery: (jobId) =>
      waitFor(async () => {
        const [delivery] = await server.atelier.store.listDeliveries({ jobId, limit: 1 });
        return delivery && delivery.state !== 'pending' ? delivery : undefined;
      }),
    async restart() {
      await server.atelier.close();
      server.atelier = await start();
    },
    async close() {
      await server.atelier.close();
      await sink.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
  return server;
}

/** Calls `find` until it returns a value. Rejects after `TIMEOUT_MS`. */
export async function waitFor<Found>(find: () => Promise<Found | undefined>): Promise<Found> {
  for (let polls = 0; polls < TIMEOUT_MS / POLL_MS; polls++) {
    const found = await find();
    if (found !== undefined) return found;
    await sleep(systemClock, POLL_MS);
  }
  throw new Error(`no result within ${TIMEOUT_MS} ms`);
}

export async function callApi(
  server: { url: string; apiKey: string },
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: JsonObject,
): Promise<Answer> {
  const answer = await request(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${server.apiKey}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.body.text();
  return { status: answer.statusCode, body: parseJsonObject(text), text };
}
