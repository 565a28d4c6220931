import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { objectAt, parseJsonObject, textAt } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';
import { fetchPicture } from '../marked-picture.ts';
import { createProgramRunner, type RunningProgram, type ProgramRunner } from './program-runner.ts';

/** The receivers that kie.ai printed for its Midjourney callbacks. Each gets one completed and one failed task. */
describe('kie.ai’s printed receivers of Midjourney callbacks', () => {
  let server: TestServer;
  let runner: ProgramRunner;
  before(async () => {
    server = await createTestServer();
    runner = await createProgramRunner();
  });
  after(async () => {
    await runner.close();
    await server.close();
  });

  async function submit(prompt: string, receiver: RunningProgram): Promise<string> {
    const reply = await server.call('POST', '/api/v1/mj/generate', {
      taskType: 'mj_txt2img',
      prompt,
      callBackUrl: `${receiver.url}/mj-image-callback`,
    });
    assert.equal(reply.body['code'], 200, reply.text);
    return textAt(objectAt(reply.body, 'data'), 'taskId');
  }

  async function wasDelivered(taskId: string): Promise<void> {
    const delivery = await server.waitForDelivery(taskId);
    assert.deepEqual([delivery.state, delivery.attemptCount], ['delivered', 1]);
    const [attempt] = await server.atelier.store.listAttempts(delivery.id);
    assert.equal(attempt?.status, 200);
    assert.deepEqual(parseJsonObject(attempt.responseBody), { status: 'received' });
  }

  async function printsBothEnds(receiver: RunningProgram): Promise<{ taskId: string; urls: string[] }> {
    const taskId = await submit('a red fox in the snow', receiver);
    await wasDelivered(taskId);
    await receiver.waitForOutput(/Midjourney image generation completed/);
    await receiver.waitForOutput(/Original prompt: a red fox in the snow/);
    await receiver.waitForOutput(/Generated 4 images:/);
    const urls: string[] = [];
    for (const number of [1, 2, 3, 4]) urls.push((await receiver.waitForOutput(new RegExp(`Image ${number}: (\\S+)`)))[1] ?? '');
    assert.equal(new Set(urls).size, 4);

    const failedId = await submit('sim:fail a red fox', receiver);
    await wasDelivered(failedId);
    await receiver.waitForOutput(/Midjourney image generation failed: Image generation failed: \S/);
    await receiver.waitForOutput(new RegExp(`${failedId}.*\\s+status: 500`));
    return { taskId, urls };
  }

  async function savedPictures({ taskId, urls }: { taskId: string; urls: string[] }): Promise<void> {
    for (const [index, url] of urls.entries()) {
      const saved = await readFile(join(runner.folder, `mj_image_${taskId}_${index + 1}.png`));
      const served = await fetchPicture(url);
      assert.ok(saved.equals(served.bytes), `picture ${index + 1} is whole`);
    }
  }

  test('Node.js with Express prints the four links', async () => {
    const receiver = await runner.startReceiver('000-image-receiver.js');
    const { taskId } = await printsBothEnds(receiver);
    await receiver.waitForOutput(new RegExp(`taskId: '${taskId}',\\s+status: 200,\\s+message: 'success'`));
  });

  for (const [language, program] of [
    ['Python with Flask', '000-image-receiver.py'],
    ['PHP', '000-image-receiver.php'],
  ] as const) {
    test(`${language} saves the four pictures`, async () => {
      const receiver = await runner.startReceiver(program);
      const done = await printsBothEnds(receiver);
      await receiver.waitForOutput(new RegExp(`callback: ${done.taskId}, status: 200, message: success`));
      await savedPictures(done);
    });
  }
});
