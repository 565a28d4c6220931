import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isJsonObject, textAt, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { GRID_OUTPUT } from '../testing/harness.ts';
import { createTestHarness, type Harness } from './harness.fixture.ts';

const itemsOf = (body: JsonObject): JsonObject[] => (Array.isArray(body['items']) ? body['items'].filter(isJsonObject) : []);
const idsOf = (body: JsonObject): (JsonValue | undefined)[] => itemsOf(body).map(({ id }) => id);

describe('reading jobs', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  test('requires a key before it checks anything else', async () => {
    const { status, body, headers } = await harness.inject({ method: 'POST', url: '/jobs', payload: {} });
    assert.equal(status, 401);
    assert.equal(body['code'], 'unauthorized');
    assert.equal(body['type'], '/problems/unauthorized');
    assert.equal(headers['www-authenticate'], 'Bearer');
    assert.equal((await harness.call('GET', '/jobs', undefined, { as: 'nobody' })).status, 401);
  });

  test('a key sees its own jobs alone, the admin key all', async () => {
    const id = await harness.imagine();
    for (const [method, url] of [
      ['GET', `/jobs/${id}`],
      ['GET', `/jobs/${id}/events`],
      ['GET', `/jobs/${id}/deliveries`],
      ['POST', `/jobs/${id}/cancel`],
    ] as const) {
      const { status, body } = await harness.call(method, url, undefined, { as: 'bob' });
      assert.equal(status, 404, url);
      assert.equal(body['code'], 'job-not-found');
    }
    assert.deepEqual(idsOf((await harness.call('GET', '/jobs', undefined, { as: 'bob' })).body), []);
    assert.equal((await harness.call('GET', '/jobs?keyId=key_ann', undefined, { as: 'bob' })).status, 403);
    assert.equal((await harness.call('POST', '/jobs', { verb: 'seed', jobId: id }, { as: 'bob' })).status, 404);
    assert.equal((await harness.call('GET', `/jobs/${id}`, undefined, { as: 'root' })).status, 200);
    assert.deepEqual(idsOf((await harness.call('GET', '/jobs?keyId=key_ann&limit=1', undefined, { as: 'root' })).body), [id]);
  });

  test('shows a job that another dialect made', async () => {
    const id = 'j-linkr-1';
    await harness.deps.submit({
      id,
      dialect: 'linkr',
      engine: 'midjourney',
      verb: 'imagine',
      keyId: 'key_ann',
      input: { verb: 'imagine', prompt: 'a fox', mask: 'AAAA' },
      echo: { action: 'imagine', reference: 'not ours' },
      usesSlot: true,
    });
    const { body } = await harness.call('GET', `/jobs/${id}`);
    assert.equal(body['dialect'], 'linkr');
    assert.equal(body['reference'], null);
    assert.deepEqual(body['input'], { prompt: 'a fox', mask: '4 characters' });
    assert.deepEqual(idsOf((await harness.call('GET', '/jobs?dialect=linkr')).body), [id]);
  });

  test('lists in pages, newest first, by every filter', async () => {
    const made: string[] = [];
    for (let index = 0; index < 4; index += 1) made.unshift(await harness.imagine({ accountId: '10010010' }));
    await harness.complete(made[0] ?? '', GRID_OUTPUT);
    const onOtherAccount = await harness.imagine();
    await harness.complete(onOtherAccount, GRID_OUTPUT);
    const seen: unknown[] = [];
    let cursor: JsonValue | undefined = '';
    while (typeof cursor === 'string') {
      const { body } = await harness.call(
        'GET',
        `/jobs?accountId=10010010&status=queued,completed&verb=imagine&engine=midjourney&limit=2${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...idsOf(body));
      cursor = body['nextCursor'];
    }
    assert.deepEqual(seen, made);
    assert.deepEqual(idsOf((await harness.call('GET', '/jobs?status=completed&status=failed')).body), [onOtherAccount, made[0]]);
    const child = await harness.call('POST', '/jobs', { verb: 'button', jobId: made[0] ?? '', button: 'U1' });
    assert.deepEqual(idsOf((await harness.call('GET', `/jobs?parentId=${made[0]}`)).body), [child.body['id']]);
  });

  test('refuses invalid queries', async () => {
    for (const [query, path] of [
      ['limit=0', '/limit'],
      ['limit=many', '/limit'],
      ['status=done', '/status/0'],
      ['dialect=esperanto', '/dialect'],
      ['page=2', '/page'],
    ] as const) {
      const { status, body } = await harness.call('GET', `/jobs?${query}`);
      assert.equal(status, 400, query);
      const [error] = Array.isArray(body['errors']) ? body['errors'] : [];
      assert.deepEqual(isJsonObject(error) && [textAt(error, 'in'), textAt(error, 'path')], ['query', path]);
    }
    assert.equal((await harness.call('GET', '/jobs/x?wait=soon')).status, 400);
  });

  test('cancels once; a job that has ended stays as it is', async () => {
    const id = await harness.imagine();
    const { body } = await harness.call('POST', `/jobs/${id}/cancel`);
    assert.equal(body['status'], 'cancelled');
    assert.deepEqual((await harness.call('POST', `/jobs/${id}/cancel`)).body, body);
    assert.equal(isJsonObject(body['error']) && body['error']['code'], 'cancelled');
  });

  test('a failure is part of the job, with the meaning of its code', async () => {
    const id = await harness.imagine();
    await harness.fail(id, { code: 'upstream-silent', title: 'No answer', details: null });
    assert.deepEqual((await harness.call('GET', `/jobs/${id}?wait=30`)).body['error'], {
      type: '/problems/upstream-silent',
      code: 'upstream-silent',
      title: 'No answer',
      detail: null,
      retryable: true,
    });
  });

  test('a long poll answers when the job ends, or after its time-out', async () => {
    const id = await harness.imagine();
    const ended = harness.call('GET', `/jobs/${id}?wait=30s`);
    await harness.clock.advance(2_000);
    await harness.complete(id, GRID_OUTPUT);
    assert.equal((await ended).body['status'], 'completed');
    const slow = await harness.imagine();
    const bounded = harness.call('GET', `/jobs/${slow}?wait=9999`);
    // The request waits before the clock moves.
    for (let turn = 0; turn < 70; turn += 1) await harness.clock.advance(1_000);
    assert.equal((await bounded).body['status'], 'queued');
  });

  test('a key gets a fresh link to the files of its own jobs', async () => {
    const times = { createdAtMs: harness.clock.now(), expiresAtMs: harness.clock.now() + 1_000 };
    const asset = {
      id: 'a1',
      jobId: 'j',
      keyId: 'key_ann',
      contentType: 'image/png',
      filename: 'a.png',
      bytes: 3,
      width: 1,
      height: 1,
      ...times,
    };
    await harness.store.putAsset(asset);
    const { body } = await harness.call('GET', '/assets/a1');
    assert.equal(body['url'], 'https://atelier.test/assets/a1/a.png');
    assert.equal(body['expiresAt'], new Date(asset.expiresAtMs).toISOString());
    assert.equal((await harness.call('GET', '/assets/a1', undefined, { as: 'bob' })).status, 404);
    await harness.clock.advance(1_000);
    assert.equal((await harness.call('GET', '/assets/a1')).status, 404);
  });

  test('each problem has its page', async () => {
    const list = await harness.inject({ method: 'GET', url: '/problems' });
    for (const kind of itemsOf(list.body)) {
      const read = await harness.inject({ method: 'GET', url: textAt(kind, 'type') });
      assert.deepEqual(read.body, kind);
    }
    assert.equal((await harness.inject({ method: 'GET', url: '/problems/none' })).status, 404);
  });
});
