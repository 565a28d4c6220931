import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isFinal } from 'atelier/core/job';
import { listAt, objectAt, textAt } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';

describe('a picture from another API, read through useapi', () => {
  let server: TestServer;
  before(async () => {
    server = await createTestServer();
  });
  after(() => server.close());

  /** The ids of one picture by kie and one by linkr, both finished. */
  async function pictures(): Promise<string[]> {
    const kie = await server.call('POST', '/api/v1/mj/generate', { taskType: 'mj_txt2img', prompt: 'a fox' });
    const linkr = await server.call('POST', '/v1/imagine', { prompt: 'a fox' });
    const ids = [textAt(objectAt(kie.body, 'data'), 'taskId'), textAt(linkr.body, 'task_id')];
    for (const id of ids) await server.waitForJob(id, ({ status }) => isFinal(status));
    return ids;
  }

  test('has its grid, its buttons, a pressed button, its child and its callback', async () => {
    for (const id of await pictures()) {
      const { status, body } = await server.call('GET', `/v2/jobs/?jobid=${id}`);
      const { channelId, guildId } = server.simulator.account;
      const seen = [status, body['jobid'], body['verb'], body['status'], body['prompt'], body['channel'], body['server']];
      assert.deepEqual(seen, [200, id, 'imagine', 'completed', 'a fox', channelId, guildId]);
      assert.deepEqual(body['buttons'], ['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4']);
      assert.equal(listAt(body, 'attachments').length, 1);

      const replyUrl = `${server.sink.url}/pressed`;
      const pressed = await server.call('POST', '/v2/jobs/button', { jobid: id, button: 'U2', replyUrl, replyRef: id });
      assert.deepEqual([pressed.status, pressed.body['parentJobId']], [200, id]);
      const { body: called } = await server.waitForCallback(
        '/pressed',
        ({ replyRef, status }) => replyRef === id && status === 'completed',
      );
      assert.deepEqual([called['jobid'], called['verb'], typeof called['content']], [pressed.body['jobid'], 'button', 'string']);
      const again = await server.call('POST', '/v2/jobs/button', { jobid: id, button: 'U2' });
      assert.deepEqual([again.status, again.body['jobid']], [409, pressed.body['jobid']]);
      const children = listAt((await server.call('GET', `/v2/jobs/?jobid=${id}`)).body, 'children');
      assert.deepEqual(children, [{ button: 'U2', jobid: called['jobid'], messageId: called['messageId'] }]);
    }
  });
});
