import assert from 'node:assert/strict';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { JobFailure } from '../../../core/errors.ts';
import type { Job } from '../../../core/job.ts';
import { isJsonObject, parseJson, type JsonObject } from '@atelier/lib/json';
import {
  PENDING,
  bearer,
  configureAccount,
  finishedGrid,
  gridOutput,
  message,
  createTestHarness,
  type Harness,
} from './harness.fixture.ts';

describe('useapi: callbacks', { timeout: 20_000 }, () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
  });
  afterEach(() => harness.close());

  const bodyOf = (job: Job): JsonObject => {
    const callback = harness.dialect.renderCallback(job);
    const parsed = parseJson(callback?.body ?? 'null');
    assert.ok(parsed.ok && isJsonObject(parsed.value));
    assert.equal(callback?.kieTaskId, null);
    return parsed.value;
  };
  async function runningJob(body: JsonObject = { prompt: 'x', replyUrl: 'https://a.test/?ind=3', replyRef: 'r' }): Promise<Job> {
    const next = harness.nextJob();
    const answer = harness.call('POST', '/v2/jobs/imagine', body);
    const { id } = await next;
    const job = await harness.move(id, { status: 'started', output: { ...gridOutput('700'), assets: [], buttons: [] } });
    await answer;
    return job;
  }

  test('a completed job is called back as it is read', async () => {
    const job = await finishedGrid(harness, { prompt: 'Steampunk cat', replyUrl: 'https://a.test/?ind=3', replyRef: 'r' });
    const read = await harness.call('GET', `/v2/jobs/?jobid=${job.id}`);
    assert.deepEqual(bodyOf(job), read.body);
    assert.deepEqual([read.body['replyRef'], read.body['replyUrl'], read.body['code']], ['r', 'https://a.test/?ind=3', 200]);
  });

  const failures: [JobFailure, string, number][] = [
    [{ code: 'prompt-moderated', title: 'Banned prompt', details: 'x' }, 'moderated', 422],
    [{ code: 'job-queued', title: 'Job queued', details: null }, 'failed', 504],
    [PENDING, 'failed', 596],
    [{ code: 'timeout', title: 'Job timed out', details: 'x' }, 'failed', 504],
    [{ code: 'internal', title: 'Internal error', details: null }, 'failed', 500],
    [{ code: 'cancelled', title: 'Cancelled', details: null }, 'cancelled', 200],
  ];
  test('a job that did not end well keeps the code of its failure', async () => {
    for (const [failure, status, code] of failures) {
      const job = await harness.fail((await runningJob()).id, failure);
      const body = bodyOf(job);
      assert.deepEqual([body['jobid'], body['status'], body['code'], body['replyRef']], [job.id, status, code, 'r']);
      assert.equal(body['error'], status === 'cancelled' ? undefined : failure.title);
      assert.equal(body['errorDetails'], status === 'cancelled' ? undefined : (failure.details ?? undefined));
      assert.equal(typeof body['content'], 'string');
    }
  });

  test('content is a string even when Midjourney said nothing but no', async () => {
    const next = harness.nextJob();
    const answer = harness.call('POST', '/v2/jobs/imagine', { prompt: 'x', replyUrl: 'https://a.test/' });
    const refused = await harness.fail((await next).id, { code: 'prompt-moderated', title: 'Banned prompt', details: null });
    await answer;
    assert.deepEqual([bodyOf(refused)['content'], bodyOf(refused)['code']], ['', 422]);
  });

  test("Discord's rate limit after the POST was answered is called back like any failure", async () => {
    const job = await runningJob();
    const failed = await harness.fail(job.id, { code: 'upstream-rate-limited', title: 'Too many requests', details: null });
    assert.deepEqual([bodyOf(failed)['status'], bodyOf(failed)['code']], ['failed', 429]);
  });

  test('are held back from before the submit until the reply has left', async () => {
    const next = harness.nextJob().then((job) => ({ job, events: [...harness.events] }));
    const answer = harness.call('POST', '/v2/jobs/imagine', { prompt: 'x' });
    const { job, events } = await next;
    assert.deepEqual(events, [`suppress ${job.id}`]);
    await harness.move(job.id, { status: 'completed', output: { ...gridOutput('701'), message: message('701', 'x') } });
    assert.deepEqual(harness.events, [`suppress ${job.id}`], 'nothing is released in the turn that ends the job');
    await answer;
    await harness.clock.advance(0);
    assert.deepEqual(harness.events, [`suppress ${job.id}`, `release ${job.id}`]);
  });

  test('are released after a refusal too', async () => {
    await runningJob({ prompt: 'x' });
    assert.equal((await harness.call('POST', '/v2/jobs/imagine', { prompt: 'x', maxJobs: 1 })).status, 429);
    await harness.clock.advance(0);
    const counts = ['suppress', 'release'].map((word) => harness.events.filter((event) => event.startsWith(word)).length);
    assert.deepEqual(counts, [2, 2]);
  });

  test('are released when the caller hangs up, and the job goes on', async () => {
    const url = new URL('/v2/jobs/imagine', await harness.app.listen({ host: '127.0.0.1', port: 0 }));
    const headers = { ...bearer(), 'content-type': 'application/json' };
    const next = harness.nextJob();
    const call = request(url, { method: 'POST', headers });
    call.on('error', () => {});
    call.end(JSON.stringify({ prompt: 'x' }));
    const job = await next;
    call.destroy();
    for (let turn = 0; turn < 10_000 && harness.events.length < 2; turn++) await harness.clock.advance(0);
    assert.deepEqual(harness.events, [`suppress ${job.id}`, `release ${job.id}`]);
    await harness.move(job.id, { operation: { queued: true } });
    await harness.clock.advance(0);
    assert.equal((await harness.store.getJob(job.id))?.status, 'starting');
  });
});
