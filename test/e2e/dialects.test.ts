import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';
import { fetchPicture } from '../marked-picture.ts';

/** A picture through each dialect: submit, Discord, picture, copied file, callback, polling. */
describe('one picture through each dialect', () => {
  let server: TestServer;
  before(async () => {
    server = await createTestServer();
  });
  after(() => server.close());

  test('useapi: imagine, callback equals polling, U2, and its parent’s children', async () => {
    const reply = await server.call('POST', '/v2/jobs/imagine', {
      prompt: 'a red fox',
      replyUrl: `${server.sink.url}/useapi`,
      replyRef: 'mine',
    });
    assert.equal(reply.status, 200);
    assert.equal(reply.body['verb'], 'imagine');
    assert.match(textAt(reply.body, 'content'), /a red fox/);
    const jobid = textAt(reply.body, 'jobid');
    const { body: called } = await server.waitForCallback('/useapi', (body) => body['jobid'] === jobid);
    assert.equal(called['status'], 'completed');
    assert.equal(called['replyRef'], 'mine');
    assert.deepEqual(called['buttons'], ['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4']);
    const polled = await server.call('GET', `/v2/jobs/?jobid=${encodeURIComponent(jobid)}`);
    assert.deepEqual(polled.body, called);

    const grid = await fetchPicture(firstOf(called, 'attachments')['url']);
    assert.match(textAt(grid.mark, 'prompt'), /^a red fox\b/);
    assert.deepEqual([grid.width, grid.height], [32, 32]);

    const pressed = await server.call('POST', '/v2/jobs/button', { jobid, button: 'U2', replyUrl: `${server.sink.url}/useapi` });
    assert.equal(pressed.status, 200, pressed.text);
    const child = textAt(pressed.body, 'jobid');
    const { body: upscaled } = await server.waitForCallback('/useapi', (body) => body['jobid'] === child);
    assert.equal(upscaled['parentJobId'], jobid);
    const single = await fetchPicture(firstOf(upscaled, 'attachments')['url']);
    assert.equal(single.mark['index'], 2);
    const again = await server.call('POST', '/v2/jobs/button', { jobid, button: 'U2' });
    assert.equal(again.status, 409);
    assert.equal(again.body['jobid'], child);
    const parent = await server.call('GET', `/v2/jobs/?jobid=${jobid}`);
    assert.deepEqual(
      listAt(parent.body, 'children').map((entry) => isJsonObject(entry) && [entry['button'], entry['jobid']]),
      [['U2', child]],
    );
  });

  test('kie: four pictures, strings in the callback and objects when polled', async () => {
    const body = { taskType: 'mj_txt2img', prompt: 'a blue whale', aspectRatio: '16:9', callBackUrl: `${server.sink.url}/kie` };
    const reply = await server.call('POST', '/api/v1/mj/generate', body);
    assert.equal(reply.status, 200);
    const taskId = textAt(objectAt(reply.body, 'data'), 'taskId');
    assert.match(taskId, /^[0-9a-f]{32}$/);
    const { body: called } = await server.waitForCallback('/kie', (seen) => objectAt(seen, 'data')['taskId'] === taskId);
    assert.equal(called['code'], 200);
    assert.equal(called['msg'], 'success');
    const data = objectAt(called, 'data');
    assert.deepEqual(JSON.parse(textAt(data, 'promptJson')), body);
    const urls = listAt(data, 'resultUrls');
    assert.equal(urls.length, 4);
    const polled = await server.call('GET', `/api/v1/mj/record-info?taskId=${taskId}`);
    const record = objectAt(polled.body, 'data');
    assert.equal(record['successFlag'], 1);
    assert.deepEqual(
      listAt(objectAt(record, 'resultInfoJson'), 'resultUrls').map((entry) => isJsonObject(entry) && entry['resultUrl']),
      urls,
    );
    const tiles = await Promise.all(urls.map(fetchPicture));
    assert.equal(new Set(tiles.map(({ bytes }) => bytes.toString('base64'))).size, 4, 'four different pictures');
  });

  test('linkr: webhook is the fetch object, action by name', async () => {
    const reply = await server.call('POST', '/v1/imagine', { prompt: 'a green tree', webhook_url: `${server.sink.url}/linkr` });
    assert.equal(reply.status, 200);
    const taskId = textAt(reply.body, 'task_id');
    const { body: called } = await server.waitForCallback('/linkr', (seen) => seen['task_id'] === taskId);
    assert.equal(called['status'], 'completed');
    const polled = await server.call('GET', `/v1/fetch/${taskId}`);
    assert.deepEqual(polled.body, called);
    assert.match(textAt((await fetchPicture(called['image_url'])).mark, 'prompt'), /^a green tree\b/);
    assert.equal(listAt(called, 'images').length, 4);

    const action = await server.call('POST', '/v1/action', {
      task_id: taskId,
      action: 'variation3',
      webhook_url: `${server.sink.url}/linkr`,
    });
    assert.equal(action.status, 200, action.text);
    const { body: varied } = await server.waitForCallback('/linkr', (seen) => seen['task_id'] === action.body['task_id']);
    assert.equal(varied['status'], 'completed');
    assert.equal(varied['action'], 'variation3');
  });

  test('useapi info answers in one call with Midjourney’s own text', async () => {
    const reply = await server.call('POST', '/v2/jobs/info', {});
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.body['status'], 'completed');
    assert.match(textAt(reply.body, 'content'), /\*\*User ID\*\*: .*\n\*\*Subscription\*\*: /);
    assert.equal(firstOf(reply.body, 'embeds')['description'], reply.body['content']);
  });

  test('callbacks carry a signature that the official verifier accepts', async () => {
    const reply = await server.call('POST', '/v1/imagine', { prompt: 'signed', webhook_url: `${server.sink.url}/signed` });
    const { received } = await server.waitForCallback('/signed', (seen) => seen['task_id'] === reply.body['task_id']);
    const [secret = ''] = server.atelier.signingSecrets;
    const { body, headers } = received;
    assert.doesNotThrow(() => new Webhook(secret).verify(body, headers));
    assert.throws(() => new Webhook(secret).verify(`${body} `, headers));
  });
});

function firstOf(body: JsonObject, name: string): JsonObject {
  const [first] = listAt(body, name);
  return isJsonObject(first) ? first : {};
}
