import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Job } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { configureAccount, finishedGrid, message, createTestHarness, post, start, type Harness } from '../harness.fixture.ts';

describe('useapi: POST jobs/seed and jobs/seed_async', { timeout: 20_000 }, () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
  });
  afterEach(() => harness.close());

  const SEED_TEXT = '**Steampunk cat**\n**Job ID**: 5f0\n**seed** 1234567890';
  const seeded = (job: Job): JsonObject => ({ value: 1234567890, content: job ? SEED_TEXT : '' });

  test('seed answers with the seed, seed_async says started first', async () => {
    const parent = await finishedGrid(harness);
    for (const [verb, status] of [
      ['seed', 'completed'],
      ['seed_async', 'started'],
    ] as const) {
      const { job, answer } = await post(harness, `/v2/jobs/${verb}`, { jobid: parent.id });
      assert.deepEqual([job.input, job.usesSlot], [{ verb: 'seed', messageId: '701' }, false]);
      const output = { ...job.output, message: message('9', SEED_TEXT), data: { seed: 1234567890 } };
      await harness.move(job.id, { status: 'completed', output });
      const { body } = await answer;
      assert.deepEqual([body['verb'], body['status'], body['parentJobId']], [verb, status, parent.id]);
      assert.deepEqual(body['seed'], verb === 'seed' ? seeded(job) : undefined);
      const read = await harness.call('GET', `/v2/jobs/?jobid=${job.id}`);
      assert.deepEqual([read.body['verb'], read.body['seed']], [verb, seeded(job)]);
    }
    const read = await harness.call('GET', `/v2/jobs/?jobid=${parent.id}`);
    assert.equal(read.body['children'], undefined);
  });

  test('400 for a parent that is not completed or is no picture, 404 for none', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/describe', { describeUrl: 'https://a.test/1.png' });
    await start(harness, job);
    await answer;
    const early = await harness.call('POST', '/v2/jobs/seed', { jobid: job.id });
    assert.deepEqual([early.status, early.body['error']], [400, `job ${job.id} is not completed`]);
    await harness.move(job.id, { status: 'completed' });
    const wrong = await harness.call('POST', '/v2/jobs/seed_async', { jobid: job.id });
    assert.deepEqual([wrong.status, wrong.body['error']], [400, `seed_async not supported for job ${job.id}`]);
    assert.equal((await harness.call('POST', '/v2/jobs/seed', { jobid: 'job:1' })).status, 404);
    assert.equal((await harness.call('POST', '/v2/jobs/seed', {})).body['error'], 'jobid is missing');
  });
});
