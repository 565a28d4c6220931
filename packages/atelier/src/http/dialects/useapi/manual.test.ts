import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_LIMITS } from '../../../core/key.ts';
import type { JobFailure } from '../../../core/errors.ts';
import { EMPTY_OUTPUT, type JobOutput } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import {
  CHANNEL,
  DISCORD,
  PENDING,
  SERVER,
  configureAccount,
  finishedGrid,
  gridOutput,
  message,
  createTestHarness,
  post,
  postStarted,
  type Harness,
} from './harness.fixture.ts';

type Method = 'GET' | 'POST' | 'DELETE';

const WHOLE = { discord: DISCORD, server: SERVER, channel: CHANNEL, maxJobs: 15 };
const NEW_JOBS: [string, JsonObject][] = [
  ['imagine', { prompt: 'x' }],
  ['blend', { blendUrls: ['https://a.test/1', 'https://a.test/2'] }],
  ['describe', { describeUrl: 'https://a.test/1' }],
];
const COMMANDS = ['info', 'relax', 'fast', 'turbo', 'variability', 'remix'];

const SEEDED: JobOutput = { ...gridOutput('701', []), data: { seed: 5 } };
const DONE: JobOutput = { ...EMPTY_OUTPUT, message: message('701', 'Done!') };

/** One way to end of each status that a job can be answered with. */
const FAILURES: JobFailure[] = [
  { code: 'credits-exhausted', title: 'Credits exhausted', details: null },
  { code: 'prompt-moderated', title: 'Banned prompt', details: 'x' },
  { code: 'upstream-rate-limited', title: 'Discord /interactions failed with HTTP status 429', details: '{"retry_after":10}' },
  { code: 'upstream-failed', title: 'Sorry! Could not complete the job!', details: null },
  { code: 'upstream-silent', title: 'Midjourney did not answer', details: null },
  PENDING,
];

/** Paths of every page, with a value for each parameter. */
const pagesOf = (harness: Harness): { method: Method; path: string }[] =>
  [...new Set(harness.manual.declared().map((name) => name.replace(/ \d+$/, '')))].map((name) => {
    const [method = '', url = ''] = name.split(' ');
    assert.ok(method === 'GET' || method === 'POST' || method === 'DELETE');
    return { method, path: url.replace(':channel', CHANNEL) };
  });

/** What is answered before a page looks at anything of its own. */
async function askBadly(harness: Harness): Promise<void> {
  for (const { method, path } of pagesOf(harness)) {
    await harness.call(method, path, undefined, { as: 'nobody' });
    await harness.call(method, path, method === 'GET' ? undefined : {}, { as: 'guest' });
    if (method === 'GET') continue;
    await harness.inject({ method, url: path, headers: { 'content-type': 'application/json' }, payload: '{"a"' });
    await harness.inject({ method, url: path, headers: { 'content-type': 'text/xml' }, payload: '<a/>' });
    await harness.call(method, path, { prompt: 'x'.repeat(1_100_000) });
  }
}

const LIMITED = { requestsPerMinute: 1, jobsPerDay: null, runningJobs: null };

/** Each page with a key that has expired, is suspended or asks too often, and with a store that fails. */
async function askInVain(harness: Harness): Promise<void> {
  const { findKey } = harness.store;
  for (const { method, path } of pagesOf(harness)) {
    for (const set of [{ expiresAtMs: 1 }, { expiresAtMs: null, suspendedAtMs: 1 }, { suspendedAtMs: null, limits: LIMITED }]) {
      await harness.store.updateKey('key-2', set);
      await harness.call(method, path, undefined, { as: 'guest' });
    }
    await harness.call(method, path, undefined, { as: 'guest' });
    harness.store.findKey = async () => Promise.reject(new Error('the disk is full'));
    await harness.call(method, path);
    harness.store.findKey = findKey;
  }
  await harness.store.updateKey('key-2', { limits: NO_LIMITS });
}

/** A job page: its job taken, ended in every way, and sent again under one Idempotency-Key. */
async function askForJobs(harness: Harness, page: string, body: JsonObject, output: JobOutput = gridOutput('701')): Promise<void> {
  const path = `/v2/jobs/${page}`;
  for (const failure of FAILURES) {
    const { job, answer } = await post(harness, path, body);
    await harness.fail(job.id, failure);
    await answer;
  }
  const { job, answer } = await post(harness, path, body);
  await harness.move(job.id, { status: 'completed', output });
  await answer;
  const headers = { 'idempotency-key': page };
  const next = harness.nextJob();
  const first = harness.inject({ method: 'POST', url: path, headers, payload: body });
  await harness.move((await next).id, { status: 'completed', output });
  await first;
  await harness.inject({ method: 'POST', url: path, headers, payload: { ...body, replyRef: 'another' } });
}

