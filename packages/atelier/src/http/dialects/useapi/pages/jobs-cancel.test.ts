import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Job } from '../../../../core/job.ts';
import { configureAccount, finishedGrid, gridOutput, createTestHarness, type Harness } from '../harness.fixture.ts';

describe('useapi: GET jobs/cancel', { timeout: 20_000 }, () => {
  let harness: Harness;
  let grid: Job;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
    grid = await finishedGrid(harness);
  });
  afterEach(() => harness.close());

  test('cancel ends a running job, and leaves an ended one as it is', async () => {
    const next = harness.nextJob();
    const posted = harness.call('POST', '/v2/jobs/imagine', { prompt: 'x' });
    const { id } = await next;
    await harness.move(id, { status: 'started', output: { ...gridOutput('700'), assets: [] } });
    await posted;
    for (const url of [`/v2/jobs/cancel/?jobid=${id}`, `/v1/jobs/cancel?jobid=${id}`]) {
      const { status, body, headers } = await harness.call('GET', url);
      assert.deepEqual([status, body], [200, { jobid: id, status: 'cancelled', code: 200 }]);
      assert.equal(headers['cache-control'], 'no-store');
    }
    const read = await harness.call('GET', `/v2/jobs/?jobid=${id}`);
    assert.deepEqual([read.body['status'], read.body['error']], ['cancelled', undefined]);
    const ended = await harness.call('GET', `/v2/jobs/cancel/?jobid=${grid.id}`);
    assert.deepEqual(ended.body, { jobid: grid.id, status: 'completed', code: 200 });
  });

  test('a HEAD request cancels nothing', async () => {
    const answer = await harness.app.inject({ method: 'HEAD', url: `/v2/jobs/cancel/?jobid=${grid.id}` });
    assert.equal(answer.statusCode, 404);
  });
});
