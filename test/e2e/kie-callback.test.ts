import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isFinal } from 'atelier/core/job';
import { listAt, objectAt, textAt } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';

describe('kie callbacks', () => {
  let server: TestServer;
  before(async () => {
    server = await createTestServer();
  });
  after(() => server.close());

  test('the whole request of a callback, at the receiver', async () => {
    const callBackUrl = `${server.sink.url}/mj-image-callback?ref=7`;
    const reply = await server.call('POST', '/api/v1/mj/generate', { prompt: 'a beautiful landscape', model: 'midjourney', callBackUrl });
    const taskId = textAt(objectAt(reply.body, 'data'), 'taskId');
    const { received, body } = await server.waitForCallback(
      '/mj-image-callback?ref=7',
      (seen) => objectAt(seen, 'data')['taskId'] === taskId,
    );
    assert.match(String(received.headers['content-type']), /^application\/json\b/);
    assert.equal(JSON.stringify(JSON.parse(received.body)), received.body, 'one JSON text');
    assert.deepEqual(Object.keys(body), ['code', 'msg', 'data']);
    assert.deepEqual(Object.keys(objectAt(body, 'data')), ['taskId', 'promptJson', 'resultUrls']);
    const delivery = await server.waitForDelivery(taskId);
    assert.equal(delivery.state, 'delivered');
    assert.equal(server.sink.received().filter(({ path }) => path === received.path).length, 1);
  });

  test('polling alone: a task without callBackUrl ends the same, without a callback', async () => {
    const reply = await server.call('POST', '/api/v1/mj/generate', { prompt: 'a lighthouse' });
    const taskId = textAt(objectAt(reply.body, 'data'), 'taskId');
    await server.waitForJob(taskId, ({ status }) => isFinal(status));
    const record = objectAt((await server.call('GET', `/api/v1/mj/record-info?taskId=${taskId}`)).body, 'data');
    assert.equal(record['successFlag'], 1);
    assert.equal(listAt(objectAt(record, 'resultInfoJson'), 'resultUrls').length, 4);
    assert.deepEqual(await server.atelier.store.listDeliveries({ jobId: taskId, limit: 1 }), []);
  });
});
