import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Job } from '../../../../core/job.ts';
import { configureAccount, finishedGrid, gridOutput, openHouse, type House } from '../house.fixture.ts';

describe('useapi: GET jobs/cancel', { timeout: 20_000 }, () => {
  let house: House;
  let grid: Job;
  beforeEach(async () => {
    house = await openHouse();
    await configureAccount(house);
    grid = await finishedGrid(house);
  });
  afterEach(() => house.close());

  test('cancel ends a running job, and leaves an ended one as it is', async () => {
    const next = house.nextJob();
    const posted = house.call('POST', '/v2/jobs/imagine', { prompt: 'x' });
    const { id } = await next;
    await house.move(id, { status: 'started', output: { ...gridOutput('700'), assets: [] } });
    await posted;
    for (const url of [`/v2/jobs/cancel/?jobid=${id}`, `/v1/jobs/cancel?jobid=${id}`]) {
      const { status, body, headers } = await house.call('GET', url);
      assert.deepEqual([status, body], [200, { jobid: id, status: 'cancelled', code: 200 }]);
      assert.equal(headers['cache-control'], 'no-store');
    }
    const read = await house.call('GET', `/v2/jobs/?jobid=${id}`);
    assert.deepEqual([read.body['status'], read.body['error']], ['cancelled', undefined]);
    const ended = await house.call('GET', `/v2/jobs/cancel/?jobid=${grid.id}`);
    assert.deepEqual(ended.body, { jobid: grid.id, status: 'completed', code: 200 });
  });

  test('a HEAD request cancels nothing', async () => {
    const answer = await house.app.inject({ method: 'HEAD', url: `/v2/jobs/cancel/?jobid=${grid.id}` });
    assert.equal(answer.statusCode, 404);
  });
});
