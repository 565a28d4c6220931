import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { AccountHold } from '../../../core/account.ts';
import type { JobFailure } from '../../../core/errors.ts';
import { CHANNEL, configureAccount, createTestHarness, post, postStarted, type Harness } from './harness.fixture.ts';

const OTHER = '1316232391072944999';
const ERROR = 'Discord /interactions failed with HTTP status 429';
const LIMITED: JobFailure = {
  code: 'upstream-rate-limited',
  title: ERROR,
  details: '{"global":true,"message":"You are being rate limited.","retry_after":45}',
};
const UNREACHABLE: JobFailure = { code: 'upstream-unreachable', title: 'Discord could not be reached', details: null };
const FULL: JobFailure = { code: 'queue-full', title: 'Queue full', details: null };

describe('useapi: held accounts', { timeout: 20_000 }, () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
  });
  afterEach(() => harness.close());

  const hold = async (failure: JobFailure, accountId = CHANNEL): Promise<void> => {
    const nowMs = harness.clock.now();
    const held: AccountHold = { ...failure, sinceMs: nowMs, untilMs: nowMs + 45_000 };
    await harness.store.setAccountHold(accountId, held, nowMs);
  };
  const imagine = () => harness.call('POST', '/v2/jobs/imagine', { prompt: 'x' });

  test('429 of Discord at once while its rate limit lasts, with the time that is left; then the account is used again', async () => {
    await hold(LIMITED);
    await harness.clock.advance(15_000);
    const errorDetails = '{"global":true,"message":"You are being rate limited.","retry_after":30}';
    for (const body of [{}, { channel: CHANNEL }]) {
      const refused = await harness.call('POST', '/v2/jobs/imagine', { prompt: 'x', ...body });
      assert.deepEqual([refused.status, refused.body], [429, { error: ERROR, errorDetails, code: 429 }]);
      assert.equal(refused.headers['retry-after'], '30');
    }
    assert.equal((await harness.store.listJobs({ limit: 10 })).length, 0);
    await harness.clock.advance(30_000);
    assert.equal((await postStarted(harness, '/v2/jobs/imagine', { prompt: 'x' })).status, 200);
  });

  test('500 at once while Discord cannot be reached', async () => {
    await hold(UNREACHABLE);
    const refused = await imagine();
    assert.deepEqual([refused.status, refused.body], [500, { error: UNREACHABLE.title, code: 500 }]);
  });

  test('a held account leaves the rotation while another is active, also for a larger maxJobs', async () => {
    await configureAccount(harness, OTHER, 'another-token-of-length', 1);
    await hold(LIMITED);
    assert.equal((await postStarted(harness, '/v2/jobs/imagine', { prompt: 'x' })).body['channel'], OTHER);
    assert.equal((await postStarted(harness, '/v2/jobs/imagine', { prompt: 'x', maxJobs: 2 })).body['channel'], OTHER);
  });

  test('every other hold is answered at once: 429 where the reason has no status for a request without a job', async () => {
    await hold(FULL);
    const refused = await imagine();
    assert.deepEqual([refused.status, refused.body], [429, { error: 'Queue full', code: 429 }]);
    assert.equal(refused.headers['retry-after'], '45');
    await configureAccount(harness, OTHER, 'another-token-of-length');
    await harness.pause(OTHER, 'captcha-required');
    assert.equal((await imagine()).status, 429);
  });

  /** A worker starts the job, and puts it back to the queue because of this state. */
  async function goBack(jobId: string, failure: JobFailure): Promise<void> {
    await harness.move(jobId, {});
    await hold(failure);
    const { version } = (await harness.store.getJob(jobId)) ?? assert.fail();
    assert.ok(await harness.store.requeueJob({ jobId, version, nowMs: harness.clock.now() }));
    await harness.clock.advance(1_000);
  }

  test('the POST whose job met the rate limit is answered with it, without a job', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/imagine', { prompt: 'x', replyUrl: 'https://a.test/' });
    await goBack(job.id, LIMITED);
    const { status, body } = await answer;
    assert.deepEqual([status, body], [429, { error: ERROR, errorDetails: LIMITED.details, code: 429 }]);
    const failed = (await harness.store.getJob(job.id)) ?? assert.fail();
    assert.equal(failed.status, 'failed');
    assert.equal(harness.dialect.renderCallback(failed), null);
  });

  test('the POST whose job met another state is answered with its failed job', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/imagine', { prompt: 'x' });
    await goBack(job.id, FULL);
    const { status, body } = await answer;
    assert.deepEqual([status, body], [504, { error: 'Queue full', jobid: job.id, status: 'failed', code: 504 }]);
  });

  test('the account says why and until when it is held, and only meanwhile', async () => {
    await hold(FULL);
    const read = async () => (await harness.call('GET', `/v2/account/midjourney/${CHANNEL}`)).body['hold'];
    assert.deepEqual(await read(), { code: 'queue-full', reason: 'Queue full', until: '2023-09-09T02:05:34.667Z' });
    await harness.clock.advance(45_000);
    assert.equal(await read(), undefined);
  });
});
