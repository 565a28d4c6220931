import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify from 'fastify';
import { Type } from 'typebox';
import { createDocsPage, withDocument } from './openapi.ts';
import { documentOnly } from './exchange.ts';

async function openApp() {
  const app = fastify();
  const plugin = withDocument({
    name: 'linkr',
    plugin: async (app) => {
      documentOnly(app);
      app.addSchema(Type.Object({ count: Type.Integer() }, { $id: 'Echo' }));
      const schema = {
        summary: 'Echo',
        body: Type.Object({ count: Type.Integer({ minimum: 3 }) }),
        response: { 200: Type.Ref('Echo') },
      };
      for (const prefix of ['', '/api']) app.post(`${prefix}/v1/echo`, { schema }, async (request) => request.body ?? { empty: true });
      app.get('/v1/plain', async () => 'plain');
    },
  });
  await app.register(plugin);
  await app.register(
    withDocument({ name: 'native', plugin: async (app) => void app.get('/jobs', { schema: { summary: 'Jobs' } }, async () => []) }),
  );
  await app.register(createDocsPage([{ name: 'linkr' }, { name: 'native' }]));
  return app;
}

test('the schemas of a documented route change neither its requests nor its replies', async () => {
  const app = await openApp();
  const payload = { count: 'one', more: [1] };
  assert.deepEqual((await app.inject({ method: 'POST', url: '/v1/echo', payload })).json(), payload);
  assert.deepEqual((await app.inject({ method: 'POST', url: '/v1/echo' })).json(), { empty: true });
  await app.close();
});

test('a document holds the routes of its dialect that carry a schema, aliases left out, and named schemas once', async () => {
  const app = await openApp();
  const document = (await app.inject('/openapi/linkr.json')).json();
  assert.equal(document.openapi, '3.1.0');
  assert.deepEqual(Object.keys(document.paths), ['/v1/echo']);
  assert.deepEqual(document.paths['/v1/echo'].post.responses['200'].content['application/json'].schema, {
    $ref: '#/components/schemas/Echo',
  });
  assert.deepEqual(Object.keys(document.components.schemas), ['Echo']);
  assert.deepEqual(Object.keys((await app.inject('/openapi/native.json')).json().paths), ['/jobs']);
  await app.close();
});

test('the reference page offers every document and loads only from this server', async () => {
  const app = await openApp();
  const page = await app.inject('/docs');
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'; script-src 'self'; style-src 'self'/);
  const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part);
  assert.ok(parts.length >= 5);
  for (const part of parts) {
    assert.match(part, /^\/docs\//);
    assert.equal((await app.inject(part)).statusCode, 200);
  }
  const script = (await app.inject('/docs/static/swagger-initializer.js')).body;
  assert.match(script, /\/openapi\/native\.json.*\/openapi\/linkr\.json/s);
  assert.match(script, /validatorUrl: null/);
  await app.close();
});
