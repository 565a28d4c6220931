import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import {
  CHANNEL,
  DISCORD,
  MASKED,
  NOTICE,
  PENDING,
  SERVER,
  STARTED,
  configureAccount,
  gridOutput,
  message,
  createTestHarness,
  post,
  postStarted,
  start,
  type Answer,
  type Harness,
} from '../harness.fixture.ts';

describe('useapi: POST jobs/imagine', { timeout: 20_000 }, () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
  });
  afterEach(() => harness.close());

  test('200 has the whole job, started', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/imagine', {
      prompt: 'Steampunk cat',
      discord: DISCORD,
      server: SERVER,
      channel: CHANNEL,
      maxJobs: 5,
      replyUrl: 'https://webhook.site/abc?ind=3',
      replyRef: 'my reference',
    });
    await harness.clock.advance(3_823);
    await start(harness, job);
    assert.deepEqual(await answer.then(({ status, body }) => ({ status, body })), {
      status: 200,
      body: {
        jobid: job.id,
        verb: 'imagine',
        status: 'started',
        prompt: 'Steampunk cat',
        created: '2023-09-09T02:04:49.667Z',
        updated: '2023-09-09T02:04:53.490Z',
        discord: MASKED,
        channel: CHANNEL,
        server: SERVER,
        maxJobs: 5,
        replyUrl: 'https://webhook.site/abc?ind=3',
        replyRef: 'my reference',
        messageId: '1149',
        content: STARTED.content,
        timestamp: '2023-09-09T02:04:51.926000+00:00',
        code: 200,
      },
    });
    assert.equal(job.callbackUrl, 'https://webhook.site/abc?ind=3');
    assert.deepEqual(job.input, { verb: 'imagine', prompt: 'Steampunk cat' });
  });

  test('a job that has ended well before the answer still says started, without its result', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/imagine', { prompt: 'x' });
    await harness.move(job.id, { status: 'completed', output: gridOutput('701') });
    const { status, body } = await answer;
    assert.deepEqual([status, body['status'], body['attachments'], body['buttons']], [200, 'started', undefined, undefined]);
  });

  test('v1 and a slash at the end mean the same', async () => {
    for (const path of ['/v1/jobs/imagine', '/v2/jobs/imagine/', '/v1/jobs/imagine/']) {
      assert.equal((await postStarted(harness, path, { prompt: 'x', maxJobs: 15 })).body['status'], 'started', path);
    }
  });

  test('a form and a multipart body are read like JSON', async () => {
    const boundary = 'b0undary';
    const part = `--${boundary}\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na b\r\n--${boundary}--\r\n`;
    const bodies = [
      { type: 'application/x-www-form-urlencoded', payload: 'prompt=a+b&maxJobs=4&replyUrl=' },
      { type: `multipart/form-data; boundary=${boundary}`, payload: part },
    ];
    for (const { type, payload } of bodies) {
      const next = harness.nextJob();
      const answer = harness.inject({ method: 'POST', url: '/v2/jobs/imagine', headers: { 'content-type': type }, payload });
      const job = await next;
      await start(harness, job);
      assert.deepEqual([(await answer).status, job.input['prompt']], [200, 'a b'], type);
    }
  });

  test('empty fields are absent fields', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/imagine', {
      prompt: 'x',
      replyUrl: '',
      replyRef: '',
      channel: null,
      discord: '',
      server: ' ',
      maxJobs: 0,
    });
    await start(harness, job);
    const { body } = await answer;
    assert.deepEqual([body['maxJobs'], body['channel'], body['replyUrl'], body['replyRef']], [3, CHANNEL, undefined, undefined]);
    assert.equal(job.callbackUrl, null);
  });

  const invalid: [JsonObject, string][] = [
    [{}, 'prompt is missing'],
    [{ prompt: '  ' }, 'prompt is missing'],
    [{ prompt: 'x'.repeat(2049) }, 'prompt is too long'],
    [{ prompt: { a: 1 } }, 'prompt is not valid'],
    [{ prompt: 'x', replyRef: 'r'.repeat(1025) }, 'replyRef is too long'],
    [{ prompt: 'x', replyUrl: `https://a.test/${'r'.repeat(1024)}` }, 'replyUrl is too long'],
    [{ prompt: 'x', replyUrl: 'ftp://a.test/' }, 'replyUrl is not valid: This URL may not be used'],
    [{ prompt: 'x', maxJobs: 16 }, 'maxJobs 16 is not valid, 1 to 15 supported'],
    [{ prompt: 'x', maxJobs: 'many' }, 'maxJobs many is not valid, 1 to 15 supported'],
    [{ prompt: 'x', maxJobs: -1 }, 'maxJobs -1 is not valid, 1 to 15 supported'],
    [{ prompt: 'x', channel: 'general' }, 'channel (general) is not valid Discord channel id'],
    [{ prompt: 'x', channel: '1316232391072999999' }, 'discord, server or channel value is missing'],
    [{ prompt: 'x', discord: DISCORD }, 'discord, server or channel value is missing'],
  ];
  test('a wrong value: 400', async () => {
    for (const [body, error] of invalid) {
      const answer = await harness.call('POST', '/v2/jobs/imagine', body);
      assert.deepEqual([answer.status, answer.body], [400, { error, code: 400 }]);
    }
  });

  test('the longest values are taken', async () => {
    const body = { prompt: 'x'.repeat(2048), replyRef: 'r'.repeat(1024), maxJobs: 15 };
    assert.equal((await postStarted(harness, '/v2/jobs/imagine', body)).status, 200);
  });

  test('an error of ours is a 500 without its text', async () => {
    harness.store.acceptJob = async () => Promise.reject(new Error('the disk is full at /var/lib'));
    const { status, body } = await harness.call('POST', '/v2/jobs/imagine', { prompt: 'x' });
    assert.deepEqual([status, body], [500, { error: 'Internal error', code: 500 }]);
  });

  for (const failure of [
    { code: 'prompt-moderated', title: 'Action needed to continue', details: 'Sorry! Our AI moderators feel your prompt might be …' },
    { code: 'prompt-invalid', title: 'Invalid parameter', details: 'Unrecognized parameter(s): `size`' },
  ] as const) {
    test(`422 ${failure.title}, and the job is there to be read`, async () => {
      const { job, answer } = await post(harness, '/v2/jobs/imagine', { prompt: 'x --size 3' });
      await harness.fail(job.id, failure);
      const { status, body } = await answer;
      const refusal = { error: failure.title, errorDetails: failure.details, jobid: job.id, status: 'moderated' };
      assert.deepEqual([status, body], [422, { ...refusal, code: 422 }]);
      const read = await harness.call('GET', `/v2/jobs/?jobid=${job.id}`);
      assert.equal(read.status, 200);
      assert.deepEqual({ ...read.body, ...refusal }, read.body);
      assert.deepEqual([read.body['code'], read.body['content']], [200, '']);
    });
  }

  test('504 when Midjourney queues the job, which is failed then', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/imagine', { prompt: 'x' });
    await harness.move(job.id, { operation: { queued: false } });
    await harness.move(job.id, { operation: { queued: true } });
    const { status, body } = await answer;
    assert.deepEqual([status, body], [504, { error: 'Job queued', jobid: job.id, status: 'failed', code: 504 }]);
    assert.deepEqual((await harness.store.getJob(job.id))?.failure?.code, 'job-queued');
  });

  test('596 has the whole job at first, one sentence until the reset, and is over after it', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/imagine', { prompt: 'x', replyRef: 'r' });
    await harness.fail(job.id, PENDING, message('88', '', [{ title: PENDING.title, description: PENDING.details }]));
    await harness.pause(CHANNEL, 'pending-moderation');
    const first = await answer;
    assert.deepEqual(
      [first.status, first.body],
      [
        596,
        {
          jobid: job.id,
          verb: 'imagine',
          prompt: 'x',
          status: 'failed',
          code: 596,
          replyRef: 'r',
          maxJobs: 3,
          created: '2023-09-09T02:04:49.667Z',
          updated: '2023-09-09T02:04:49.667Z',
          discord: MASKED,
          channel: CHANNEL,
          server: SERVER,
          messageId: '88',
          timestamp: STARTED.timestamp,
          error: PENDING.title,
          errorDetails: PENDING.details,
        },
      ],
    );
    const shortly = { error: `${NOTICE} reset the /account pendingModMessage before making any new API calls.`, code: 596 };
    for (const named of [{}, { channel: CHANNEL }, { discord: DISCORD, server: SERVER, channel: CHANNEL }]) {
      const later = await harness.call('POST', '/v2/jobs/imagine', { prompt: 'x', ...named });
      assert.deepEqual([later.status, later.body], [596, shortly]);
    }
    assert.equal((await harness.call('POST', `/v2/account/midjourney/${CHANNEL}/reset`)).status, 204);
    assert.equal((await postStarted(harness, '/v2/jobs/imagine', { prompt: 'x' })).status, 200);
  });

  test('an upstream that says nothing for 90 s: 200, started', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/imagine', { prompt: 'x' });
    await harness.clock.advance(90_000);
    const { status, body } = await answer;
    assert.deepEqual([status, body['status'], body['content'], body['jobid']], [200, 'started', '', job.id]);
  });

  test('ids differ in the part before the first dash, even in one millisecond', async () => {
    const first = await postStarted(harness, '/v2/jobs/imagine', { prompt: '1' });
    const second = await postStarted(harness, '/v2/jobs/imagine', { prompt: '2' });
    const tail = `-user:${harness.admin.number}-channel:${CHANNEL}-bot:midjourney`;
    assert.equal(first.body['jobid'], `job:20230909020449667${tail}`);
    assert.equal(second.body['jobid'], `job:20230909020449668${tail}`);
  });

  test('the same Idempotency-Key gives the same job; with another body it is refused', async () => {
    const send = (prompt: string): Promise<Answer> =>
      harness.inject({ method: 'POST', url: '/v2/jobs/imagine', headers: { 'idempotency-key': 'once' }, payload: { prompt } });
    const next = harness.nextJob();
    const first = send('x');
    await start(harness, await next);
    assert.equal((await send('x')).body['jobid'], (await first).body['jobid']);
    assert.deepEqual((await send('y')).status, 422);
  });
});