async function askAccounts(harness: Harness): Promise<void> {
  const path = `/v2/account/midjourney/${CHANNEL}`;
  await harness.call('GET', '/v2/account');
  await harness.call('POST', '/v2/account', { name: 'cat' });
  await harness.call('GET', '/v2/account/midjourney');
  await harness.call('GET', path);
  await harness.call('DELETE', path);
  await harness.call('POST', `${path}/reset`);
  await harness.call('POST', '/v2/account/midjourney', WHOLE);
  await harness.call('POST', '/v2/account/midjourney', WHOLE);
  await harness.call('POST', path, WHOLE);
  await harness.call('GET', '/v2/account/midjourney');
  await harness.call('GET', path);
  await harness.pause(CHANNEL, 'pending-moderation');
  await harness.call('GET', path);
  await harness.call('POST', `${path}/reset`);
  await harness.call('POST', `${path}/reset`, undefined, { as: 'guest' });
  await harness.call('DELETE', path);
}

describe('useapi: the manual', { timeout: 30_000 }, () => {
  test('declares every answer, and every answer that it declares is given in its form', async () => {
    const harness = await createTestHarness();
    try {
      await askBadly(harness);
      await askInVain(harness);
      await askAccounts(harness);
      await configureAccount(harness, CHANNEL, DISCORD, 15);
      const grid = await finishedGrid(harness, { prompt: 'x', ...WHOLE });
      for (const [page, body] of NEW_JOBS) await askForJobs(harness, page, { ...body, ...WHOLE });
      await askForJobs(harness, 'button', { jobid: grid.id, button: 'V1' });
      for (const page of ['seed', 'seed_async']) await askForJobs(harness, page, { jobid: grid.id }, SEEDED);
      for (const page of COMMANDS) {
        await askForJobs(harness, page, { channel: CHANNEL }, DONE);
        await harness.call('POST', `/v2/jobs/${page}`, { replyRef: 'r'.repeat(1025) });
      }
      for (const page of ['button', 'seed', 'seed_async']) await harness.call('POST', `/v2/jobs/${page}`, { jobid: 'job:1', button: 'U1' });
      for (const _press of [1, 2]) await post(harness, '/v2/jobs/button', { jobid: grid.id, button: 'U1' }).catch(() => undefined);
      for (const path of ['/v2/jobs', '/v2/jobs/', '/v2/jobs/cancel']) {
        for (const jobid of ['', 'job:1', grid.id]) await harness.call('GET', `${path}?jobid=${jobid}`);
      }
      await harness.call('GET', '/v2/jobs');
      await harness.pause(CHANNEL, 'pending-moderation');
      await harness.call('POST', '/v2/jobs/imagine', { prompt: 'x' });
      const unseen = harness.manual.declared().filter((name) => !harness.manual.seen.has(name));
      assert.deepEqual(unseen, []);
    } finally {
      await harness.close();
    }
  });

  test('lists every page once, with a summary and the form of its request', async () => {
    const harness = await createTestHarness();
    try {
      const pages = new Set(pagesOf(harness).map(({ method, path }) => `${method} ${path}`));
      assert.equal(pages.size, 23);
      assert.ok([...pages].every((page) => page.includes(' /v2/')));
    } finally {
      await harness.close();
    }
  });
});

describe('useapi: answers at the edge of a POST', { timeout: 20_000 }, () => {
  test('a job that is cancelled while its POST is open: started where the page is async, failed where it is sync', async () => {
    const harness = await createTestHarness();
    try {
      await configureAccount(harness);
      for (const [page, body, status, error] of [
        ['imagine', { prompt: 'x' }, 'started', undefined],
        ['info', {}, 'failed', 'Cancelled'],
      ] as const) {
        const { job, answer } = await post(harness, `/v2/jobs/${page}`, body);
        await harness.call('GET', `/v2/jobs/cancel/?jobid=${job.id}`);
        const reply = await answer;
        assert.deepEqual([reply.status, reply.body['status'], reply.body['error']], [200, status, error]);
        assert.equal((await harness.call('GET', `/v2/jobs/?jobid=${job.id}`)).body['status'], 'cancelled');
      }
    } finally {
      await harness.close();
    }
  });

  test('a command that Midjourney leaves unanswered for 90 s has failed; a seed goes on', async () => {
    const harness = await createTestHarness();
    try {
      await configureAccount(harness);
      const grid = await finishedGrid(harness);
      const info = await post(harness, '/v2/jobs/info', {});
      const seed = await post(harness, '/v2/jobs/seed', { jobid: grid.id });
      await harness.clock.advance(90_000);
      const failed = { error: 'Midjourney did not answer', jobid: info.job.id, status: 'failed', code: 504 };
      assert.deepEqual((await info.answer).body, failed);
      assert.deepEqual([(await seed.answer).body['status'], (await seed.answer).body['code']], ['started', 200]);
    } finally {
      await harness.close();
    }
  });

  test('Retry-After repeats what Discord asks for; without it there is none', async () => {
    const harness = await createTestHarness();
    try {
      await configureAccount(harness);
      const { job, answer } = await post(harness, '/v2/jobs/info', {});
      await harness.fail(job.id, { code: 'upstream-rate-limited', title: 'Too fast', details: '{"retry_after":9.2}' });
      assert.equal((await answer).headers['retry-after'], '10');
      await postStarted(harness, '/v2/jobs/imagine', { prompt: 'x', maxJobs: 1 });
      const full = await harness.call('POST', '/v2/jobs/imagine', { prompt: 'x', maxJobs: 1 });
      assert.deepEqual([full.status, full.headers['retry-after']], [429, undefined]);
    } finally {
      await harness.close();
    }
  });
});
