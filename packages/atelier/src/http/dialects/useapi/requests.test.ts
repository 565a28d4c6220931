import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { textAt } from '@atelier/lib/json';
import { JobError } from '../../../core/errors.ts';
import { configureAccount, createTestHarness, postStarted, type Harness } from './harness.fixture.ts';

describe('useapi: what every request gets', { timeout: 20_000 }, () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
  });
  afterEach(() => harness.close());

  test('401 comes before every look at the body', async () => {
    const expected = [401, { error: 'Unauthorized', code: 401 }];
    const empty = await harness.call('POST', '/v2/jobs/imagine', {}, { as: 'nobody' });
    const broken = await harness.inject({
      method: 'POST',
      url: '/v2/jobs/imagine',
      payload: '{"prompt"',
      headers: { 'content-type': 'application/json', authorization: 'Bearer unknown' },
    });
    assert.deepEqual([empty.status, empty.body], expected);
    assert.deepEqual([broken.status, broken.body], expected);
  });

  test('402 for an expired key, 403 for a suspended one', async () => {
    const ask = async (): Promise<unknown[]> => {
      const { status, body } = await harness.call('POST', '/v2/jobs/imagine', { prompt: 'x' });
      return [status, body];
    };
    await harness.store.updateKey('key-1', { expiresAtMs: 1 });
    assert.deepEqual(await ask(), [402, { error: 'Account has no subscription or subscription expired', code: 402 }]);
    await harness.store.updateKey('key-1', { expiresAtMs: null, suspendedAtMs: 1 });
    assert.deepEqual(await ask(), [403, { error: 'This API key is suspended', code: 403 }]);
  });

  test('429 with Retry-After when the key has made its requests of this minute, and when it may have no more jobs', async () => {
    await configureAccount(harness);
    await harness.store.updateKey('key-1', { limits: { requestsPerMinute: null, jobsPerDay: 1, runningJobs: null } });
    await postStarted(harness, '/v2/jobs/imagine', { prompt: 'x' });
    const capped = await harness.call('POST', '/v2/jobs/imagine', { prompt: 'x' });
    assert.deepEqual([capped.status, capped.headers['retry-after']], [429, '86400']);
    await harness.store.updateKey('key-1', { limits: { requestsPerMinute: 1, jobsPerDay: null, runningJobs: null } });
    assert.equal((await harness.call('GET', '/v2/jobs')).status, 200);
    const { status, body, headers } = await harness.call('GET', '/v2/jobs');
    const error = 'This API key may make 1 request a minute';
    assert.deepEqual([status, body, headers['retry-after']], [429, { error, code: 429 }, '60']);
  });

  test('400 for a prompt that stands for several jobs', async () => {
    for (const prompt of ['a {red, blue} fox', 'a fox --repeat 3']) {
      const { status, body } = await harness.call('POST', '/v2/jobs/imagine', { prompt });
      assert.equal(status, 400);
      assert.match(textAt(body, 'error'), /Send single prompts/);
    }
  });

  test('a body that is no JSON is refused in the same shape', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await harness.inject({ method: 'POST', url: '/v2/jobs/imagine', headers, payload: '{"prompt"' });
    assert.deepEqual([answer.status, answer.body], [400, { error: 'Request body is not valid', code: 400 }]);
  });

  test('bodies too large and of an unknown type are refused in the same shape', async () => {
    const large = await harness.call('POST', '/v2/jobs/imagine', { prompt: 'x'.repeat(1_100_000) });
    assert.deepEqual([large.status, large.body], [413, { error: 'Request body is too large', code: 413 }]);
    const headers = { 'content-type': 'text/xml' };
    const typed = await harness.inject({ method: 'POST', url: '/v2/jobs/imagine', headers, payload: '<a/>' });
    assert.deepEqual([typed.status, typed.body['code']], [415, 415]);
  });

  test('429 of any kind says how long to wait, where that is known', async () => {
    harness.store.acceptJob = async () =>
      Promise.reject(new JobError('rate-limited', 'Too many requests', { facts: { retryAfterSeconds: 2.5 } }));
    const { status, body, headers } = await harness.call('POST', '/v2/jobs/info');
    assert.deepEqual([status, body, headers['retry-after']], [429, { error: 'Too many requests', code: 429 }, '3']);
  });

  test('a guessed name of replyUrl is told the right one', async () => {
    for (const name of ['webhook', 'webhookOverride']) {
      const { status, body } = await harness.call('POST', '/v2/jobs/imagine', { prompt: 'x', [name]: 'https://a.test/' });
      assert.deepEqual([status, body], [400, { error: `${name} is not supported, use replyUrl`, code: 400 }]);
    }
    const both = { prompt: 'x', webhook: 'https://a.test/', replyUrl: 'https://a.test/' };
    assert.equal((await postStarted(harness, '/v2/jobs/imagine', both)).status, 200);
  });

  test('a body that breaks off, or that is nested without end, is refused in the same shape', async () => {
    const expected = [400, { error: 'Request body is not valid', code: 400 }];
    const url = '/v2/jobs/imagine';
    const type = 'multipart/form-data; boundary=b';
    const part = '--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na cat';
    const broken = await harness.inject({ method: 'POST', url, headers: { 'content-type': type }, payload: part });
    assert.deepEqual([broken.status, broken.body], expected);
    const levels = 100_000;
    const payload = `{"prompt":"x","maxJobs":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'deep' };
    const deep = await harness.inject({ method: 'POST', url, headers, payload });
    assert.deepEqual([deep.status, deep.body], expected);
  });

  test('a browser may ask from anywhere', async () => {
    const headers = { origin: 'https://app.test', 'access-control-request-method': 'POST' };
    const preflight = await harness.app.inject({ method: 'OPTIONS', url: '/v2/jobs/imagine', headers });
    assert.deepEqual([preflight.statusCode, preflight.headers['access-control-allow-origin']], [204, 'https://app.test']);
    assert.equal((await harness.app.inject({ method: 'OPTIONS', url: '/v2/jobs/imagine' })).statusCode, 204);
  });
});
