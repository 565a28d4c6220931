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
  openHouse,
  post,
  postStarted,
  type House,
} from './house.fixture.ts';

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
const pagesOf = (house: House): { method: Method; path: string }[] =>
  [...new Set(house.manual.declared().map((name) => name.replace(/ \d+$/, '')))].map((name) => {
    const [method = '', url = ''] = name.split(' ');
    assert.ok(method === 'GET' || method === 'POST' || method === 'DELETE');
    return { method, path: url.replace(':channel', CHANNEL) };
  });

/** What is answered before a page looks at anything of its own. */
async function askBadly(house: House): Promise<void> {
  for (const { method, path } of pagesOf(house)) {
    await house.call(method, path, undefined, { as: 'nobody' });
    await house.call(method, path, method === 'GET' ? undefined : {}, { as: 'guest' });
    if (method === 'GET') continue;
    await house.inject({ method, url: path, headers: { 'content-type': 'application/json' }, payload: '{"a"' });
    await house.inject({ method, url: path, headers: { 'content-type': 'text/xml' }, payload: '<a/>' });
    await house.call(method, path, { prompt: 'x'.repeat(1_100_000) });
  }
}

const LIMITED = { requestsPerMinute: 1, jobsPerDay: null, runningJobs: null };

/** Each page with a key that has expired, is suspended or asks too often, and with a store that fails. */
async function askInVain(house: House): Promise<void> {
  const { findKey } = house.store;
  for (const { method, path } of pagesOf(house)) {
    for (const set of [{ expiresAtMs: 1 }, { expiresAtMs: null, suspendedAtMs: 1 }, { suspendedAtMs: null, limits: LIMITED }]) {
      await house.store.updateKey('key-2', set);
      await house.call(method, path, undefined, { as: 'guest' });
    }
    await house.call(method, path, undefined, { as: 'guest' });
    house.store.findKey = async () => Promise.reject(new Error('the disk is full'));
    await house.call(method, path);
    house.store.findKey = findKey;
  }
  await house.store.updateKey('key-2', { limits: NO_LIMITS });
}

/** A job page: its job taken, ended in every way, and sent again under one Idempotency-Key. */
async function askForJobs(house: House, page: string, body: JsonObject, output: JobOutput = gridOutput('701')): Promise<void> {
  const path = `/v2/jobs/${page}`;
  for (const failure of FAILURES) {
    const { job, answer } = await post(house, path, body);
    await house.fail(job.id, failure);
    await answer;
  }
  const { job, answer } = await post(house, path, body);
  await house.move(job.id, { status: 'completed', output });
  await answer;
  const headers = { 'idempotency-key': page };
  const next = house.nextJob();
  const first = house.inject({ method: 'POST', url: path, headers, payload: body });
  await house.move((await next).id, { status: 'completed', output });
  await first;
  await house.inject({ method: 'POST', url: path, headers, payload: { ...body, replyRef: 'another' } });
}

async function askAccounts(house: House): Promise<void> {
  const path = `/v2/account/midjourney/${CHANNEL}`;
  await house.call('GET', '/v2/account');
  await house.call('POST', '/v2/account', { name: 'cat' });
  await house.call('GET', '/v2/account/midjourney');
  await house.call('GET', path);
  await house.call('DELETE', path);
  await house.call('POST', `${path}/reset`);
  await house.call('POST', '/v2/account/midjourney', WHOLE);
  await house.call('POST', '/v2/account/midjourney', WHOLE);
  await house.call('POST', path, WHOLE);
  await house.call('GET', '/v2/account/midjourney');
  await house.call('GET', path);
  await house.pause(CHANNEL, 'pending-moderation');
  await house.call('GET', path);
  await house.call('POST', `${path}/reset`);
  await house.call('POST', `${path}/reset`, undefined, { as: 'guest' });
  await house.call('DELETE', path);
}

