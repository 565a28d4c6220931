import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Job } from '../../../../job/job.ts';
import type { JsonObject } from '../../../../lib/json.ts';
import {
  CHANNEL,
  MASKED,
  NOTICE,
  PENDING,
  SERVER,
  STARTED,
  configureAccount,
  finishedGrid,
  message,
  openHouse,
  post,
  start,
  type House,
} from '../house.fixture.ts';

describe('useapi: POST jobs of pictures, seeds and commands', { timeout: 20_000 }, () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
    await configureAccount(house);
  });
  afterEach(() => house.close());

  describe('blend and describe', () => {
    test('blend repeats its URLs and dimensions', async () => {
      const blendUrls = ['https://a.test/1.png', 'https://a.test/2.png'];
      const { job, answer } = await post(house, '/v2/jobs/blend', { blendUrls, blendDimensions: 'Portrait' });
      await start(house, job);
      const { body } = await answer;
      assert.deepEqual(
        [body['verb'], body['blendUrls'], body['blendDimensions'], body['prompt']],
        ['blend', blendUrls, 'Portrait', undefined],
      );
      assert.deepEqual(job.input, { verb: 'blend', imageUrls: blendUrls, dimensions: 'portrait' });
    });

    test('blend reads a list from a form', async () => {
      const next = house.nextJob();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const payload = 'blendUrls[]=https://a.test/1.png&blendUrls[]=https://a.test/2.png';
      const answer = house.inject({ method: 'POST', url: '/v2/jobs/blend', headers, payload });
      const job = await next;
      await start(house, job);
      assert.deepEqual([(await answer).status, job.input['imageUrls']], [200, ['https://a.test/1.png', 'https://a.test/2.png']]);
    });

    const invalid: [string, JsonObject, string][] = [
      ['blend', {}, 'blendUrls is missing'],
      ['blend', { blendUrls: ['https://a.test/1.png'] }, 'blendUrls must have 2 to 5 URLs'],
      ['blend', { blendUrls: ['https://a.test/1.png', 'file:///etc/passwd'] }, 'blendUrls is not valid: only http and https are allowed'],
      [
        'blend',
        { blendUrls: ['https://a.test/1', 'https://a.test/2'], blendDimensions: 'Round' },
        'blendDimensions Round is not valid, Portrait, Square or Landscape supported',
      ],
      ['describe', {}, 'describeUrl is missing'],
      ['describe', { describeUrl: 'nothing' }, 'describeUrl is not valid: only http and https are allowed'],
      ['describe', { describeUrl: `https://a.test/${'a'.repeat(2048)}` }, 'describeUrl is too long'],
    ];
    test('a wrong value: 400', async () => {
      for (const [verb, body, error] of invalid) {
        const answer = await house.call('POST', `/v2/jobs/${verb}`, body);
        assert.deepEqual([answer.status, answer.body], [400, { error, code: 400 }]);
      }
    });

    test('describe: 400 when the picture cannot be fetched, as if no job had been made', async () => {
      const { job, answer } = await post(house, '/v2/jobs/describe', { describeUrl: 'https://a.test/1.png' });
      const failed = await house.fail(job.id, {
        code: 'media-unavailable',
        title: 'The picture could not be fetched',
        details: 'HTTP status 404',
      });
      const { status, body } = await answer;
      assert.deepEqual([status, body], [400, { error: 'The picture could not be fetched', errorDetails: 'HTTP status 404', code: 400 }]);
      assert.equal(house.dialect.renderCallback(failed), null);
    });

    test('describe: the text stands in embeds and in content', async () => {
      const { job, answer } = await post(house, '/v2/jobs/describe', { describeUrl: 'https://a.test/1.png' });
      const description = '1️⃣ a cat\n\n2️⃣ a steam cat';
      await house.move(job.id, { status: 'completed', output: { ...job.output, message: message('5', '', [{ description }]) } });
      await answer;
      const { body } = await house.call('GET', `/v2/jobs?jobid=${job.id}`);
      assert.deepEqual([body['content'], body['embeds'], body['describeUrl']], [description, [{ description }], 'https://a.test/1.png']);
    });
  });

  describe('seed', () => {
    const SEED_TEXT = '**Steampunk cat**\n**Job ID**: 5f0\n**seed** 1234567890';
    const seeded = (job: Job): JsonObject => ({ value: 1234567890, content: job ? SEED_TEXT : '' });

    test('seed answers with the seed, seed_async says started first', async () => {
      const parent = await finishedGrid(house);
      for (const [verb, status] of [
        ['seed', 'completed'],
        ['seed_async', 'started'],
      ] as const) {
        const { job, answer } = await post(house, `/v2/jobs/${verb}`, { jobid: parent.id });
        assert.deepEqual([job.input, job.usesSlot], [{ verb: 'seed', messageId: '701' }, false]);
        const output = { ...job.output, message: message('9', SEED_TEXT), data: { seed: 1234567890 } };
        await house.move(job.id, { status: 'completed', output });
        const { body } = await answer;
        assert.deepEqual([body['verb'], body['status'], body['parentJobId']], [verb, status, parent.id]);
        assert.deepEqual(body['seed'], verb === 'seed' ? seeded(job) : undefined);
        const read = await house.call('GET', `/v2/jobs/?jobid=${job.id}`);
        assert.deepEqual([read.body['verb'], read.body['seed']], [verb, seeded(job)]);
      }
      const read = await house.call('GET', `/v2/jobs/?jobid=${parent.id}`);
      assert.equal(read.body['children'], undefined);
    });

    test('400 for a parent that is not completed or is no picture, 404 for none', async () => {
      const { job, answer } = await post(house, '/v2/jobs/describe', { describeUrl: 'https://a.test/1.png' });
      await start(house, job);
      await answer;
      const early = await house.call('POST', '/v2/jobs/seed', { jobid: job.id });
      assert.deepEqual([early.status, early.body['error']], [400, `job ${job.id} is not completed`]);
      await house.move(job.id, { status: 'completed' });
      const wrong = await house.call('POST', '/v2/jobs/seed_async', { jobid: job.id });
      assert.deepEqual([wrong.status, wrong.body['error']], [400, `seed_async not supported for job ${job.id}`]);
      assert.equal((await house.call('POST', '/v2/jobs/seed', { jobid: 'job:1' })).status, 404);
      assert.equal((await house.call('POST', '/v2/jobs/seed', {})).body['error'], 'jobid is missing');
    });
  });

  describe('info and its siblings', () => {
    const description = '**User ID**: 42\n**Subscription**: Mega\n\n**Queued Jobs (fast)**: 0\n**Running Jobs**: None';
    const embed = { type: 'rich', title: 'Your info - cat', description, content_scan_version: 0, color: 0 };

    test('info: 200 completed, content is a copy of the embed', async () => {
      const { job, answer } = await post(house, '/v2/jobs/info', { replyUrl: 'https://webhook.site/abc', replyRef: 'r' });
      await start(house, job);
      await house.move(job.id, { status: 'completed', output: { ...job.output, message: message('6', '', [embed]) } });
      const { status, body } = await answer;
      assert.deepEqual(
        [status, body],
        [
          200,
          {
            jobid: job.id,
            verb: 'info',
            status: 'completed',
            discord: MASKED,
            channel: CHANNEL,
            server: SERVER,
            created: '2023-09-09T02:04:49.667Z',
            updated: '2023-09-09T02:04:49.667Z',
            replyUrl: 'https://webhook.site/abc',
            replyRef: 'r',
            messageId: '6',
            timestamp: STARTED.timestamp,
            content: description,
            embeds: [embed],
            code: 200,
          },
        ],
      );
    });

    test('the siblings answer with their plain text, without a body and without a slot', async () => {
      for (const verb of ['relax', 'fast', 'turbo', 'variability', 'remix']) {
        const next = house.nextJob();
        const headers = { 'content-type': 'application/json' };
        const answer = house.inject({ method: 'POST', url: `/v2/jobs/${verb}`, headers });
        const job = await next;
        await house.move(job.id, { status: 'completed', output: { ...job.output, message: message('6', 'Done!') } });
        const { body } = await answer;
        assert.deepEqual(
          [body['verb'], body['status'], body['content'], body['embeds'], body['maxJobs']],
          [verb, 'completed', 'Done!', undefined, undefined],
        );
        assert.deepEqual([job.usesSlot, job.input], [false, { verb }]);
      }
    });

    test('412 in place of 400', async () => {
      const missing = { error: 'discord, server or channel value is missing', code: 412 };
      const long = { error: 'replyUrl is too long', code: 412 };
      const tooLong = await house.call('POST', '/v2/jobs/info', { replyUrl: `https://a.test/${'r'.repeat(1024)}` });
      assert.deepEqual([tooLong.status, tooLong.body], [412, long]);
      await configureAccount(house, '1316232391072944999', 'another-token-of-length');
      for (const verb of ['info', 'remix']) {
        const { status, body } = await house.call('POST', `/v2/jobs/${verb}`, {});
        assert.deepEqual([status, body], [412, missing]);
      }
    });

    test('596: the whole job, then the sentence of this page', async () => {
      const { job, answer } = await post(house, '/v2/jobs/info', { channel: CHANNEL });
      await house.fail(job.id, PENDING, message('88', ''));
      await house.pause(CHANNEL, 'pending-moderation');
      const first = await answer;
      assert.deepEqual([first.status, first.body['verb'], first.body['error'], first.body['code']], [596, 'info', PENDING.title, 596]);
      const error = `${NOTICE} POST account/midjourney/${CHANNEL}/reset before making any new API calls.`;
      for (const body of [{}, { channel: CHANNEL }]) {
        const later = await house.call('POST', '/v2/jobs/info', body);
        assert.deepEqual([later.status, later.body], [596, { error, code: 596 }]);
      }
    });
  });
});
