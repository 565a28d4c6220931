import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { JobError } from '../../../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';
import { type Harness, createTestApp, createTestHarness } from '../testing/harness.ts';
import { createKieDialect, type KieOptions } from './kie.ts';

describe('kie: options and internal errors', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  const post = (path: string, payload: JsonObject, headers: Record<string, string>, on: FastifyInstance) =>
    on.inject({ method: 'POST', url: path, payload, headers: { authorization: 'Bearer ann', ...headers } });
  const get = (url: string, key: string, on: FastifyInstance) => on.inject({ url, headers: { authorization: `Bearer ${key}` } });
  const withOptions = async (options: Partial<KieOptions>) => createTestApp(createKieDialect({ ...harness.deps, options }));

  test('a rate limit refuses per key with 429 and says when to come back', async () => {
    const limited = await withOptions({ rateLimit: 2 });
    const submit = async (key: string, body: JsonObject = { prompt: 'a fox' }) =>
      post('/api/v1/mj/generate', body, { authorization: `Bearer ${key}` }, limited);
    assert.equal((await submit('ann')).json().code, 200);
    await harness.clock.advance(4_000);
    assert.equal((await submit('ann', {})).json().code, 422, 'a refused task is not counted');
    assert.equal((await submit('ann')).json().code, 200);
    const refused = await submit('ann');
    assert.equal(refused.statusCode, 200);
    assert.equal(refused.json().code, 429);
    assert.equal(refused.json().data, null);
    assert.equal(refused.headers['retry-after'], '6');
    assert.equal((await submit('bob')).json().code, 200);
    assert.equal((await get('/api/v1/chat/credit', 'ann', limited)).json().code, 200);
    await harness.clock.advance(6_000);
    assert.equal((await submit('ann')).json().code, 200);
    assert.equal((await submit('ann')).headers['retry-after'], '4');
    await limited.close();
  });

  test('mirrorHttpStatus answers only 401 and 429 as HTTP statuses', async () => {
    const mirrored = await withOptions({ mirrorHttpStatus: true, rateLimit: 1 });
    const statuses = [];
    for (const [key, body] of [
      ['nobody', { prompt: 'x' }],
      ['ann', { prompt: 'x' }],
      ['ann', { prompt: 'x' }],
      ['ann', {}],
    ] as const) {
      statuses.push((await post('/api/v1/mj/generate', body, { authorization: `Bearer ${key}` }, mirrored)).statusCode);
    }
    assert.deepEqual(statuses, [401, 200, 429, 200]);
    await mirrored.close();
  });

  test('an internal error hides its message', async () => {
    const broken = await createTestApp(createKieDialect({ ...harness.deps, submit: async () => Promise.reject(new Error('secret path')) }));
    const reply = await post('/api/v1/mj/generate', { prompt: 'x' }, {}, broken);
    assert.equal(reply.statusCode, 200);
    assert.deepEqual(reply.json(), { code: 500, msg: 'Internal Error - Please try again later', data: null });
    const paused = await createTestApp(
      createKieDialect({ ...harness.deps, submit: async () => Promise.reject(new JobError('account-paused', 'Paused')) }),
    );
    assert.deepEqual((await post('/api/v1/mj/generate', { prompt: 'x' }, {}, paused)).json(), { code: 455, msg: 'Paused', data: null });
    await broken.close();
    await paused.close();
  });
});
