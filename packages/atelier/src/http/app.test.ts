import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { createMetrics } from './metrics.ts';
import { createTestApp } from './dialects/testing/test-services.ts';

/** Answers with the parsed body. */
const echo: FastifyPluginAsync = async (app) => {
  app.post('/echo', async ({ body }) => ({ body: body ?? null }));
  app.get('/broken', async () => {
    throw new Error('a secret of the server');
  });
};

describe('the app', () => {
  let app: FastifyInstance;
  let ready = true;
  before(async () => {
    const checkReady = async () => {
      if (!ready) throw new Error('no store');
      return { accounts: { active: 1, held: 2, paused: 0 } };
    };
    app = await createTestApp({
      metrics: createMetrics({ running: () => 3, accounts: async () => ({ active: 1, held: 2, paused: 0 }) }),
      plugins: [echo],
      checkReady,
    });
  });
  after(() => app.close());

  const post = (payload: string, type: string) => app.inject({ method: 'POST', url: '/echo', headers: { 'content-type': type }, payload });

  test('reads JSON, forms, JSON sent as a form, and multipart alike', async () => {
    assert.deepEqual((await post('{"prompt":"a fox"}', 'application/json')).json(), { body: { prompt: 'a fox' } });
    assert.deepEqual((await post('prompt=a%20fox', 'application/x-www-form-urlencoded')).json(), { body: { prompt: 'a fox' } });
    assert.deepEqual((await post('{"prompt":"a fox"}', 'application/x-www-form-urlencoded')).json(), { body: { prompt: 'a fox' } });
    const multipart = '--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na fox\r\n--x--\r\n';
    assert.deepEqual((await post(multipart, 'multipart/form-data; boundary=x')).json(), { body: { prompt: 'a fox' } });
  });

  test('treats an empty body, and JSON that is not an object, as no body', async () => {
    assert.deepEqual((await post('', 'application/json')).json(), { body: null });
    assert.deepEqual((await post('[1,2]', 'application/json')).json(), { body: null });
    assert.deepEqual((await post('"text"', 'application/json')).json(), { body: null });
  });

  test('refuses malformed, poisoned and oversized bodies with a status of their own', async () => {
    assert.equal((await post('{"prompt":', 'application/json')).statusCode, 400);
    assert.equal((await post('{"__proto__":{"admin":true}}', 'application/json')).statusCode, 400);
    assert.equal((await post(JSON.stringify({ prompt: 'x'.repeat(1_100_000) }), 'application/json')).statusCode, 413);
    assert.equal((await post('<prompt/>', 'application/xml')).statusCode, 415);
  });

  test('refuses a deeply nested body, and accepts the nesting of real programs', async () => {
    const nested = (levels: number) => `{"more":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    const deep = await post(nested(200), 'application/json');
    assert.deepEqual([deep.statusCode, deep.json().detail], [400, 'The request body is nested too deeply']);
    assert.equal((await post(nested(50), 'application/json')).statusCode, 200);
  });

  test('does not show the text of an unexpected error', async () => {
    const reply = await app.inject('/broken');
    assert.equal(reply.statusCode, 500);
    assert.equal(reply.json().detail, 'Internal error');
    assert.doesNotMatch(reply.body, /a secret of the server/);
  });

  test('lists the routes on /, and names the nearest route for an unknown path', async () => {
    assert.equal((await app.inject('/')).statusCode, 200);
    const stray = await app.inject('/v3/jobs/imagine');
    assert.equal(stray.statusCode, 404);
    assert.match(String(stray.headers['content-type']), /^application\/problem\+json/);
    assert.equal(stray.json().didYouMean, 'POST /jobs with "verb": "imagine" (useapi: POST /v2/jobs/imagine)');
  });

  test('reports health, readiness and metrics', async () => {
    assert.equal((await app.inject('/healthz')).statusCode, 200);
    const readyz = await app.inject('/readyz');
    assert.deepEqual([readyz.statusCode, readyz.json()], [200, { status: 'ready', accounts: { active: 1, held: 2, paused: 0 } }]);
    ready = false;
    assert.equal((await app.inject('/readyz')).statusCode, 503);
    const metrics = await app.inject('/metrics');
    assert.match(metrics.body, /atelier_jobs_running 3/);
    assert.match(metrics.body, /atelier_accounts\{status="held"\} 2/);
  });

  test('allows calls from browsers', async () => {
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/echo',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });
    assert.equal(preflight.headers['access-control-allow-origin'], 'https://app.example');
  });
});
