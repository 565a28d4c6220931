import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Job } from '../../../core/job.ts';
import { configureAccount, finishedGrid, createTestHarness, type Harness } from './harness.fixture.ts';

describe('useapi: paths that are not there', { timeout: 20_000 }, () => {
  let harness: Harness;
  let grid: Job;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
    grid = await finishedGrid(harness);
  });
  afterEach(() => harness.close());

  test('a wrong guess is told the right path', async () => {
    const guesses: [Parameters<Harness['call']>[0], string, string][] = [
      ['GET', `/v2/jobs/${grid.id}`, 'use GET jobs/?jobid=<jobid>'],
      ['GET', '/v2/jobs/b1e28dd42dbf9e4f6e5fbd5a4be6fd1d', 'use GET jobs/?jobid=<jobid>'],
      ['POST', '/v2/midjourney/imagine', 'use POST jobs/imagine'],
      ['GET', '/v2/jobs/imagine', 'use POST jobs/imagine'],
      ['DELETE', `/v2/jobs/${grid.id}`, 'use GET jobs/cancel/?jobid=<jobid>'],
      ['POST', '/v1/jobs/cancel/', 'use GET jobs/cancel/?jobid=<jobid>'],
      ['POST', '/v2/jobs/upscale', 'use POST jobs/button'],
      ['GET', '/v2/nothing', 'GET /v2/nothing not found'],
    ];
    for (const [method, url, text] of guesses) {
      const { status, body, raw } = await harness.call(method, url);
      assert.deepEqual([status, body['code'], raw.includes(text)], [404, 404, true], raw);
    }
    const headers = { 'content-type': 'application/json' };
    const broken = await harness.inject({ method: 'POST', url: '/v2/imagine', headers, payload: '{"' });
    assert.equal(broken.raw, '{"error":"POST /v2/imagine not found, use POST jobs/imagine","code":404}');
    assert.equal((await harness.call('GET', '/v2/account/midjourney/%zz')).body['code'], 404, 'a path that cannot be decoded');
    assert.equal(harness.dialect.answerUnknownPath('GET', '/v1/fetch/1'), undefined);
    assert.equal(harness.dialect.answerUnknownPath('GET', '/api/v1/mj/generate'), undefined);
  });
});
