import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { request } from 'undici';
import { createJob, isFinal, type Job } from 'atelier/core/job';
import { isJsonObject, listAt, objectAt, parseJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import { createTestServer, type TestServer, type TestServerOptions } from './test-server.ts';
import { fetchPicture, type MarkedPicture } from './marked-picture.ts';

/** A test server without pauses between requests to Discord, for tests that run many jobs one after the other. */
export async function createFastTestServer(options: TestServerOptions = {}, settings: Record<string, string> = {}): Promise<TestServer> {
  const server = await createTestServer({ DISCORD_INTERACTION_INTERVAL: '0ms', ...settings }, options);
  server.simulator.control.setSwitches({ eventDelayMs: 1 });
  return server;
}

/** A finished job of the useapi dialect, from its callback. */
export interface FinishedJob {
  jobid: string;
  body: JsonObject;
  content: string;
  buttons: string[];
}

/** Posts to a page under `jobs/` and waits for the callback of the completed job. */
export async function runJob(server: TestServer, page: string, body: JsonObject): Promise<FinishedJob> {
  const reply = await server.call('POST', `/v2/jobs/${page}`, { ...body, replyUrl: `${server.sink.url}/verbs` });
  assert.equal(reply.status, 200, reply.text);
  const jobid = textAt(reply.body, 'jobid');
  const { body: ended } = await server.waitForCallback('/verbs', (seen) => seen['jobid'] === jobid && isFinal(statusOf(seen)));
  assert.equal(ended['status'], 'completed', JSON.stringify(ended));
  return { jobid, body: ended, content: textAt(ended, 'content'), buttons: listAt(ended, 'buttons').map(String) };
}

export const imagine = (server: TestServer, prompt: string): Promise<FinishedJob> => runJob(server, 'imagine', { prompt });

/** A single picture: U1 of a new grid. */
export const imagineSingle = async (server: TestServer, prompt: string): Promise<FinishedJob> =>
  press(server, await imagine(server, prompt), 'U1');

export const press = (server: TestServer, { jobid }: FinishedJob, button: string, more: JsonObject = {}): Promise<FinishedJob> =>
  runJob(server, 'button', { jobid, button, ...more });

/** The first attachment, with the simulator's mark. */
export const pictureOf = ({ body }: FinishedJob): Promise<MarkedPicture> => fetchPicture(attachmentsOf(body)[0]?.['url']);

export const attachmentsOf = (body: JsonObject): JsonObject[] => listAt(body, 'attachments').filter(isJsonObject);

export interface MarkedVideo {
  bytes: Buffer;
  contentType: string;
  mark: JsonObject;
}

/** Fetches an MP4 and reads the simulator's mark from its comment. */
export async function fetchVideo(url: unknown): Promise<MarkedVideo> {
  const { statusCode, headers, body } = await request(String(url));
  const bytes = Buffer.from(await body.arrayBuffer());
  if (statusCode !== 200) throw new Error(`${String(url)} answered ${statusCode}`);
  assert.equal(bytes.subarray(4, 8).toString('latin1'), 'ftyp', 'an MP4');
  const mark = parseJsonObject(/\{"job":.*?\}/s.exec(bytes.toString('utf8'))?.[0] ?? '');
  return { bytes, contentType: String(headers['content-type']), mark };
}

/** Runs a task of the kie dialect to its end. Returns `data` of its callback. */
export async function runKieTask(server: TestServer, page: string, body: JsonObject): Promise<JsonObject> {
  const reply = await server.call('POST', `/api/v1/mj/${page}`, { ...body, callBackUrl: `${server.sink.url}/kie-verbs` });
  assert.equal(reply.body['code'], 200, reply.text);
  const taskId = textAt(objectAt(reply.body, 'data'), 'taskId');
  const { body: called } = await server.waitForCallback('/kie-verbs', (seen) => objectAt(seen, 'data')['taskId'] === taskId);
  assert.equal(called['code'], 200, JSON.stringify(called));
  return objectAt(called, 'data');
}

/** Runs a task of the LinkrAPI dialect to its end. */
export async function runLinkrTask(server: TestServer, page: 'imagine' | 'action', body: JsonObject): Promise<JsonObject> {
  const reply = await server.call('POST', `/v1/${page}`, { ...body, webhook_url: `${server.sink.url}/linkr-verbs` });
  assert.equal(reply.status, 200, reply.text);
  const { body: task } = await server.waitForCallback('/linkr-verbs', (seen) => seen['task_id'] === reply.body['task_id']);
  assert.equal(task['status'], 'completed', JSON.stringify(task));
  return task;
}

/** Runs a verb that no vendor's API has, as a stored job. Returns the job at its end. */
export async function runEngineJob(server: TestServer, input: JsonObject & { verb: string }): Promise<Job> {
  const { store } = server.atelier;
  const [key] = await store.listKeys();
  const [account] = await store.listAccounts();
  const job = createJob({
    id: randomUUID(),
    dialect: 'native',
    engine: 'midjourney',
    verb: input.verb,
    keyId: key?.id ?? '',
    input,
    accountId: account?.id ?? null,
    usesSlot: false,
    createdAtMs: Date.now(),
  });
  await store.acceptJob({ job });
  return server.waitForJob(job.id, ({ status }) => isFinal(status));
}

const STATUSES = ['completed', 'failed', 'moderated', 'cancelled'] as const;

const statusOf = (body: JsonObject): Job['status'] => STATUSES.find((status) => status === body['status']) ?? 'progress';
