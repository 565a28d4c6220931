import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isFinal } from 'atelier/core/job';
import { listAt, objectAt, textAt } from '@atelier/lib/json';
import { createTestHarness, type Harness } from '../harness.ts';

describe('kie callbacks', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  test('the whole request, as a receiver of any make sees it', async () => {
    const callBackUrl = `${harness.sink.url}/mj-image-callback?ref=7`;
    const reply = await harness.call('POST', '/api/v1/mj/generate', { prompt: 'a beautiful landscape', model: 'midjourney', callBackUrl });
    const taskId = textAt(objectAt(reply.body, 'data'), 'taskId');
    const { received, body } = await harness.callback('/mj-image-callback?ref=7', (seen) => objectAt(seen, 'data')['taskId'] === taskId);
    assert.match(String(received.headers['content-type']), /^application\/json\b/);
    assert.equal(JSON.stringify(JSON.parse(received.body)), received.body, 'one JSON text');
    assert.deepEqual(Object.keys(body), ['code', 'msg', 'data']);
    assert.deepEqual(Object.keys(objectAt(body, 'data')), ['taskId', 'promptJson', 'resultUrls']);
    const delivery = await harness.settled(taskId);
    assert.equal(delivery.state, 'delivered');
    assert.equal(harness.sink.received().filter(({ path }) => path === received.path).length, 1);
  });

  test('polling alone: a task without callBackUrl ends the same, and calls nobody', async () => {
    const reply = await harness.call('POST', '/api/v1/mj/generate', { prompt: 'a lighthouse' });
    const taskId = textAt(objectAt(reply.body, 'data'), 'taskId');
    await harness.reached(taskId, ({ status }) => isFinal(status));
    const record = objectAt((await harness.call('GET', `/api/v1/mj/record-info?taskId=${taskId}`)).body, 'data');
    assert.equal(record['successFlag'], 1);
    assert.equal(listAt(objectAt(record, 'resultInfoJson'), 'resultUrls').length, 4);
    assert.deepEqual(await harness.atelier.store.listDeliveries({ jobId: taskId, limit: 1 }), []);
  });
});