describe('useapi: the manual', { timeout: 30_000 }, () => {
  test('declares every answer, and every answer that it declares is given in its form', async () => {
    const house = await openHouse();
    try {
      await askBadly(house);
      await askInVain(house);
      await askAccounts(house);
      await configureAccount(house, CHANNEL, DISCORD, 15);
      const grid = await finishedGrid(house, { prompt: 'x', ...WHOLE });
      for (const [page, body] of NEW_JOBS) await askForJobs(house, page, { ...body, ...WHOLE });
      await askForJobs(house, 'button', { jobid: grid.id, button: 'V1' });
      for (const page of ['seed', 'seed_async']) await askForJobs(house, page, { jobid: grid.id }, SEEDED);
      for (const page of COMMANDS) {
        await askForJobs(house, page, { channel: CHANNEL }, DONE);
        await house.call('POST', `/v2/jobs/${page}`, { replyRef: 'r'.repeat(1025) });
      }
      for (const page of ['button', 'seed', 'seed_async']) await house.call('POST', `/v2/jobs/${page}`, { jobid: 'job:1', button: 'U1' });
      for (const _press of [1, 2]) await post(house, '/v2/jobs/button', { jobid: grid.id, button: 'U1' }).catch(() => undefined);
      for (const path of ['/v2/jobs', '/v2/jobs/', '/v2/jobs/cancel']) {
        for (const jobid of ['', 'job:1', grid.id]) await house.call('GET', `${path}?jobid=${jobid}`);
      }
      await house.call('GET', '/v2/jobs');
      await house.pause(CHANNEL, 'pending-moderation');
      await house.call('POST', '/v2/jobs/imagine', { prompt: 'x' });
      const unseen = house.manual.declared().filter((name) => !house.manual.seen.has(name));
      assert.deepEqual(unseen, []);
    } finally {
      await house.close();
    }
  });

  test('lists every page once, with a summary and the form of its request', async () => {
    const house = await openHouse();
    try {
      const pages = new Set(pagesOf(house).map(({ method, path }) => `${method} ${path}`));
      assert.equal(pages.size, 23);
      assert.ok([...pages].every((page) => page.includes(' /v2/')));
    } finally {
      await house.close();
    }
  });
});

describe('useapi: answers at the edge of a POST', { timeout: 20_000 }, () => {
  test('a job that is cancelled while its POST is open: started where the page is async, failed where it is sync', async () => {
    const house = await openHouse();
    try {
      await configureAccount(house);
      for (const [page, body, status, error] of [
        ['imagine', { prompt: 'x' }, 'started', undefined],
        ['info', {}, 'failed', 'Cancelled'],
      ] as const) {
        const { job, answer } = await post(house, `/v2/jobs/${page}`, body);
        await house.call('GET', `/v2/jobs/cancel/?jobid=${job.id}`);
        const reply = await answer;
        assert.deepEqual([reply.status, reply.body['status'], reply.body['error']], [200, status, error]);
        assert.equal((await house.call('GET', `/v2/jobs/?jobid=${job.id}`)).body['status'], 'cancelled');
      }
    } finally {
      await house.close();
    }
  });

  test('a command that Midjourney leaves unanswered for 90 s has failed; a seed goes on', async () => {
    const house = await openHouse();
    try {
      await configureAccount(house);
      const grid = await finishedGrid(house);
      const info = await post(house, '/v2/jobs/info', {});
      const seed = await post(house, '/v2/jobs/seed', { jobid: grid.id });
      await house.clock.advance(90_000);
      const failed = { error: 'Midjourney did not answer', jobid: info.job.id, status: 'failed', code: 504 };
      assert.deepEqual((await info.answer).body, failed);
      assert.deepEqual([(await seed.answer).body['status'], (await seed.answer).body['code']], ['started', 200]);
    } finally {
      await house.close();
    }
  });

  test('Retry-After repeats what Discord asks for; without it there is none', async () => {
    const house = await openHouse();
    try {
      await configureAccount(house);
      const { job, answer } = await post(house, '/v2/jobs/info', {});
      await house.fail(job.id, { code: 'upstream-rate-limited', title: 'Too fast', details: '{"retry_after":9.2}' });
      assert.equal((await answer).headers['retry-after'], '10');
      await postStarted(house, '/v2/jobs/imagine', { prompt: 'x', maxJobs: 1 });
      const full = await house.call('POST', '/v2/jobs/imagine', { prompt: 'x', maxJobs: 1 });
      assert.deepEqual([full.status, full.headers['retry-after']], [429, undefined]);
    } finally {
      await house.close();
    }
  });
});
