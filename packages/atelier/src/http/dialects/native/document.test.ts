import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { GRID_OUTPUT } from '../testing/harness.ts';
import { createTestHarness, type Harness } from './harness.fixture.ts';
import { VERBS } from './verbs/submit.ts';

describe('the native document', () => {
  let harness: Harness;
  let document: JsonObject;
  let ajv: Ajv2020;
  before(async () => {
    harness = await createTestHarness();
    document = (await harness.inject({ method: 'GET', url: '/openapi/native.json' })).body;
    ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    ajv.addFormat('byte', true);
    ajv.addSchema(document, 'document');
  });
  after(() => harness.close());

  /** Asserts that a reply fits the document's schema for its status: problem details for every failure. */
  function fits(path: string, method: string, status: number, body: unknown): void {
    const pointer = `document#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method}/responses/`;
    const reply =
      status < 400
        ? `${status}/content/application~1json/schema`
        : `${Math.floor(status / 100)}XX/content/application~1problem+json/schema`;
    const validate = ajv.getSchema(`${pointer}${reply}`);
    assert.ok(validate, `${method} ${path} documents no ${status}`);
    assert.ok(validate(body), `${method} ${path} ${status}: ${JSON.stringify(validate.errors)}`);
  }

  test('names every operation once, and every verb', () => {
    const operations = Object.values(objectAt(document, 'paths')).flatMap((path) =>
      isJsonObject(path) ? Object.values(path).filter(isJsonObject) : [],
    );
    const ids = operations.map((operation) => textAt(operation, 'operationId'));
    assert.equal(ids.includes(''), false);
    assert.equal(new Set(ids).size, ids.length);
    for (const operation of operations) assert.notEqual(textAt(operation, 'summary'), '');
    const schemas = objectAt(objectAt(document, 'components'), 'schemas');
    for (const { schema, name } of VERBS) assert.ok('$id' in schema && typeof schema.$id === 'string' && schema.$id in schemas, name);
    assert.equal(listAt(document, 'servers').length, 0);
  });

  test('its schemas are JSON Schema', () => {
    const schemas = objectAt(objectAt(document, 'components'), 'schemas');
    for (const name of Object.keys(schemas)) assert.ok(ajv.getSchema(`document#/components/schemas/${name}`), name);
  });

  test('replies fit their schemas', async () => {
    const root = { as: 'root' };
    const made = await harness.call('POST', '/jobs', { verb: 'imagine', prompt: 'a fox', callbackUrl: 'https://example.com/cb' });
    fits('/jobs', 'post', made.status, made.body);
    const jobId = textAt(made.body, 'id');
    await harness.complete(jobId, GRID_OUTPUT);
    const failed = await harness.imagine();
    await harness.fail(failed, { code: 'prompt-moderated', title: 'No', details: 'Really' });
    await harness.store.setAccountPause('10010010', { code: 'captcha-required', title: 'A CAPTCHA', details: null, atMs: 1 }, 1);
    const now = { createdAtMs: harness.clock.now(), expiresAtMs: harness.clock.now() + 1 };
    await harness.store.putAsset({
      id: 'a1',
      jobId,
      keyId: 'key_ann',
      contentType: 'image/png',
      filename: 'a.png',
      bytes: 3,
      width: 1,
      height: 1,
      ...now,
    });
    for (const [path, url, options] of [
      ['/jobs', '/jobs', {}],
      ['/jobs', '/jobs?limit=0', {}],
      ['/jobs/{jobId}', `/jobs/${jobId}`, {}],
      ['/jobs/{jobId}', `/jobs/${failed}`, {}],
      ['/jobs/{jobId}', '/jobs/none', {}],
      ['/jobs/{jobId}/deliveries', `/jobs/${jobId}/deliveries`, {}],
      ['/deliveries', '/deliveries', {}],
      ['/assets/{assetId}', '/assets/a1', {}],
      ['/me', '/me', {}],
      ['/keys', '/keys', root],
      ['/accounts', '/accounts', root],
      ['/accounts', '/accounts', {}],
      ['/accounts/{accountId}', '/accounts/10010010', root],
      ['/problems', '/problems', {}],
      ['/problems/{code}', '/problems/internal', {}],
    ] as const) {
      const { status, body } = await harness.call('GET', url, undefined, options);
      fits(path, 'get', status, body);
    }
    const created = await harness.call('POST', '/keys', { name: 'shop' }, root);
    fits('/keys', 'post', created.status, created.body);
  });
});
