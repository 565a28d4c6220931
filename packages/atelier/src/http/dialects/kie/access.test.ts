import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import { watchAnswers, type Answers } from '../testing/answers.ts';
import { acceptElsewhere, addUselessKeys } from '../testing/elsewhere.ts';
import { type Harness, createTestApp, createTestHarness, policyOf, VIDEO_OUTPUT } from '../testing/harness.ts';
import { createKieDialect } from './kie.ts';

describe('kie: access', () => {
  let harness: Harness;
  let answers: Answers;
  let app: Awaited<ReturnType<typeof createTestApp>>;
  before(async () => {
    harness = await createTestHarness();
    await addUselessKeys(harness);
    answers = watchAnswers(createKieDialect({ ...harness.deps, policy: policyOf(['gore']) }));
    app = await createTestApp(answers.dialect);
  });
  after(async () => {
    await app.close();
    await harness.close();
  });

  const send = async (path: string, payload?: JsonObject, key = 'ann') => {
    const headers = { authorization: `Bearer ${key}` };
    const reply = await app.inject({
      method: payload ? 'POST' : 'GET',
      url: `/api/v1/mj/${path}`,
      headers,
      ...(payload ? { payload } : {}),
    });
    assert.equal(reply.statusCode, 200);
    assert.deepEqual(answers.faults, []);
    return reply.json();
  };
  const recordOf = (id: string, key?: string) => send(`record-info?taskId=${encodeURIComponent(id)}`, undefined, key);

  test('402 for an expired key, 403 for a suspended one, in the envelope', async () => {
    for (const path of ['record-info?taskId=1', 'generate'] as const) {
      const body = path === 'generate' ? { prompt: 'a fox' } : undefined;
      assert.deepEqual(await send(path, body, 'late'), { code: 402, msg: 'This API key has expired', data: null });
      assert.deepEqual(await send(path, body, 'banned'), { code: 403, msg: 'This API key is suspended', data: null });
    }
  });

  test('a task of another dialect is shown as the kie request for the same result', async () => {
    const cases: [JsonObject & { verb: string }, string, string][] = [
      [{ verb: 'imagine', prompt: 'a fox --ar 16:9' }, 'mj_txt2img', 'a fox --ar 16:9'],
      [{ verb: 'imagine', prompt: 'https://example.com/a.png a fox' }, 'mj_img2img', 'https://example.com/a.png a fox'],
      [{ verb: 'imagine', prompt: 'a fox --sref https://a.b/c' }, 'mj_style_reference', 'a fox --sref https://a.b/c'],
      [{ verb: 'imagine', prompt: 'a fox --oref https://a.b/c' }, 'mj_omni_reference', 'a fox --oref https://a.b/c'],
      [{ verb: 'imagine', prompt: 'https://a.b/c go --video' }, 'mj_video', 'https://a.b/c go --video'],
      [{ verb: 'button', label: 'U2', customId: 'MJ::JOB::upsample::2::x', prompt: null }, 'mj_upscale', ''],
      [{ verb: 'button', label: 'Vary (Strong)', customId: 'MJ::JOB::high_variation::1::x', prompt: 'an owl' }, 'mj_vary', 'an owl'],
      [{ verb: 'button', label: 'Animate', customId: 'MJ::JOB::animate_high::1::x', prompt: null }, 'mj_video', ''],
      [{ verb: 'button', label: 'Extend', customId: 'MJ::JOB::animate_high_extend::1::x', prompt: null }, 'mj_video_extend_auto', ''],
      [{ verb: 'button', label: 'Extend', customId: 'MJ::JOB::animate_low_extend::1::x', prompt: 'on' }, 'mj_video_extend_manual', 'on'],
      [{ verb: 'blend', imageUrls: ['https://a.b/c'] }, 'mj_blend', ''],
    ];
    for (const [input, taskType, prompt] of cases) {
      const { id } = await acceptElsewhere(harness, input);
      await harness.complete(id);
      const { data } = await recordOf(id);
      assert.equal(data.taskId, id);
      assert.equal(data.taskType, taskType);
      assert.deepEqual(JSON.parse(data.paramJson), { fileUrl: '', prompt, taskType, waterMark: '' });
      assert.equal(data.successFlag, 1);
      assert.equal(data.resultInfoJson.resultUrls.length, 4);
    }
  });

  test('a task of another dialect can be upscaled; it is hidden from other keys but not from the admin key', async () => {
    const { id } = await acceptElsewhere(harness, { verb: 'imagine', prompt: 'a fox' });
    await harness.complete(id);
    assert.equal((await send('generateUpscale', { taskId: id, imageIndex: 0 })).code, 200);
    assert.equal((await recordOf(id, 'bob')).data, null);
    assert.equal((await recordOf(id, 'root')).data.taskId, id);
    assert.equal((await send('generateVary', { taskId: id, imageIndex: 0 }, 'bob')).code, 422);
    const music = await acceptElsewhere(harness, { verb: 'music' }, { engine: 'suno', id: 'song' });
    assert.equal((await recordOf(music.id)).data, null, 'not of this part of the API');
  });

  test('the content policy refuses prompts with 422, also the prompt of a video extension', async () => {
    const refused = { code: 422, msg: 'The prompt holds a term that the content policy of this server does not allow', data: null };
    assert.deepEqual(await send('generate', { prompt: 'a GÓRE scene' }), refused);
    const { id } = await acceptElsewhere(harness, { verb: 'imagine', prompt: 'go --video' });
    await harness.complete(id, VIDEO_OUTPUT);
    const extend = { taskId: id, taskType: 'mj_video_extend_manual', index: 0 };
    assert.deepEqual(await send('generateVideoExtend', { ...extend, prompt: 'gore' }), refused);
    assert.equal((await send('generateVideoExtend', { ...extend, prompt: 'a gorey end' })).code, 200);
  });

  test('malformed bodies are 400: endlessly nested, or broken forms', async () => {
    const headers = { authorization: 'Bearer ann', 'content-type': 'application/json' };
    const nested = `{"prompt":"a fox","more":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const post = (contentType: string, payload: string) =>
      app.inject({ method: 'POST', url: '/api/v1/mj/generate', headers: { ...headers, 'content-type': contentType }, payload });
    assert.deepEqual((await post('application/json', nested)).json(), {
      code: 400,
      msg: 'The request body is nested too deeply',
      data: null,
    });
    const broken = { code: 400, msg: 'The request body is not a valid multipart form', data: null };
    assert.deepEqual((await post('multipart/form-data', '')).json(), broken);
    assert.deepEqual((await post('multipart/form-data; boundary=x', '--x')).json(), broken);
  });
});
