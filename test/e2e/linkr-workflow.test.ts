import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { listAt, textAt, type JsonObject } from '@atelier/lib/json';
import { waitFor, createTestServer, type TestServer } from '../test-server.ts';
import { fetchPicture } from '../marked-picture.ts';

async function createHarnessFor(context: TestContext): Promise<TestServer> {
  const server = await createTestServer();
  context.after(() => server.close());
  return server;
}

/** The task as fetch shows it once it has ended. */
const polled = (server: TestServer, taskId: string): Promise<JsonObject> =>
  waitFor(async () => {
    const { status, body } = await server.call('GET', `/v1/fetch/${taskId}`);
    assert.equal(status, 200);
    return ['pending', 'processing'].includes(textAt(body, 'status')) ? undefined : body;
  });

const submit = async (server: TestServer, page: string, body: JsonObject): Promise<string> => {
  const reply = await server.call('POST', `/v1/${page}`, body);
  assert.equal(reply.status, 200, reply.text);
  return textAt(reply.body, 'task_id');
};

describe('linkr', () => {
  test('the typical workflow: imagine, poll, read image_url, action', async (context) => {
    const server = await createHarnessFor(context);
    const taskId = await submit(server, 'imagine', { prompt: 'a quiet harbour --ar 16:9' });
    const task = await polled(server, taskId);
    assert.equal(task['status'], 'completed');
    assert.match(textAt((await fetchPicture(task['image_url'])).mark, 'prompt'), /^a quiet harbour\b/);
    assert.equal(task['grid_url'], task['image_url']);
    for (const [index, url] of listAt(task, 'images').entries()) {
      assert.match(new URL(typeof url === 'string' ? url : '').pathname, new RegExp(`_${index + 1}\\.png$`));
    }
    const upscaled = await polled(server, await submit(server, 'action', { task_id: taskId, action: 'upsample2' }));
    assert.equal(upscaled['action'], 'upsample2');
    assert.equal((await fetchPicture(upscaled['image_url'])).mark['index'], 2);
    const varied = await polled(server, await submit(server, 'action', { task_id: taskId, action: 'variation1' }));
    assert.equal(listAt(varied, 'images').length, 4);
  });

  test('every parameter of Midjourney reaches it unchanged', async (context) => {
    const server = await createHarnessFor(context);
    const parameters = '--chaos 20 --stylize 100 --style raw --seed 7 --no fog --ar 2:3 --v 7';
    const task = await polled(server, await submit(server, 'imagine', { prompt: `a quiet harbour ${parameters}` }));
    assert.equal(task['status'], 'completed', textAt(task, 'error'));
    const { mark } = await fetchPicture(task['image_url']);
    for (const parameter of parameters.split(/ (?=--)/))
      assert.ok(textAt(mark, 'prompt').includes(parameter), `${parameter} in ${textAt(mark, 'prompt')}`);
  });

  for (const [word, reason] of [
    ['sim:subscription', /subscri/i],
    ['sim:banned', /banned prompt/i],
    ['sim:blocked', /blocked/i],
  ] as const) {
    test(`a rejection of Midjourney fails the task with an error for the end user: ${word}`, async (context) => {
      const server = await createHarnessFor(context);
      const task = await polled(server, await submit(server, 'imagine', { prompt: `a harbour ${word}` }));
      assert.equal(task['status'], 'failed');
      assert.match(textAt(task, 'error'), reason);
      assert.equal(task['image_url'], null);
    });
  }
});
