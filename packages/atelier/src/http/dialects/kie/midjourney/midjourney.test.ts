import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '@atelier/lib/json';
import type { Dialect } from '../../../dialect.ts';
import { GRID_OUTPUT, type Harness, createTestApp, createTestHarness, SINGLE_OUTPUT, VIDEO_OUTPUT } from '../../testing/harness.ts';
import { createKieDialect } from '../kie.ts';

const MISSING = { code: 422, msg: 'Record does not exist', data: null };

describe('kie', () => {
  let harness: Harness;
  let dialect: Dialect;
  let app: FastifyInstance;
  before(async () => {
    harness = await createTestHarness();
    dialect = createKieDialect(harness.deps);
    app = await createTestApp(dialect);
  });
  after(async () => {
    await app.close();
    await harness.close();
  });

  const post = async (path: string, payload: JsonObject | string, headers: Record<string, string> = {}, on = app) =>
    on.inject({
      method: 'POST',
      url: path,
      payload,
      headers: { authorization: 'Bearer ann', 'content-type': 'application/json', ...headers },
    });
  const get = async (url: string, key = 'ann') => app.inject({ url, headers: { authorization: `Bearer ${key}` } });
  const generate = async (body: JsonObject): Promise<string> => {
    const { taskId } = (await post('/api/v1/mj/generate', { prompt: 'a fox', ...body })).json().data;
    assert.match(taskId, /^[0-9a-f]{32}$/);
    return taskId;
  };
  const finished = async (output = GRID_OUTPUT): Promise<string> => (await harness.complete(await generate({}), output)).id;

  describe('POST /api/v1/mj/generate', () => {
    test('accepts a task, durable and visible before the answer', async () => {
      const body = { taskType: 'mj_txt2img', prompt: 'a fox', aspectRatio: '16:9', callBackUrl: 'https://example.com/hook' };
      const reply = await post('/api/v1/mj/generate', body);
      assert.equal(reply.statusCode, 200);
      assert.equal(reply.headers['content-type'], 'application/json;charset=UTF-8');
      const { data, ...envelope } = reply.json();
      assert.deepEqual(envelope, { code: 200, msg: 'success' });
      assert.deepEqual(Object.keys(data), ['taskId']);
      const job = harness.jobs.get(data.taskId);
      assert.equal(job?.dialect, 'kie');
      assert.equal(job.verb, 'imagine');
      assert.deepEqual(job.input, { verb: 'imagine', prompt: 'a fox --ar 16:9' });
      assert.equal(job.callbackUrl, 'https://example.com/hook');
      assert.equal(job.accountId, null);
      assert.equal(job.usesSlot, true);
      assert.equal(job.echo['promptJson'], JSON.stringify(body));
    });

    test('refuses in the envelope, under HTTP 200', async () => {
      const cases: [JsonObject | string, number, RegExp][] = [
        [{}, 422, /^prompt is required$/],
        [{ prompt: 'a fox', speed: 'warp' }, 422, /^speed must be/],
        [{ prompt: 'a {red, blue} fox' }, 422, /Send single prompts/],
        [{ prompt: 'a fox --repeat 3' }, 422, /Send single prompts/],
        [{ prompt: 'a fox', callBackUrl: 'http://localhost/x' }, 422, /URL/],
        [{ prompt: 'a fox', callBackUrl: 5.5 }, 422, /URL/],
        [{ prompt: 'a fox', taskType: 'mj_img2img', fileUrls: ['ftp://example.com/a.png'] }, 422, /URL/],
        ['{"prompt": ', 400, /not valid JSON/],
        [`{"prompt": "${'x'.repeat(1024 * 1024)}"}`, 400, /too large/],
      ];
      for (const [body, code, message] of cases) {
        const reply = await post('/api/v1/mj/generate', body);
        assert.equal(reply.statusCode, 200);
        assert.equal(reply.headers['content-type'], 'application/json;charset=UTF-8');
        const { msg, ...rest } = reply.json();
        assert.deepEqual(rest, { code, data: null });
        assert.match(msg, message);
      }
      assert.equal((await post('/api/v1/mj/generate', '<a/>', { 'content-type': 'text/xml' })).json().code, 400);
      assert.equal(
        (await app.inject({ method: 'POST', url: '/api/v1/mj/generate', headers: { authorization: 'Bearer ann' } })).json().code,
        422,
      );
    });

    test('a wrong key is answered before the body is read', async () => {
      const denied = { code: 401, msg: 'You do not have access permissions', data: null };
      for (const headers of [{ authorization: 'Bearer nobody' }, { authorization: '' }]) {
        const reply = await post('/api/v1/mj/generate', '{', headers);
        assert.equal(reply.statusCode, 200);
        assert.deepEqual(reply.json(), denied);
      }
    });

    test('the same Idempotency-Key gives the same task, another body is refused', async () => {
      const headers = { 'idempotency-key': 'once' };
      const first = await post('/api/v1/mj/generate', { prompt: 'a fox', speed: 'fast' }, headers);
      const again = await post('/api/v1/mj/generate', { speed: 'fast', prompt: 'a fox' }, headers);
      assert.deepEqual(again.json(), first.json());
      assert.equal((await post('/api/v1/mj/generate', { prompt: 'an owl' }, headers)).json().code, 422);
      const other = await post('/api/v1/mj/generate', { prompt: 'a fox', speed: 'fast' }, { ...headers, authorization: 'Bearer bob' });
      assert.notDeepEqual(other.json(), first.json());
    });

    test('callbacks are suppressed until the answer is sent', async () => {
      const taskId = await generate({});
      assert.equal(harness.suppressedJobs.size, 0);
      const inside: boolean[] = [];
      const watched = await createTestApp(
        createKieDialect({
          ...harness.deps,
          submit: async (request) => {
            inside.push(harness.suppressedJobs.has(request.id));
            return harness.deps.submit(request);
          },
        }),
      );
      await post('/api/v1/mj/generate', { prompt: taskId }, {}, watched);
      await watched.close();
      assert.deepEqual(inside, [true]);
      assert.equal(harness.suppressedJobs.size, 0);
    });
  });

  describe('POST /api/v1/mj/generateUpscale and generateVary', () => {
    test('press U or V of the requested picture, counted from 0', async () => {
      const taskId = await finished();
      for (const [path, label, action] of [
        ['generateUpscale', 'U', 'upsample'],
        ['generateVary', 'V', 'variation'],
      ]) {
        for (const imageIndex of [0, 3, '2']) {
          const number = Number(imageIndex) + 1;
          const body = { taskId, imageIndex, callBackUrl: 'https://example.com/hook' };
          const reply = (await post(`/api/v1/mj/${path}`, body)).json();
          assert.equal(reply.code, 200);
          const job = harness.jobs.get(reply.data.taskId);
          assert.deepEqual(job?.input, {
            verb: 'button',
            label: `${label}${number}`,
            customId: `MJ::JOB::${action}::${number}::uuid`,
            messageId: '1234567890123456789',
            messageFlags: 64,
            prompt: null,
            mask: null,
          });
          assert.equal(job.parentId, taskId);
          assert.equal(job.accountId, '1001', 'the message stands in the channel of this account');
          assert.equal(job.callbackUrl, 'https://example.com/hook');
          assert.equal(job.echo['promptJson'], JSON.stringify(body));
        }
      }
    });

    test('the aliases of the quickstart count from 1', async () => {
      const taskId = await finished();
      for (const [path, label] of [
        ['upscale', 'U1'],
        ['vary', 'V1'],
      ]) {
        const reply = (await post(`/api/v1/mj/${path}`, { taskId, index: 1 })).json();
        assert.equal(harness.jobs.get(reply.data.taskId)?.input['label'], label);
        assert.deepEqual((await post(`/api/v1/mj/${path}`, { taskId, index: 0 })).json(), MISSING);
      }
    });

    test('an unusable task is refused: unknown, unfinished, failed, another key’s, another number, not offered', async () => {
      const taskId = await finished();
      const failed = (await harness.fail(await generate({}), { code: 'prompt-moderated', title: 'Banned prompt', details: null })).id;
      const single = await finished(SINGLE_OUTPUT);
      for (const body of [
        { taskId: 'nope', imageIndex: 0 },
        { taskId: await generate({}), imageIndex: 0 },
        { taskId: failed, imageIndex: 0 },
        { taskId, imageIndex: 4 },
        { taskId, imageIndex: -1 },
        { taskId: single, imageIndex: 0 },
      ]) {
        const reply = await post('/api/v1/mj/generateVary', body);
        assert.equal(reply.statusCode, 200);
        assert.deepEqual(reply.json(), MISSING, JSON.stringify(body));
      }
      assert.deepEqual(
        (await post('/api/v1/mj/generateUpscale', { taskId, imageIndex: 0 }, { authorization: 'Bearer bob' })).json(),
        MISSING,
      );
      assert.equal(
        (await post('/api/v1/mj/generateUpscale', { taskId, imageIndex: 0 }, { authorization: 'Bearer root' })).json().code,
        200,
      );
    });

    test('missing or unreadable fields are named', async () => {
      const taskId = await finished();
      assert.equal((await post('/api/v1/mj/generateUpscale', { imageIndex: 0 })).json().msg, 'taskId is required');
      assert.equal((await post('/api/v1/mj/generateUpscale', { taskId })).json().msg, 'imageIndex is required');
      assert.equal((await post('/api/v1/mj/generateUpscale', { taskId, imageIndex: 'first' })).json().msg, 'imageIndex must be an integer');
      assert.equal((await post('/api/v1/mj/upscale', { taskId, imageIndex: 0 })).json().msg, 'index is required');
    });
  });

  describe('POST /api/v1/mj/generateVideoExtend', () => {
    const extend = async (body: JsonObject) => (await post('/api/v1/mj/generateVideoExtend', body)).json();

    test('presses the extend button of the requested video', async () => {
      const taskId = await finished(VIDEO_OUTPUT);
      const auto = await extend({ taskId, taskType: 'mj_video_extend_auto', index: 0, prompt: 'ignored' });
      const manual = await extend({ taskId, taskType: 'mj_video_extend_manual', index: 1, prompt: 'it flies away' });
      const press = (reply: { data: { taskId: string } }) => harness.jobs.get(reply.data.taskId);
      assert.equal(press(auto)?.input['customId'], 'MJ::JOB::animate_high_extend::1::uuid');
      assert.equal(press(auto)?.input['prompt'], null);
      assert.equal(press(manual)?.input['customId'], 'MJ::JOB::animate_low_extend::2::uuid');
      assert.equal(press(manual)?.input['prompt'], 'it flies away');
      assert.equal(press(manual)?.echo['taskType'], 'mj_video_extend_manual');
    });

    test('refuses a button that is not offered and an incomplete request', async () => {
      const taskId = await finished(VIDEO_OUTPUT);
      assert.deepEqual(await extend({ taskId: await finished(), taskType: 'mj_video_extend_auto', index: 0 }), MISSING);
      assert.deepEqual(await extend({ taskId, taskType: 'mj_video_extend_auto', index: 2 }), MISSING);
      assert.equal((await extend({ taskId, taskType: 'mj_video_extend_manual', index: 0 })).msg, 'prompt is required');
      assert.equal((await extend({ taskId, taskType: 'mj_video', index: 0 })).code, 422);
      assert.equal((await extend({ taskId, taskType: 'mj_video_extend_auto' })).msg, 'index is required');
    });
  });

  describe('GET', () => {
    test('record-info of an unknown task, or of another key’s task, is a success without data', async () => {
      const taskId = await generate({});
      const nothing = { code: 200, msg: 'success', data: null };
      assert.deepEqual((await get('/api/v1/mj/record-info?taskId=unknown')).json(), nothing);
      assert.deepEqual((await get(`/api/v1/mj/record-info?taskId=${taskId}`, 'bob')).json(), nothing);
      assert.equal((await get(`/api/v1/mj/record-info?taskId=${taskId}`, 'root')).json().data.taskId, taskId);
      assert.equal((await get(`/api/v1/mj/record-info?taskId=${taskId}`)).json().data.successFlag, 0);
      assert.equal((await get('/api/v1/mj/record-info')).json().msg, 'taskId is required');
    });

    test('chat/credit is a bare number', async () => {
      assert.deepEqual((await get('/api/v1/chat/credit')).json(), { code: 200, msg: 'success', data: 1_000_000 });
    });
  });

  test('the answer to an unknown path names the correct one', async () => {
    const cases: [string, string, RegExp][] = [
      ['GET', '/api/v1/mj/recordInfo?taskId=1', /Use GET \/api\/v1\/mj\/record-info\?taskId=\{taskId\}$/],
      ['GET', '/api/v1/mj/status/1', /record-info/],
      ['GET', '/api/v1/task/1', /record-info/],
      ['GET', '/api/v1/tasks/1', /record-info/],
      ['GET', '/api/v1/jobs/recordInfo', /record-info/],
      ['POST', '/api/v1/mj/createTask', /Use POST \/api\/v1\/mj\/generate$/],
      ['GET', '/api/v1/mj/generate', /Use POST \/api\/v1\/mj\/generate$/],
      ['POST', '/mj/generate', /Use POST \/api\/v1\/mj\/generate$/],
      ['POST', '/api/v1/mj/generateUpscales', /Use POST \/api\/v1\/mj\/generateUpscale$/],
      ['POST', '/api/v1/mj/variation', /Use POST \/api\/v1\/mj\/generateVary$/],
      ['POST', '/api/v1/mj/video-extend', /Use POST \/api\/v1\/mj\/generateVideoExtend$/],
      ['GET', '/api/v1/user/credits', /Use GET \/api\/v1\/chat\/credit$/],
      ['GET', '/api/v1/models', /Use POST \/api\/v1\/mj\/generate or POST \/api\/v1\/generate$/],
    ];
    for (const [method, url, message] of cases) {
      const reply = await app.inject({ method: method === 'GET' ? 'GET' : 'POST', url });
      assert.equal(reply.statusCode, 404);
      const { msg, ...rest } = reply.json();
      assert.deepEqual(rest, { code: 404, data: null });
      assert.match(msg, message);
    }
    for (const url of ['/api/v1/imagine', '/api/v1/fetch/1', '/v1/jobs/imagine', '/', '/api/v2/x']) {
      assert.equal(dialect.answerUnknownPath('GET', url), undefined, url);
    }
  });
});
