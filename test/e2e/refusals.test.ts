import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { objectAt, textAt } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';

/** Refusals of Midjourney reach the caller in the caller's dialect. */
describe('refusals', () => {
  let server: TestServer;
  before(async () => {
    server = await createTestServer();
  });
  after(() => server.close());

  test('useapi: a moderated prompt is 422 with a job that can be read, and calls back after the reply', async () => {
    const reply = await server.call('POST', '/v2/jobs/imagine', { prompt: 'sim:moderated', replyUrl: `${server.sink.url}/moderated` });
    assert.equal(reply.status, 422);
    assert.equal(reply.body['error'], 'Action needed to continue');
    assert.equal(reply.body['status'], 'moderated');
    const jobid = textAt(reply.body, 'jobid');
    const { body: called } = await server.waitForCallback('/moderated', (body) => body['jobid'] === jobid);
    assert.equal(called['code'], 422);
    assert.equal((await server.call('GET', `/v2/jobs/?jobid=${jobid}`)).body['status'], 'moderated');
  });

  test('useapi: an unknown parameter is 422 with its name', async () => {
    const reply = await server.call('POST', '/v2/jobs/imagine', { prompt: 'a cat --size 3' });
    assert.equal(reply.status, 422);
    assert.equal(reply.body['error'], 'Invalid parameter');
    assert.equal(reply.body['errorDetails'], 'Unrecognized parameter(s): `size`');
  });

  test('useapi: a queued job is 504 and failed', async () => {
    const reply = await server.call('POST', '/v2/jobs/imagine', { prompt: 'sim:queued' });
    assert.equal(reply.status, 504);
    assert.deepEqual({ ...reply.body, jobid: undefined }, { error: 'Job queued', jobid: undefined, status: 'failed', code: 504 });
  });

  test('kie: a banned prompt calls back with 500 and no pictures', async () => {
    const reply = await server.call('POST', '/api/v1/mj/generate', {
      taskType: 'mj_txt2img',
      prompt: 'sim:banned',
      callBackUrl: `${server.sink.url}/banned`,
    });
    const taskId = textAt(objectAt(reply.body, 'data'), 'taskId');
    const { body: called } = await server.waitForCallback('/banned', (body) => objectAt(body, 'data')['taskId'] === taskId);
    assert.equal(called['code'], 500);
    assert.deepEqual(objectAt(called, 'data')['resultUrls'], []);
    assert.notEqual(objectAt((await server.call('GET', `/api/v1/mj/record-info?taskId=${taskId}`)).body, 'data')['successFlag'], 1);
  });

  test('linkr: a job that fails half way names the reason', async () => {
    const reply = await server.call('POST', '/v1/imagine', { prompt: 'a tower sim:fail', webhook_url: `${server.sink.url}/fail` });
    const { body: called } = await server.waitForCallback('/fail', (body) => body['task_id'] === reply.body['task_id']);
    assert.equal(called['status'], 'failed');
    assert.match(textAt(called, 'error'), /Could not complete the job/);
  });

  test('linkr: a prompt that the content policy refuses never reaches Discord', async () => {
    const reply = await server.call('POST', '/v1/imagine', { prompt: 'lots of gore' });
    assert.equal(reply.status, 400);
    assert.equal(
      reply.body['detail'],
      "Your prompt contains a term that violates Midjourney's content policy. Please rephrase and try again.",
    );
  });
});

describe('a pending moderation message', () => {
  let server: TestServer;
  before(async () => {
    server = await createTestServer({ OPERATOR_URL: 'sink:/operator' });
  });
  after(() => server.close());

  test('answers 596 with the job, then 596 for every call, until the account is reset', async () => {
    const { channelId } = server.simulator.account;
    const first = await server.call('POST', '/v2/jobs/imagine', { prompt: 'sim:pending-mod' });
    assert.equal(first.status, 596);
    assert.equal(first.body['error'], 'Pending mod message');
    assert.equal(first.body['status'], 'failed');
    const second = await server.call('POST', '/v2/jobs/imagine', { prompt: 'a cat' });
    assert.equal(second.status, 596);
    assert.equal(second.body['jobid'], undefined);
    const { body: notice } = await server.waitForCallback('/operator', (body) => body['type'] === 'account.paused');
    const { channel, code, title } = objectAt(notice, 'data');
    assert.deepEqual({ channel, code, title }, { channel: channelId, code: 'pending-moderation', title: 'Pending mod message' });
    server.simulator.control.acknowledge(server.simulator.account.userId);
    assert.equal((await server.call('POST', `/v2/account/midjourney/${channelId}/reset`)).status, 204);
    assert.equal((await server.call('POST', '/v2/jobs/imagine', { prompt: 'a cat' })).status, 200);
  });
});
