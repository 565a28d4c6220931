import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { FailureCode } from '../../../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { Dialect } from '../../dialect.ts';
import { fakeAccount, GRID_OUTPUT, type Harness, createTestApp, createTestHarness, policyOf, SINGLE_OUTPUT } from '../testing/harness.ts';
import { createLinkrDialect } from './linkr.ts';

const POLICY_DETAIL = "Your prompt contains a term that violates Midjourney's content policy. Please rephrase and try again.";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('linkr', () => {
  let harness: Harness;
  let dialect: Dialect;
  let app: FastifyInstance;
  before(async () => {
    harness = await createTestHarness();
    dialect = createLinkrDialect({ ...harness.deps, policy: policyOf(['gore']) });
    app = await createTestApp(dialect);
  });
  after(async () => {
    await app.close();
    await harness.close();
  });

  const post = async (url: string, payload: JsonObject | string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url, payload, headers: { authorization: 'Bearer ann', 'content-type': 'application/json', ...headers } });
  const get = async (url: string, key = 'ann') => app.inject({ url, headers: { authorization: `Bearer ${key}` } });
  const imagine = async (body: JsonObject = {}): Promise<string> =>
    (await post('/v1/imagine', { prompt: 'a fox', ...body })).json().task_id;
  const finished = async (output = GRID_OUTPUT): Promise<string> => (await harness.complete(await imagine(), output)).id;
  const detailOf = async (request: ReturnType<typeof post>, status: number): Promise<string> => {
    const reply = await request;
    assert.equal(reply.statusCode, status, reply.body);
    assert.deepEqual(Object.keys(reply.json()), ['detail']);
    return reply.json().detail;
  };
  /** Runs `task` while the harness has only these accounts. */
  const withAccounts = async (accounts: typeof harness.accounts, task: () => Promise<void>): Promise<void> => {
    const usual = harness.accounts.splice(0, harness.accounts.length, ...accounts);
    await task().finally(() => harness.accounts.splice(0, harness.accounts.length, ...usual));
  };
  const paused = (code: FailureCode) => fakeAccount('1001', { code, title: 'Blocked', details: null, atMs: 0 });

  describe('POST /v1/imagine', () => {
    test('accepts a task under both prefixes', async () => {
      for (const path of ['/v1/imagine', '/api/v1/imagine']) {
        const reply = await post(path, { prompt: 'a fox --ar 16:9', webhook_url: 'https://example.com/hook' });
        assert.equal(reply.statusCode, 200);
        const { task_id: taskId, ...rest } = reply.json();
        assert.deepEqual(rest, { status: 'SUCCESS', message: 'Task submitted successfully' });
        assert.match(taskId, UUID);
        const job = harness.jobs.get(taskId);
        assert.equal(job?.dialect, 'linkr');
        assert.deepEqual(job.input, { verb: 'imagine', prompt: 'a fox --ar 16:9' });
        assert.equal(job.callbackUrl, 'https://example.com/hook');
        assert.equal(job.accountId, null);
        assert.equal(job.usesSlot, true);
        assert.equal(harness.suppressedJobs.size, 0);
      }
    });

    test('400 for an empty or missing prompt and for a body that cannot be read', async () => {
      for (const body of [{}, { prompt: '' }, { prompt: ' \n' }, { prompt: null }]) {
        assert.equal(await detailOf(post('/v1/imagine', body), 400), 'prompt is empty or missing.');
      }
      await detailOf(post('/v1/imagine', { prompt: 5 }), 400);
      await detailOf(post('/v1/imagine', { prompt: 'x'.repeat(6_001) }), 400);
      await detailOf(post('/v1/imagine', '{'), 400);
      await detailOf(post('/v1/imagine', `"${'x'.repeat(1024 * 1024)}"`), 413);
      await detailOf(post('/v1/imagine', '<a/>', { 'content-type': 'text/xml' }), 415);
      await detailOf(app.inject({ method: 'POST', url: '/v1/imagine', headers: { authorization: 'Bearer ann' } }), 400);
    });

    test('400 for a prompt that stands for several jobs', async () => {
      for (const prompt of ['a {red, blue} fox', 'a fox --repeat 3'])
        assert.match(await detailOf(post('/v1/imagine', { prompt }), 400), /Send single prompts/);
    });

    test('400 with the manual’s words for a blocked term, before anything is sent', async () => {
      const jobsBefore = harness.jobs.size;
      for (const prompt of ['a gore scene', 'a GÓRE scene', 'a ｇｏｒｅ scene'])
        assert.equal(await detailOf(post('/v1/imagine', { prompt }), 400), POLICY_DETAIL);
      assert.equal(harness.jobs.size, jobsBefore);
      assert.equal((await post('/v1/imagine', { prompt: 'a gorey scene' })).statusCode, 200);
    });

    test('where the policy is off, nothing is checked', async () => {
      const open = await createTestApp(createLinkrDialect(harness.deps));
      const reply = await open.inject({
        method: 'POST',
        url: '/v1/imagine',
        payload: { prompt: 'gore' },
        headers: { authorization: 'Bearer ann' },
      });
      assert.equal(reply.statusCode, 200);
      await open.close();
    });

    test('a reference image goes in front of the prompt; other files are refused', async () => {
      const taskId = await imagine({ reference_image: 'https://example.com/A.JPEG?size=1' });
      assert.equal(harness.jobs.get(taskId)?.input['prompt'], 'https://example.com/A.JPEG?size=1 a fox');
      assert.equal((await get(`/v1/fetch/${taskId}`)).json().prompt, 'a fox');
      for (const url of [
        'https://example.com/a.png',
        'https://example.com/a.webp',
        'https://example.com/v1.2/photo',
        'https://example.com',
      ]) {
        assert.match(await imagine({ reference_image: url }), UUID, url);
      }
      for (const url of ['https://example.com/a.gif', 'https://example.com/a.php?x=a.png', 'http://localhost/a.png', 'a.png', 7]) {
        await detailOf(post('/v1/imagine', { prompt: 'a fox', reference_image: url }), 400);
      }
      for (const nothing of ['', null])
        assert.equal(harness.jobs.get(await imagine({ reference_image: nothing }))?.input['prompt'], 'a fox');
    });

    test('URLs: the guard checks image prompts and the webhook, not links among the words', async () => {
      const prompt = 'https://example.com/photo.jpg a cyberpunk city, neon lights --ar 16:9';
      assert.equal(harness.jobs.get(await imagine({ prompt }))?.input['prompt'], prompt);
      await detailOf(post('/v1/imagine', { prompt: 'http://localhost/a.png a fox' }), 400);
      await detailOf(post('/v1/imagine', { prompt: 'https://example.com/a.png <http://localhost/a.png> a fox' }), 400);
      await detailOf(post('/v1/imagine', { prompt: 'a fox', webhook_url: 'http://localhost/hook' }), 400);
      assert.match(await imagine({ prompt: 'a sign that says http://localhost' }), UUID);
    });

    test('401 for a missing or wrong key, before the body is read', async () => {
      for (const authorization of ['', 'Bearer nobody']) {
        assert.equal(await detailOf(post('/v1/imagine', '{', { authorization }), 401), 'Invalid or missing API key.');
      }
    });

    test('403 when every account is suspended, 502 when Discord refuses every account', async () => {
      const body = { prompt: 'a fox' };
      for (const code of ['account-blocked', 'pending-moderation', 'subscription-required'] as const) {
        await withAccounts([paused(code)], async () => {
          assert.equal(await detailOf(post('/v1/imagine', body), 403), 'Hold account is suspended: Blocked');
        });
      }
      await withAccounts([paused('account-unauthorized')], async () => {
        assert.equal(await detailOf(post('/v1/imagine', body), 502), 'Failed to connect to Discord. Check your Discord token.');
      });
      await withAccounts([], async () => {
        assert.match(await detailOf(post('/v1/imagine', body), 502), /^Failed to connect to Discord\./);
      });
      await withAccounts([paused('account-blocked'), fakeAccount('1002', null)], async () => {
        assert.equal((await post('/v1/imagine', body)).statusCode, 200);
      });
    });

    test('the same Idempotency-Key gives the same task under either prefix, another body is refused', async () => {
      const headers = { 'idempotency-key': 'once' };
      const first = await post('/v1/imagine', { prompt: 'a fox' }, headers);
      assert.deepEqual((await post('/api/v1/imagine', { prompt: 'a fox' }, headers)).json(), first.json());
      await detailOf(post('/v1/imagine', { prompt: 'an owl' }, headers), 422);
    });
  });

  describe('POST /v1/action', () => {
    test('by name, by custom_id, by label', async () => {
      const taskId = await finished();
      const cases: [string, string, string][] = [
        ...[1, 2, 3, 4].map((n): [string, string, string] => [`upsample${n}`, `MJ::JOB::upsample::${n}::uuid`, `upsample${n}`]),
        ...[1, 2, 3, 4].map((n): [string, string, string] => [`variation${n}`, `MJ::JOB::variation::${n}::uuid`, `variation${n}`]),
        ['reroll', 'MJ::JOB::reroll::0::uuid', 'reroll'],
        ['MJ::JOB::variation::3::uuid', 'MJ::JOB::variation::3::uuid', 'variation3'],
        ['U2', 'MJ::JOB::upsample::2::uuid', 'upsample2'],
        ['🔄', 'MJ::JOB::reroll::0::uuid', 'reroll'],
      ];
      for (const [action, customId, name] of cases) {
        const path = action === 'U2' ? '/api/v1/action' : '/v1/action';
        const reply = await post(path, { task_id: taskId, action, webhook_url: 'https://example.com/hook' });
        assert.equal(reply.statusCode, 200, action);
        const { task_id: newId, ...rest } = reply.json();
        assert.deepEqual(rest, { status: 'SUCCESS', message: 'Action submitted successfully' });
        assert.notEqual(newId, taskId);
        const job = harness.jobs.get(newId);
        assert.equal(job?.input['customId'], customId);
        assert.equal(job.input['messageId'], '1234567890123456789');
        assert.equal(job.input['messageFlags'], 64);
        assert.equal(job.parentId, taskId);
        assert.equal(job.accountId, '1001');
        assert.equal(job.callbackUrl, 'https://example.com/hook');
        const task = (await get(`/v1/fetch/${newId}`)).json();
        assert.equal(task.action, name);
        assert.equal(task.prompt, 'a fox');
      }
      const single = await finished(SINGLE_OUTPUT);
      const { task_id: upscale } = (await post('/v1/action', { task_id: single, action: 'upscale (subtle)' })).json();
      assert.equal((await get(`/v1/fetch/${upscale}`)).json().action, 'Upscale (Subtle)');
    });

    test('refuses an unknown or unfinished task and an unknown action', async () => {
      const taskId = await finished();
      for (const action of ['upsample5', 'U5', 'MJ::JOB::upsample::1::other', 'Upscale (Subtle)']) {
        assert.equal(await detailOf(post('/v1/action', { task_id: taskId, action }), 400), 'Action not found in task components');
      }
      const running = await imagine();
      assert.equal(await detailOf(post('/v1/action', { task_id: running, action: 'upsample1' }), 400), 'Source task is not completed');
      const bare = await finished({ ...GRID_OUTPUT, buttons: [] });
      assert.equal(await detailOf(post('/v1/action', { task_id: bare, action: 'upsample1' }), 400), 'Source task has no components');
      assert.equal(await detailOf(post('/v1/action', { task_id: 'nope', action: 'upsample1' }), 404), 'Task not found');
      const bobs = { authorization: 'Bearer bob' };
      assert.equal(await detailOf(post('/v1/action', { task_id: taskId, action: 'upsample1' }, bobs), 404), 'Task not found');
      assert.equal(await detailOf(post('/v1/action', { action: 'upsample1' }), 400), 'task_id is empty or missing.');
      assert.equal(await detailOf(post('/v1/action', { task_id: taskId }), 400), 'action is empty or missing.');
      await withAccounts([paused('account-blocked'), fakeAccount('1002', null)], async () => {
        await detailOf(post('/v1/action', { task_id: taskId, action: 'upsample1' }), 403);
      });
    });
  });

  describe('GET /v1/fetch', () => {
    test('404 for an unknown task or another key’s; 401 without a key', async () => {
      const taskId = await imagine();
      for (const path of ['/v1/fetch/nope', '/api/v1/fetch/nope', '/v1/fetch/%00'])
        assert.equal(await detailOf(get(path), 404), 'Task not found');
      assert.equal(await detailOf(get(`/v1/fetch/${taskId}`, 'bob'), 404), 'Task not found');
      assert.equal((await get(`/v1/fetch/${taskId}`, 'root')).statusCode, 200);
      await detailOf(get('/v1/fetch/nope', 'nobody'), 401);
    });
  });

  test('an internal error hides its message', async () => {
    const broken = await createTestApp(
      createLinkrDialect({ ...harness.deps, submit: async () => Promise.reject(new Error('secret path')) }),
    );
    const reply = await broken.inject({
      method: 'POST',
      url: '/v1/imagine',
      payload: { prompt: 'x' },
      headers: { authorization: 'Bearer ann' },
    });
    assert.equal(reply.statusCode, 500);
    assert.deepEqual(reply.json(), { detail: 'Internal error' });
    await broken.close();
  });

  test('the answer to an unknown path names the correct one', async () => {
    const cases: [string, string, RegExp][] = [
      ['GET', '/v1/imagine/123', /Use GET \/v1\/fetch\/\{task_id\}$/],
      ['GET', '/v1/fetch', /Use GET \/v1\/fetch\/\{task_id\}$/],
      ['GET', '/v1/task/123', /Use GET \/v1\/fetch/],
      ['GET', '/v1/status/123', /Use GET \/v1\/fetch/],
      ['POST', '/v1/fetch/123', /Use GET \/v1\/fetch/],
      ['POST', '/imagine', /Use POST \/v1\/imagine$/],
      ['POST', '/api/imagine', /Use POST \/v1\/imagine$/],
      ['POST', '/api/v1/action/123', /Use POST \/v1\/action$/],
      ['POST', '/api/v1/info', /Use GET \/v1\/info$/],
    ];
    for (const [method, url, message] of cases) {
      assert.match(await detailOf(app.inject({ method: method === 'GET' ? 'GET' : 'POST', url }), 404), message);
    }
    for (const url of ['/v1/jobs/imagine', '/v1/account', '/api/v1/mj/generate', '/', '/v2/jobs'])
      assert.equal(dialect.answerUnknownPath('GET', url), undefined, url);
  });
});
