import assert from 'node:assert/strict';
import { isFinal, type Job } from 'atelier/core/job';
import { sleep, type Clock } from '@atelier/lib/clock';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import type { AccountView, Switches } from '@atelier/simulator';
import type { TestServer } from '../../test-server.ts';
import { fetchPicture, isPictureOf } from '../../marked-picture.ts';
import { CONNECTION_FAULTS, REST_FAULTS, scenarioFacts } from './faults.ts';
import type { Plan, Verb } from './plan.ts';
import { findFault, countSessionLosses, toExpectation } from './verdict.ts';

const SLOTS = 12;

export interface RunPlanDependencies {
  server: TestServer;
  clock: Clock;
  switches: Partial<Switches>;
  /** URL of a picture of this size in pixels. */
  pictureUrl(width: number, height: number): string;
}

interface Request {
  path: string;
  body: JsonObject;
  /** Throws unless the completed job has the result of this request. It may have the picture of any job in `equals`. */
  check(job: Job, equals: readonly Job[]): Promise<void>;
}

/** Runs a plan on a new account. Rejects with the fault that it finds. */
export async function runPlan(deps: RunPlanDependencies, plan: Plan): Promise<void> {
  const { server, clock } = deps;
  const { control } = server.simulator;
  const account = await openAccount(server);
  const requests = await toRequests(deps, account, plan);
  const { scenario, restFault, strikes } = plan;
  if (scenario !== null) control.queueScenario(account.userId, scenarioFacts(scenario).word);
  if (restFault !== null) REST_FAULTS[restFault](control, account);
  const knownBefore = new Set<string>();
  const striking = strikes
    .toSorted((a, b) => a.afterMs - b.afterMs)
    .map(async ({ fault, afterMs }, index) => {
      await sleep(clock, afterMs);
      if (index === 0)
        for (const job of await server.atelier.store.executingJobs(account.channelId)) if (hasUuid(job)) knownBefore.add(job.id);
      CONNECTION_FAULTS[fault].strike(control, account);
    });
  const jobs = await Promise.all(requests.map((request) => submit(server, request)));
  await Promise.all(striking);
  const ends = jobs.map((job) => job.failure?.code ?? job.status);
  const fault = findFault(ends, toExpectation(plan, deps.switches));
  const firstOdd = jobs.find((job) => job.status !== 'completed') ?? jobs[0];
  if (fault !== null) throw new Error(`${fault}: ${JSON.stringify({ ends, failure: firstOdd?.failure, operation: firstOdd?.operation })}`);
  for (const [index, job] of jobs.entries())
    if (job.status === 'completed')
      await requests[index]?.check(job, countSessionLosses(plan, deps.switches) > 0 && !knownBefore.has(job.id) ? jobs : [job]);
}

async function openAccount(server: TestServer): Promise<AccountView> {
  const account = server.simulator.control.addAccount({ slots: SLOTS });
  const { token, guildId, channelId } = account;
  const body = { discord: token, server: guildId, channel: channelId, maxJobs: SLOTS };
  const answer = await server.call('POST', `/v2/account/midjourney/${channelId}`, body);
  assert.equal(answer.status, 204, answer.text);
  return account;
}

/** Submits a request. Returns the job at its end. */
async function submit(server: TestServer, { path, body }: Pick<Request, 'path' | 'body'>): Promise<Job> {
  const reply = await server.call('POST', path, body);
  const jobId = reply.body['jobid'];
  if (typeof jobId !== 'string') throw new Error(`${path} answered ${reply.status}: ${reply.text}`);
  try {
    return await server.waitForJob(jobId, (job) => isFinal(job.status));
  } catch {
    const job = await server.atelier.store.getJob(jobId);
    throw new Error(`hangs: ${JSON.stringify({ status: job?.status, operation: job?.operation })}`);
  }
}

/** A completed job that the requests continue from, made before any fault. */
async function prepare(server: TestServer, path: string, body: JsonObject): Promise<Job> {
  const job = await submit(server, { path, body });
  assert.equal(job.status, 'completed', JSON.stringify(job.failure));
  return job;
}

