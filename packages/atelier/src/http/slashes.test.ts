import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { createDialects } from './dialects.ts';
import { addKeys } from './dialects/testing/harness.ts';
import { createTestApp, createTestServices, type TestServices } from './dialects/testing/test-services.ts';

const URL_FIELD = 'https://example.com//a//b.png';

/** Two requests of each dialect: one makes a job, one reads; with the status that shows that the route was found. */
const REQUESTS: readonly (InjectOptions & { url: string; status: number })[] = [
  { method: 'POST', url: '/jobs', payload: { verb: 'imagine', prompt: 'a fox', callbackUrl: URL_FIELD }, status: 202 },
  { method: 'GET', url: '/jobs?limit=1', status: 200 },
  { method: 'POST', url: '/v2/jobs/imagine', payload: { prompt: '' }, status: 400 },
  { method: 'GET', url: '/v2/account', status: 200 },
  {
    method: 'POST',
    url: '/api/v1/generate',
    payload: { customMode: false, instrumental: false, model: 'V5', prompt: 'a song of the sea', callBackUrl: URL_FIELD },
    status: 200,
  },
  { method: 'GET', url: '/api/v1/mj/record-info?taskId=none', status: 200 },
  { method: 'POST', url: '/v1/imagine', payload: { prompt: 'a fox', webhook_url: URL_FIELD }, status: 200 },
  { method: 'GET', url: '/v1/fetch/none', status: 404 },
];

/** Unknown paths, with a member that only the error shape of their dialect has. */
const UNKNOWN: readonly [path: string, member: string][] = [
  ['/nothing', 'type'],
  ['/v2/nothing', 'error'],
  ['/api/v1/nothing', 'msg'],
  ['/v1/action/nothing', 'detail'],
];

const FORMS: readonly [name: string, form: (path: string) => string][] = [
  ['a base URL that ends in a slash', (path) => `/${path}`],
  ['a slash at the end', (path) => `${path}/`],
  ['doubled slashes', (path) => path.replaceAll('/', '//')],
  ['all of them', (path) => `//${path.replaceAll('/', '///')}//`],
];

describe('slashes', () => {
  let services: TestServices;
  let app: FastifyInstance;
  let origin: string;
  before(async () => {
    services = await createTestServices();
    await addKeys(services.deps.store);
    await services.deps.accounts.configure({ channelId: '10010010', guildId: '20020020', token: 'a token', maxJobs: 3 });
    const dialects = createDialects({ kieMirrorStatus: false, kieRateLimit: 0, sunoDialect: 'kie' }, services.deps);
    app = await createTestApp({ dialects });
    origin = await app.listen({ host: '127.0.0.1', port: 0 });
  });
  after(async () => {
    await app.close();
    await services.close();
  });

  const send = (options: InjectOptions) => app.inject({ ...options, headers: { authorization: 'Bearer ann', ...options.headers } });
  /** The whole answer to a GET with this request target, which no client library has changed. */
  async function sendTarget(target: string): Promise<string> {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`GET ${target} HTTP/1.1\r\nhost: atelier.test\r\nauthorization: Bearer ann\r\nconnection: close\r\n\r\n`);
    return text(socket);
  }
  const formed = (url: string, form: (path: string) => string): string => {
    const [path = '', query] = url.split('?');
    return query === undefined ? form(path) : `${form(path)}?${query}`;
  };

  for (const [name, form] of FORMS) {
    describe(name, () => {
      for (const { url, status, ...request } of REQUESTS) {
        test(`${request.method} ${formed(url, form)} is ${url}`, async () => {
          const [plain, other] = [await send({ ...request, url }), await send({ ...request, url: formed(url, form) })];
          assert.equal(plain.statusCode, status, plain.body);
          assert.equal(other.statusCode, status, other.body);
          if (request.method === 'GET') assert.deepEqual(other.json(), plain.json());
        });
      }
      for (const [path, member] of UNKNOWN) {
        test(`${form(path)} is unknown in the shape of its dialect`, async () => {
          const reply = await send({ method: 'POST', url: form(path) });
          assert.equal(reply.statusCode, 404);
          assert.ok(member in reply.json(), reply.body);
        });
      }
    });
  }

  test('requests with one Idempotency-Key are one request, with any slashes', async () => {
    for (const { url, status, ...request } of REQUESTS.filter(({ method, status }) => method === 'POST' && status < 300)) {
      const headers = { 'idempotency-key': url };
      const bodies: unknown[] = [];
      for (const [, form] of [['', (path: string) => path] as const, ...FORMS]) {
        const reply = await send({ ...request, headers, url: form(url) });
        assert.equal(reply.statusCode, status, reply.body);
        bodies.push(reply.json());
      }
      for (const body of bodies) assert.deepEqual(body, bodies[0]);
    }
  });

  test('useapi keeps the page `jobs/` apart from `jobs`', async () => {
    assert.deepEqual((await send({ method: 'GET', url: '//v2//jobs?jobid=none' })).json().code, 404);
    assert.equal(
      (await send({ method: 'GET', url: '/v2//jobs/' })).statusCode,
      (await send({ method: 'GET', url: '/v2/jobs/' })).statusCode,
    );
    assert.notEqual((await send({ method: 'GET', url: '/v2/jobs/' })).statusCode, 200);
    assert.equal((await send({ method: 'GET', url: '/v2/jobs' })).statusCode, 200);
    assert.equal((await send({ method: 'GET', url: '/v1//jobs/?jobid=none' })).statusCode, 404);
  });

  test('a query stays as it was sent', async () => {
    const reply = await send({ method: 'GET', url: '//jobs/?accountId=http://a//b/&status=queued' });
    assert.equal(reply.statusCode, 200, reply.body);
    assert.deepEqual(reply.json().items, []);
  });

  test('no path is taken for a host, and no path leaves its folder', async () => {
    const targets = ['//evil.example/x', '/\\evil.example/x', '//evil.example/docs/static/index.html', '/assets/..//x', '/docs/..//jobs'];
    for (const target of targets) {
      const reply = await sendTarget(target);
      assert.match(reply, /^HTTP\/1\.1 404 /, target);
      assert.doesNotMatch(reply, /^location:/im, target);
    }
    const redirect = await send({ method: 'GET', url: '//docs/static/index.html' });
    assert.equal(redirect.headers.location, '/docs/');
    const page = await send({ method: 'GET', url: '//docs/' });
    assert.equal(page.body, (await send({ method: 'GET', url: '/docs/' })).body);
  });

  test('an unknown path is shown as it was sent', async () => {
    const { detail } = (await send({ method: 'GET', url: '//evil.example//x/' })).json();
    assert.match(detail, /^Route not found: GET \/\/evil\.example\/\/x\/\./);
  });

  test('a path with broken percent-encoding gets the answer of its dialect', async () => {
    assert.equal((await send({ method: 'GET', url: '//v2//jobs/%zz/' })).json().code, 404);
    assert.equal((await send({ method: 'GET', url: '//%zz' })).json().code, 'invalid-request');
  });

  test('a target in absolute form works', async () => {
    assert.match(await sendTarget('http://atelier.test/healthz'), /^HTTP\/1\.1 200 /);
  });
});
