import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import {
  CHANNEL,
  MASKED,
  NOTICE,
  PENDING,
  SERVER,
  STARTED,
  configureAccount,
  message,
  createTestHarness,
  post,
  start,
  type Harness,
} from '../harness.fixture.ts';

describe('useapi: POST jobs/info and its siblings', { timeout: 20_000 }, () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
    await configureAccount(harness);
  });
  afterEach(() => harness.close());

  const description = '**User ID**: 42\n**Subscription**: Mega\n\n**Queued Jobs (fast)**: 0\n**Running Jobs**: None';
  const embed = { type: 'rich', title: 'Your info - cat', description, content_scan_version: 0, color: 0 };

  test('info: 200 completed, content is a copy of the embed', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/info', { replyUrl: 'https://webhook.site/abc', replyRef: 'r' });
    await start(harness, job);
    await harness.move(job.id, { status: 'completed', output: { ...job.output, message: message('6', '', [embed]) } });
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
      const next = harness.nextJob();
      const headers = { 'content-type': 'application/json' };
      const answer = harness.inject({ method: 'POST', url: `/v2/jobs/${verb}`, headers });
      const job = await next;
      await harness.move(job.id, { status: 'completed', output: { ...job.output, message: message('6', 'Done!') } });
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
    const tooLong = await harness.call('POST', '/v2/jobs/info', { replyUrl: `https://a.test/${'r'.repeat(1024)}` });
    assert.deepEqual([tooLong.status, tooLong.body], [412, long]);
    const longRef = await harness.call('POST', '/v2/jobs/info', { replyRef: 'r'.repeat(1025) });
    assert.deepEqual([longRef.status, longRef.body], [412, { error: 'replyRef is too long', code: 412 }]);
    await configureAccount(harness, '1316232391072944999', 'another-token-of-length');
    for (const verb of ['info', 'remix']) {
      const { status, body } = await harness.call('POST', `/v2/jobs/${verb}`, {});
      assert.deepEqual([status, body], [412, missing]);
    }
  });

  test('596: the whole job, then the sentence of this page', async () => {
    const { job, answer } = await post(harness, '/v2/jobs/info', { channel: CHANNEL });
    await harness.fail(job.id, PENDING, message('88', ''));
    await harness.pause(CHANNEL, 'pending-moderation');
    const first = await answer;
    assert.deepEqual([first.status, first.body['verb'], first.body['error'], first.body['code']], [596, 'info', PENDING.title, 596]);
    const error = `${NOTICE} POST account/midjourney/${CHANNEL}/reset before making any new API calls.`;
    for (const body of [{}, { channel: CHANNEL }]) {
      const later = await harness.call('POST', '/v2/jobs/info', body);
      assert.deepEqual([later.status, later.body], [596, { error, code: 596 }]);
    }
  });

  test('runs on the only account, on the one of a channel, or on the one that the request brings', async () => {
    const done = async (body: JsonObject): Promise<unknown> => {
      const { job, answer } = await post(harness, '/v2/jobs/info', body);
      await harness.move(job.id, { status: 'completed', output: { ...job.output, message: message('6', 'Done!') } });
      return (await answer).body['channel'];
    };
    assert.equal(await done({}), CHANNEL);
    await configureAccount(harness, '1316232391072944999', 'another-token-of-length');
    assert.equal(await done({ channel: '1316232391072944999' }), '1316232391072944999');
    for (const { id } of await harness.accounts.list()) await harness.accounts.remove(id);
    assert.equal((await harness.call('POST', '/v2/jobs/info', {})).status, 412);
    const brought = { discord: 'brought-along-token', server: SERVER, channel: '1316232391072944777' };
    assert.equal(await done(brought), '1316232391072944777');
  });
});
