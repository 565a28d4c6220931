import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import { isFinal, type Job } from 'atelier/core/job';
import { systemClock } from '@atelier/lib/clock';
import { isJsonObject, listAt, parseJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import { type CallbackSink, SIMULATOR_ACCOUNT, startCallbackSink } from '@atelier/simulator';
import { createRandom } from '@atelier/lib/random';
import { createSqliteStore } from 'atelier/store/sqlite/sqlite';
import type { Store } from 'atelier/core/store';
import { callApi, waitFor } from '../test-server.ts';
import { fetchPicture, isPictureOf } from '../marked-picture.ts';
import { createKillableServer, startProcess, type KillableServer } from './server-process.ts';

const JOBS = 30;
const KILLS = 10;
const SLOTS = 12;
const EQUAL_PROMPT = 'a fox like the others';

/** Every third prompt is the same: only ids tell these jobs apart. */
const toPrompt = (index: number): string => (index % 3 === 0 ? EQUAL_PROMPT : `fox number ${index}`);

/**
 * Kills the server with SIGKILL ten times while thirty jobs run. Every accepted job must end with the picture of its
 * request, and every callback must come.
 *
 * There is one exception. Equal requests that were running at a kill, before Midjourney had shown an id for them, cannot be told apart:
 * they may have each other's pictures. No other jobs may.
 */
describe('kill -9', () => {
  let folder: string;
  let sink: CallbackSink;
  let simulator: ReturnType<typeof startProcess>;
  let restUrl: string;
  let controlToken: string;
  let server: KillableServer;

  const readStore = async <Result>(read: (store: Store) => Promise<Result>): Promise<Result> => {
    const store = createSqliteStore({ path: join(folder, 'atelier.db'), log: silentLog });
    try {
      return await read(store);
    } finally {
      await store.close();
    }
  };

  /** Jobs that were running at a kill before their Midjourney id was stored. */
  const unmarked = new Set<string>();
  const killAtWork = async (): Promise<void> => {
    await server.kill();
    const running = await readStore((store) => store.listJobs({ statuses: ['starting', 'started', 'progress'], limit: JOBS }));
    for (const job of running) if (!hasUuid(job)) unmarked.add(job.id);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-kill-'));
    sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock: systemClock });
    simulator = startProcess('simulator', { SIMULATOR_PORT: '0', SIMULATOR_PACE: '0.5', SIMULATOR_TILE: '16' });
    [restUrl, controlToken] = await Promise.all([simulator.line(/REST\s+(\S+)/), simulator.line(/control token (\S+)/)]);
    await request(`${new URL(restUrl).origin}/control/accounts/${SIMULATOR_ACCOUNT.userId}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${controlToken}` },
      body: JSON.stringify({ slots: SLOTS }),
    });
    server = createKillableServer({ ATELIER_DATA: folder, DISCORD_REST_URL: restUrl, DISCORD_INTERACTION_INTERVAL: '1ms' });
    await server.start();
    const { token, guildId, channelId } = SIMULATOR_ACCOUNT;
    const configured = await callApi(server.current(), 'POST', `/v2/account/midjourney/${channelId}`, {
      discord: token,
      server: guildId,
      channel: channelId,
      maxJobs: SLOTS,
    });
    assert.equal(configured.status, 204, configured.text);
  });
  after(async () => {
    await server.kill();
    simulator.child.kill('SIGKILL');
    await sink.close();
    await rm(folder, { recursive: true, force: true });
  });

  test(`${KILLS} times while ${JOBS} jobs run: each ends with its own picture, each callback arrives`, async () => {
    const random = createRandom(20_261_121);
    const accepted = new Map<string, string>();
    let submitted = 0;
    /** The server may have stored a submit whose answer the kill cut off: the repeat with the same Idempotency-Key gets that job. */
    const submit = async (number: number): Promise<string | undefined> => {
      const { url, apiKey } = server.current();
      const { statusCode, body } = await request(`${url}/v1/imagine`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', 'idempotency-key': `kill-${number}` },
        body: JSON.stringify({ prompt: toPrompt(number), webhook_url: `${sink.url}/kill` }),
      });
      const reply = parseJsonObject(await body.text());
      return statusCode === 200 ? textAt(reply, 'task_id') : undefined;
    };
    /** Submits until the server is killed; the next call repeats a submit without an answer. */
    const submitSome = async (count: number): Promise<void> => {
      for (let index = 0; index < count && submitted < JOBS; index++) {
        const taskId = await submit(submitted).catch(() => undefined);
        if (taskId === undefined) continue;
        accepted.set(taskId, toPrompt(submitted));
        submitted++;
      }
    };

    for (let kill = 0; kill < KILLS; kill++) {
      const submitting = submitSome(JOBS / KILLS + (kill === KILLS - 1 ? JOBS : 0));
      // The moment is random: half of the kills wait for the submits too.
      const moment = waitFor(async () => (random.next() < 0.08 ? true : undefined));
      await (random.next() < 0.5 ? moment : Promise.all([moment, submitting]));
      await killAtWork();
      await submitting;
      await server.start();
    }
    await submitSome(JOBS);
    assert.equal(accepted.size, JOBS);

    const marks = new Map<string, JsonObject>();
    for (const [taskId, prompt] of accepted) {
      const callback = await sink.next((seen) => parseJsonObject(seen.body)['task_id'] === taskId, { timeoutMs: 60_000 });
      const body = parseJsonObject(callback.body);
      assert.equal(body['status'], 'completed', `${prompt}: ${JSON.stringify(body['error'])}`);
      const { mark } = await fetchPicture(localUrl(body['image_url'], server.current().url));
      marks.set(taskId, mark);
      assert.ok(textAt(mark, 'prompt').startsWith(prompt), `${textAt(mark, 'prompt')} is not ${prompt}`);
    }

    await server.kill();
    const jobs = await readStore((store) => store.listJobs({ limit: 2 * JOBS }));
    assert.deepEqual(new Set(jobs.map(({ id }) => id)), new Set(accepted.keys()));
    const mayShare = (one: Job, other: Job): boolean =>
      one.id === other.id || [one, other].every(({ id }) => unmarked.has(id) && accepted.get(id) === EQUAL_PROMPT);
    for (const job of jobs) {
      assert.ok(isFinal(job.status), `${job.id} is ${job.status}`);
      const mark = marks.get(job.id) ?? {};
      const owner = jobs.find((other) => isPictureOf(other, mark));
      assert.ok(owner && mayShare(job, owner), `${describeJob(job)} has the picture of ${owner && describeJob(owner)}`);
      const deliveries = await readStore((store) => store.listDeliveries({ jobId: job.id, limit: 2 }));
      assert.equal(deliveries.length, 1, 'every job has its delivery');
    }
    assert.equal(new Set(jobs.map(({ output }) => output.message?.id)).size, JOBS, 'no two jobs have one message');
    // A kill may fall after Midjourney accepts a request and before it shows the job; only such a request is repeated.
    const asked = (await simulatorRequests(restUrl, controlToken)).filter(
      (seen) => textAt(seen, 'path').endsWith('/interactions') && seen['status'] === 204,
    );
    assert.ok(asked.length >= JOBS && asked.length <= JOBS + KILLS, `Midjourney was asked ${asked.length} times for ${JOBS} jobs`);
  });
});

const hasUuid = ({ operation }: Job): boolean => isJsonObject(operation) && listAt(operation, 'jobUuids').length > 0;
const describeJob = ({ id, operation }: Job): string => `${id} ${JSON.stringify(operation)}`;

/** The latest REST requests to the simulator. */
async function simulatorRequests(restUrl: string, controlToken: string): Promise<JsonObject[]> {
  const headers = { authorization: `Bearer ${controlToken}` };
  const { body } = await request(`${new URL(restUrl).origin}/control/requests`, { headers });
  return listAt(parseJsonObject(`{"requests":${await body.text()}}`), 'requests').filter(isJsonObject);
}

/** The link with the current port: each start of the server takes a free port. */
function localUrl(url: unknown, serverUrl: string): string {
  const link = new URL(String(url));
  return `${serverUrl}${link.pathname}${link.search}`;
}
