import assert from 'node:assert/strict';
import { isFinal, type Job } from 'atelier/core/job';
import { sleep, type Clock } from '@atelier/lib/clock';
import { isJsonObject, listAt, textAt } from '@atelier/lib/json';
import type { AccountView } from '@atelier/simulator';
import type { TestServer } from '../../test-server.ts';
import { countRequests, findCallbackFaults, findSecondRequests } from './after-checks.ts';
import { REST_FAULTS, STRIKES, stateFacts } from './faults.ts';
import { differ, type Plan } from './plan.ts';
import { hasPrompt, toPrompt, toRequests, wordsOf, type PlannedRequest } from './requests.ts';
import { SCENARIOS } from './scenarios.ts';
import { countSessionLosses, findFaults, isUnnamed, toExpectation } from './verdict.ts';
import type { Weather } from './weather.ts';

const SLOTS = 12;
const POLL_MS = 2_000;
/** A job that has not ended after this time of the server's clock hangs. Its time limit is 15 minutes, a hold may last 10. */
const HANGS_AFTER_MS = 45 * 60_000;
/** Callbacks, second requests and late results may come this long after the ends. */
const AFTERMATH_MS = 150_000;

export interface RunPlanDeps {
  server: TestServer;
  clock: Clock;
  weather: Weather;
  /** URL of a picture of this size in pixels. */
  pictureUrl(width: number, height: number): string;
  /** Called when the seed is ready for its requests; resolves when all seeds of the batch are. */
  allReady(): Promise<void>;
}

/** Runs a plan on a new account. Returns the faults that it finds. */
export async function runPlan(deps: RunPlanDeps, plan: Plan): Promise<string[]> {
  const { server, clock, weather } = deps;
  const { control } = server.simulator;
  const account = await openAccount(server);
  const requests = await toBatchedRequests(deps, account, plan);
  const before = countRequests(control, account);
  beginTrouble(deps, account, plan);
  const knownBefore = new Set<string>();
  const striking = strike(deps, account, { plan, knownBefore });
  const pathOf = (index: number): string => `/seed-${plan.seed}/${index}`;
  const jobs = await Promise.all(requests.map((request, index) => submit(deps, request, pathOf(index))));
  await striking;
  await sleep(clock, AFTERMATH_MS);
  const lostSessions = countSessionLosses(plan, weather);
  const mayBeExchanged = lostSessions > 0 || (isUnnamed(plan, weather) && !differ(plan));
  const ended = await Promise.all(jobs.map(async ({ id }) => (await server.atelier.store.getJob(id)) ?? assert.fail('the job is gone')));
  return [
    ...ended
      .filter(({ status }) => !isFinal(status))
      .map((job) => `hangs: ${JSON.stringify({ status: job.status, operation: job.operation })}`),
    ...findFaults(
      ended.filter(({ status }) => isFinal(status)),
      toExpectation(plan, weather),
    ),
    ...(await findWrongResults(ended, requests, (job) => (mayBeExchanged && !knownBefore.has(job.id) ? ended : [job]))),
    ...findSecondRequests(control, account, { plan, before, lostSessions, isOut: weather.outage !== null }),
    ...findCallbackFaults(server.sink.received(), ended, pathOf),
  ];
}

/** Makes the requests and waits for the other seeds, also when one of the first jobs fails. */
async function toBatchedRequests(deps: RunPlanDeps, account: AccountView, plan: Plan): Promise<PlannedRequest[]> {
  const { server, pictureUrl } = deps;
  try {
    return await toRequests({ server, account, pictureUrl, prepare: async (request) => prepare(deps, request) }, plan);
  } finally {
    await deps.allReady();
  }
}

async function openAccount(server: TestServer): Promise<AccountView> {
  const account = server.simulator.control.addAccount({ slots: SLOTS });
  const { token, guildId, channelId } = account;
  const body = { discord: token, server: guildId, channel: channelId, maxJobs: SLOTS };
  const answer = await server.call('POST', `/v2/account/midjourney/${channelId}`, body);
  assert.equal(answer.status, 204, answer.text);
  return account;
}

/** Submits a request. Returns the job at its end, or as it is when it hangs. */
async function submit(
  { server, clock }: RunPlanDeps,
  { path, body }: Pick<PlannedRequest, 'path' | 'body'>,
  callbackPath: string,
): Promise<Job> {
  const callback = `${server.sink.url}${callbackPath}`;
  const reply = await server.call('POST', path, {
    ...body,
    ...(path.startsWith('/v2/') ? { replyUrl: callback } : { callbackUrl: callback }),
  });
  const jobId = textAt(reply.body, 'jobid') || textAt(reply.body, 'id');
  if (jobId === '') throw new Error(`${path} answered ${reply.status}: ${reply.text}`);
  const untilMs = clock.now() + HANGS_AFTER_MS;
  for (;;) {
    const job = await server.atelier.store.getJob(jobId);
    if (!job) throw new Error(`the job ${jobId} is gone`);
    if (isFinal(job.status) || clock.now() > untilMs) return job;
    await sleep(clock, POLL_MS);
  }
}

/** A completed job that the requests continue from, made before any fault. */
async function prepare(deps: RunPlanDeps, request: Pick<PlannedRequest, 'path' | 'body'>): Promise<Job> {
  const job = await submit(deps, request, '/prepared');
  assert.equal(job.status, 'completed', JSON.stringify(job.failure));
  return job;
}

/** What the bot and Discord do to the requests that come next. */
function beginTrouble({ server, clock }: RunPlanDeps, account: AccountView, plan: Plan): void {
  const { control } = server.simulator;
  const { userId } = account;
  const prompt = toPrompt(plan);
  const words = wordsOf(plan);
  if (plan.scenario !== null) control.queueScenario(userId, SCENARIOS.get(plan.scenario)?.words ?? '');
  if (words.length > 0 && !hasPrompt(plan))
    for (let copy = 0; copy < plan.copies; copy += 1) control.queueScenario(userId, words.join(' '));
  if (plan.restFault !== null) REST_FAULTS[plan.restFault](control, account);
  if (plan.state === null) return;
  const { begin, end, forMs = 0 } = stateFacts(plan.state);
  begin(control, account, prompt);
  if (end) clock.after(forMs, () => end(control, account, prompt));
}

/** Breaks connections, each at its time. `knownBefore` gets the jobs with a known Midjourney id before the first of them. */
async function strike(
  { server, clock }: RunPlanDeps,
  account: AccountView,
  { plan, knownBefore }: { plan: Plan; knownBefore: Set<string> },
): Promise<void> {
  const inOrder = plan.strikes.toSorted((a, b) => a.afterMs - b.afterMs);
  await Promise.all(
    inOrder.map(async ({ fault, afterMs }, index) => {
      await sleep(clock, afterMs);
      if (index === 0)
        for (const job of await server.atelier.store.executingJobs(account.channelId)) if (hasUuid(job)) knownBefore.add(job.id);
      STRIKES[fault].strike(server.simulator.control, account, toPrompt(plan));
    }),
  );
}

const hasUuid = ({ operation }: Job): boolean => isJsonObject(operation) && listAt(operation, 'jobUuids').length > 0;

/** Looks at every picture that a job has, its late result too. */
async function findWrongResults(
  jobs: readonly Job[],
  requests: readonly PlannedRequest[],
  equalsOf: (job: Job) => readonly Job[],
): Promise<string[]> {
  const checks = jobs.map(async (job, index) => {
    if (job.status !== 'completed' && job.lateResult === null) return [];
    try {
      await requests[index]?.check(job, equalsOf(job));
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
  return (await Promise.all(checks)).flat();
}