async function toRequests(deps: RunPlanDependencies, account: AccountView, plan: Plan): Promise<Request[]> {
  const { server, pictureUrl } = deps;
  const { channelId: channel } = account;
  const prompt = `a fox of seed ${plan.seed}`;
  const numbers = Array.from({ length: plan.copies }, (_, index) => index + 1);
  const grid = (): Promise<Job> => prepare(server, '/v2/jobs/imagine', { prompt, channel });
  const press = (parent: Job, button: string, more: JsonObject = {}) => ({
    path: '/v2/jobs/button',
    body: { jobid: parent.id, button, ...more },
  });
  const ofEach: Record<Verb, () => Promise<Request[]>> = {
    imagine: async () =>
      numbers.map(() => ({ path: '/v2/jobs/imagine', body: { prompt, channel }, check: checkPicture(server, prompt, 0) })),
    async U() {
      const parent = await grid();
      return numbers.map((number) => ({ ...press(parent, `U${number}`), check: checkPicture(server, prompt, number) }));
    },
    async V() {
      const parent = await grid();
      return numbers.map(() => ({ ...press(parent, 'V2'), check: checkPicture(server, prompt, 0) }));
    },
    async 'custom-zoom'() {
      const parent = await grid();
      const single = await prepare(server, '/v2/jobs/button', { jobid: parent.id, button: 'U1' });
      const zoomed = `${prompt} seen from afar --zoom 1.5`;
      return numbers.map(() => ({ ...press(single, 'Custom Zoom', { prompt: zoomed }), check: checkPicture(server, prompt, 0) }));
    },
    async blend() {
      const blendUrls = [pictureUrl(16, 16), pictureUrl(16, 24)];
      return numbers.map(() => ({ path: '/v2/jobs/blend', body: { blendUrls, channel }, check: checkPicture(server, '', 0) }));
    },
    describe: async () =>
      numbers.map((number) => {
        // Each seed and each copy describes a picture of a different shape.
        const [width, height] = [1 + (plan.seed % 200), 211 + number];
        const describeUrl = pictureUrl(width, height);
        return { path: '/v2/jobs/describe', body: { describeUrl, channel }, check: (job: Job) => checkPrompts(job, width, height) };
      }),
    info: async () =>
      numbers.map(() => ({
        path: '/v2/jobs/info',
        body: { channel },
        check: async (job: Job) => assert.equal(job.output.data['user_id'], account.userId),
      })),
  };
  return ofEach[plan.verb]();
}

/**
 * Checks that the served picture was made for this request. `index`: the number of the picture chosen from a grid, or 0.
 *
 * There is one exception. When the session was lost, the events that tied several equal requests to their start messages are lost too. Then a job
 * may have the picture of one of its `equals`, unless its Midjourney id was known before.
 */
function checkPicture(server: TestServer, prompt: string, index: number): Request['check'] {
  return async (job, equals) => {
    const { body } = await server.call('GET', `/v2/jobs/?jobid=${job.id}`);
    const [first] = listAt(body, 'attachments');
    const { mark } = await fetchPicture(isJsonObject(first) ? first['url'] : undefined);
    const seen = JSON.stringify({ mark, operation: job.operation });
    if (!equals.some((one) => isPictureOf(one, mark))) throw new Error(`has the wrong picture: ${seen}`);
    if (mark['index'] !== index || !textAt(mark, 'prompt').startsWith(prompt)) throw new Error(`has another picture: ${seen}`);
  };
}

const hasUuid = ({ operation }: Job): boolean => isJsonObject(operation) && listAt(operation, 'jobUuids').length > 0;

/** Checks the shape in the prompts: the simulator names the shape of the described picture. */
async function checkPrompts(job: Job, width: number, height: number): Promise<void> {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  const common = divisor(width, height);
  const prompts = listAt(objectAt({ data: job.output.data }, 'data'), 'prompts');
  assert.equal(prompts.length, 4, JSON.stringify(job.output));
  for (const prompt of prompts)
    assert.match(JSON.stringify(prompt), new RegExp(`--ar ${width / common}:${height / common}"$`), `${width}×${height}`);
}
