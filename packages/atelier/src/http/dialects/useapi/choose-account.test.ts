import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  CHANNEL,
  SERVER,
  configureAccount,
  gridOutput,
  createTestHarness,
  post,
  postStarted,
  start,
  type Harness,
} from './harness.fixture.ts';

describe('useapi: accounts and maxJobs', { timeout: 20_000 }, () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
  });
  afterEach(() => harness.close());

  test('429 when maxJobs jobs are executing, with their ids', async () => {
    const first = await post(harness, '/v2/jobs/imagine', { prompt: '1', maxJobs: 2 });
    const second = await post(harness, '/v2/jobs/imagine', { prompt: '2', maxJobs: 2 });
    const { status, body } = await harness.call('POST', '/v2/jobs/imagine', { prompt: '3', maxJobs: 2 });
    const executingJobs = [first.job.id, second.job.id];
    assert.deepEqual([status, body], [429, { error: 'Maximum of 2 jobs executing in parallel supported', executingJobs, code: 429 }]);
    await start(harness, first.job);
    await harness.move(second.job.id, { status: 'completed', output: gridOutput('701') });
    await Promise.all([first.answer, second.answer]);
    assert.equal((await postStarted(harness, '/v2/jobs/imagine', { prompt: '3', maxJobs: 2 })).status, 200);
  });

  test("429 at the account's own maxJobs, unless the request has a larger one", async () => {
    for (const prompt of ['1', '2', '3']) await postStarted(harness, '/v2/jobs/imagine', { prompt });
    const full = await harness.call('POST', '/v2/jobs/imagine', { prompt: '4' });
    assert.deepEqual([full.status, full.body['error']], [429, 'Maximum of 3 jobs executing in parallel supported']);
    assert.equal((await postStarted(harness, '/v2/jobs/imagine', { prompt: '4', maxJobs: 4 })).status, 200);
  });

  test('429 of Discord: no job, no callback', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/imagine', { prompt: 'x', replyUrl: 'https://a.test/' });
    const error = 'Discord /interactions failed with HTTP status 429';
    const errorDetails = '{"global":true,"message":"You are being rate limited.","retry_after":10}';
    const failed = await harness.fail(job.id, { code: 'upstream-rate-limited', title: error, details: errorDetails });
    const { status, body } = await answer;
    assert.deepEqual([status, body], [429, { error, errorDetails, code: 429 }]);
    assert.equal(harness.dialect.renderCallback(failed), null);
  });

  test('a flagged account leaves the rotation while another is there', async () => {
    await configureAccount(harness, '1316232391072944999', 'another-token-of-length');
    await harness.pause(CHANNEL, 'captcha-required');
    assert.equal((await postStarted(harness, '/v2/jobs/imagine', { prompt: 'x' })).body['channel'], '1316232391072944999');
  });

  test('all accounts full: 429 with the jobs of all of them', async () => {
    await configureAccount(harness, '1316232391072944999', 'another-token-of-length', 1);
    for (const prompt of ['1', '2', '3', '4']) await postStarted(harness, '/v2/jobs/imagine', { prompt });
    const free = await harness.call('POST', '/v2/jobs/imagine', { prompt: '5', maxJobs: 1 });
    assert.equal(free.status, 429);
    assert.equal(Array.isArray(free.body['executingJobs']) && free.body['executingJobs'].length, 4);
    assert.equal(free.body['error'], 'Maximum of 1 jobs executing in parallel supported');
  });

  test("all accounts full: another key's jobs are not listed", async () => {
    for (const prompt of ['1', '2', '3']) await postStarted(harness, '/v2/jobs/imagine', { prompt });
    const { status, body } = await harness.call('POST', '/v2/jobs/imagine', { prompt: '4' }, { as: 'guest' });
    assert.deepEqual([status, body['executingJobs']], [429, []]);
  });

  test('an account brought along is used as it is and never listed', async () => {
    const named = { discord: 'brought-along-token', server: SERVER, channel: '1316232391072944777' };
    const { body } = await postStarted(harness, '/v2/jobs/imagine', { prompt: 'x', ...named });
    assert.deepEqual([body['discord'], body['channel'], body['maxJobs']], ['bro…secured…ken', '1316232391072944777', 3]);
    assert.deepEqual(
      (await harness.accounts.list()).map((account) => account.channelId),
      [CHANNEL],
    );
  });

  test('without any account: 400', async () => {
    await harness.accounts.remove(CHANNEL);
    const { status, body } = await harness.call('POST', '/v2/jobs/imagine', { prompt: 'x' });
    assert.deepEqual([status, body], [400, { error: 'discord, server or channel value is missing', code: 400 }]);
  });

  test('of the configured accounts any with room is taken in turn', async () => {
    await configureAccount(harness, '1316232391072944999', 'another-token-of-length');
    const channels = new Set<unknown>();
    for (const prompt of ['1', '2']) channels.add((await postStarted(harness, '/v2/jobs/imagine', { prompt })).body['channel']);
    assert.equal(channels.size, 2);
  });
});
