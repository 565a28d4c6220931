import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { EMPTY_OUTPUT } from '../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { watchAnswers, type Answers } from '../testing/answers.ts';
import { acceptElsewhere, addUselessKeys } from '../testing/elsewhere.ts';
import { GRID_OUTPUT, type Harness, createTestApp, createTestHarness } from '../testing/harness.ts';
import { createLinkrDialect } from './linkr.ts';

describe('linkr: access', () => {
  let harness: Harness;
  let answers: Answers;
  let app: Awaited<ReturnType<typeof createTestApp>>;
  before(async () => {
    harness = await createTestHarness();
    await addUselessKeys(harness);
    answers = watchAnswers(createLinkrDialect(harness.deps));
    app = await createTestApp(answers.dialect);
  });
  after(async () => {
    await app.close();
    await harness.close();
  });

  const send = async (path: string, payload?: JsonObject, key = 'ann') => {
    const headers = { authorization: `Bearer ${key}` };
    const reply = await app.inject({ method: payload ? 'POST' : 'GET', url: `/v1/${path}`, headers, ...(payload ? { payload } : {}) });
    assert.deepEqual(answers.faults, []);
    return { status: reply.statusCode, body: reply.json() };
  };
  const fetchTask = (id: string, key?: string) => send(`fetch/${encodeURIComponent(id)}`, undefined, key);

  test('402 for an expired key, 403 for a suspended one', async () => {
    for (const path of ['fetch/1', 'info', 'imagine']) {
      const body = path === 'imagine' ? { prompt: 'a fox' } : undefined;
      assert.deepEqual(await send(path, body, 'late'), { status: 402, body: { detail: 'This API key has expired' } });
      assert.deepEqual(await send(path, body, 'banned'), { status: 403, body: { detail: 'Hold account is suspended.' } });
    }
  });

  test('a task of another dialect is shown as the LinkrAPI request for the same result', async () => {
    const cases: [JsonObject & { verb: string }, string, string][] = [
      [{ verb: 'imagine', prompt: 'an owl --ar 16:9' }, 'imagine', 'an owl --ar 16:9'],
      [{ verb: 'button', label: 'U2', prompt: null }, 'upsample2', 'a fox'],
      [{ verb: 'button', label: 'V4', prompt: 'an owl' }, 'variation4', 'an owl'],
      [{ verb: 'button', label: '🔄', prompt: null }, 'reroll', 'a fox'],
      [{ verb: 'button', label: 'Zoom Out 2x', prompt: null }, 'Zoom Out 2x', 'a fox'],
      [{ verb: 'describe', imageUrl: 'https://a.b/c' }, 'describe', 'a fox'],
    ];
    for (const [input, action, prompt] of cases) {
      const { id } = await acceptElsewhere(harness, input);
      await harness.complete(id, GRID_OUTPUT);
      const { body: task } = await fetchTask(id);
      assert.equal(task.task_id, id);
      assert.equal(task.action, action);
      assert.equal(task.prompt, prompt);
      assert.equal(task.images.length, 4);
    }
    const { id } = await acceptElsewhere(harness, { verb: 'settings' });
    assert.equal((await fetchTask(id)).body.prompt, '');
    await harness.complete(id, EMPTY_OUTPUT);
    assert.equal((await fetchTask(id)).body.image_url, null);
  });

  test('the buttons of another dialect’s task can be pressed; it is hidden from other keys but not from the admin key', async () => {
    const { id } = await acceptElsewhere(harness, { verb: 'imagine', prompt: 'a fox' });
    await harness.complete(id, GRID_OUTPUT);
    const pressed = await send('action', { task_id: id, action: 'upsample2' });
    assert.equal(pressed.status, 200);
    assert.equal((await fetchTask(pressed.body.task_id)).body.prompt, 'a fox');
    assert.equal((await fetchTask(id, 'bob')).status, 404);
    assert.equal((await fetchTask(id, 'root')).body.task_id, id);
    const music = await acceptElsewhere(harness, { verb: 'music' }, { engine: 'suno', id: 'song' });
    assert.equal((await fetchTask(music.id)).status, 404, 'not of this API');
  });

  test('malformed bodies are 400: endlessly nested, or broken forms', async () => {
    const nested = `{"prompt":"a fox","more":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    for (const [contentType, payload, detail] of [
      ['application/json', nested, 'The request body is nested too deeply'],
      ['multipart/form-data', '', 'The request body is not a valid multipart form'],
      ['multipart/form-data; boundary=x', '--x', 'The request body is not a valid multipart form'],
    ] as const) {
      const headers = { authorization: 'Bearer ann', 'content-type': contentType };
      const reply = await app.inject({ method: 'POST', url: '/v1/imagine', headers, payload });
      assert.equal(reply.statusCode, 400);
      assert.deepEqual(reply.json(), { detail });
    }
  });
});
