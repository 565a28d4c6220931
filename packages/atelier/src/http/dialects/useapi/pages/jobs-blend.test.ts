import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import { configureAccount, message, createTestHarness, post, start, type Harness } from '../harness.fixture.ts';

describe('useapi: POST jobs/blend and jobs/describe', { timeout: 20_000 }, () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
  });
  afterEach(() => harness.close());

  test('blend repeats its URLs and dimensions', async () => {
    const blendUrls = ['https://a.test/1.png', 'https://a.test/2.png'];
    const { job, answer } = await post(harness, '/v2/jobs/blend', { blendUrls, blendDimensions: 'Portrait' });
    await start(harness, job);
    const { body } = await answer;
    assert.deepEqual(
      [body['verb'], body['blendUrls'], body['blendDimensions'], body['prompt']],
      ['blend', blendUrls, 'Portrait', undefined],
    );
    assert.deepEqual(job.input, { verb: 'blend', imageUrls: blendUrls, dimensions: 'portrait' });
  });

  test('blend reads a list from a form', async () => {
    const next = harness.nextJob();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const payload = 'blendUrls[]=https://a.test/1.png&blendUrls[]=https://a.test/2.png';
    const answer = harness.inject({ method: 'POST', url: '/v2/jobs/blend', headers, payload });
    const job = await next;
    await start(harness, job);
    assert.deepEqual([(await answer).status, job.input['imageUrls']], [200, ['https://a.test/1.png', 'https://a.test/2.png']]);
  });

  const invalid: [string, JsonObject, string][] = [
    ['blend', {}, 'blendUrls is missing'],
    ['blend', { blendUrls: ['https://a.test/1.png'] }, 'blendUrls must have 2 to 5 URLs'],
    ['blend', { blendUrls: ['https://a.test/1.png', 'file:///etc/passwd'] }, 'blendUrls is not valid: This URL may not be used'],
    [
      'blend',
      { blendUrls: ['https://a.test/1', 'https://a.test/2'], blendDimensions: 'Round' },
      'blendDimensions Round is not valid, Portrait, Square or Landscape supported',
    ],
    ['describe', {}, 'describeUrl is missing'],
    ['describe', { describeUrl: 'nothing' }, 'describeUrl is not valid: This URL may not be used'],
    ['describe', { describeUrl: `https://a.test/${'a'.repeat(2048)}` }, 'describeUrl is too long'],
  ];
  test('a wrong value: 400', async () => {
    for (const [verb, body, error] of invalid) {
      const answer = await harness.call('POST', `/v2/jobs/${verb}`, body);
      assert.deepEqual([answer.status, answer.body], [400, { error, code: 400 }]);
    }
  });

  test('describe: 400 when the picture cannot be fetched, as if no job had been made', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/describe', { describeUrl: 'https://a.test/1.png' });
    const failed = await harness.fail(job.id, {
      code: 'media-unavailable',
      title: 'The picture could not be fetched',
      details: 'HTTP status 404',
    });
    const { status, body } = await answer;
    assert.deepEqual([status, body], [400, { error: 'The picture could not be fetched', errorDetails: 'HTTP status 404', code: 400 }]);
    assert.equal(harness.dialect.renderCallback(failed), null);
  });

  test('describe: the text stands in embeds and in content', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/describe', { describeUrl: 'https://a.test/1.png' });
    const description = '1️⃣ a cat\n\n2️⃣ a steam cat';
    await harness.move(job.id, { status: 'completed', output: { ...job.output, message: message('5', '', [{ description }]) } });
    await answer;
    const { body } = await harness.call('GET', `/v2/jobs?jobid=${job.id}`);
    assert.deepEqual([body['content'], body['embeds'], body['describeUrl']], [description, [{ description }], 'https://a.test/1.png']);
  });
});
