import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { request } from 'undici';
import { listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { NO_LIMITS } from '../../../core/key.ts';
import { GRID_OUTPUT } from '../testing/outputs.ts';
import { createTestHarness, type Harness } from './harness.fixture.ts';

describe('a prompt that stands for several jobs', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
  });
  afterEach(() => harness.close());

  const imagine = (prompt: string, more: JsonObject = {}, headers: Record<string, string> = {}) =>
    harness.call('POST', '/jobs', { verb: 'imagine', prompt, ...more }, { headers });
  const childrenOf = (body: JsonObject): JsonObject[] =>
    listAt(body, 'children').filter((child): child is JsonObject => typeof child === 'object');
  const idsOf = (body: JsonObject): string[] => childrenOf(body).map((child) => textAt(child, 'id'));
  const read = async (id: string): Promise<JsonObject> => (await harness.call('GET', `/jobs/${id}`)).body;
  const failure = { code: 'timeout', title: 'too late', details: null } as const;

  test('makes them all under one parent, which the answer is', async () => {
    const more = { reference: 'r', callbackUrl: 'https://example.com/cb', accountId: '10010010', maxJobs: 2 };
    const { status, body, headers } = await imagine('a {red, green} fox --repeat 2', more);
    assert.equal(status, 202);
    const id = textAt(body, 'id');
    assert.equal(headers['location'], `/jobs/${id}`);
    assert.deepEqual(
      childrenOf(body).map(({ prompt, status: state }) => [prompt, state]),
      ['a red fox', 'a red fox', 'a green fox', 'a green fox'].map((prompt) => [prompt, 'queued']),
    );
    assert.equal(objectAt(body, 'input')['prompt'], 'a {red, green} fox --repeat 2');
    assert.deepEqual([body['status'], body['reference'], body['batchId']], ['queued', 'r', null]);
    assert.deepEqual(await read(id), body);
    for (const child of idsOf(body)) {
      const job = await harness.store.getJob(child);
      assert.deepEqual([job?.batchId, job?.maxJobs, job?.accountId, job?.callbackUrl], [id, 2, '10010010', 'https://example.com/cb']);
      assert.equal((await read(child))['batchId'], id);
    }
    const listed = await harness.call('GET', `/jobs?batchId=${id}`);
    assert.deepEqual(
      listAt(listed.body, 'items').map((item) => Object(item).id),
      idsOf(body).toReversed(),
    );
  });

  test('the state of the parent follows from its jobs', async () => {
    const { body } = await imagine('a {red, green} fox');
    const [id, [first = '', second = '']] = [textAt(body, 'id'), idsOf(body)];
    const state = async (): Promise<unknown[]> => {
      const { status, progressPercent, isFinal } = await read(id);
      return [status, progressPercent, isFinal];
    };
    await harness.move(first, { status: 'started' });
    assert.deepEqual(await state(), ['started', 0, false]);
    await harness.complete(first);
    assert.deepEqual(await state(), ['progress', 50, false]);
    await harness.fail(second, failure);
    assert.deepEqual(await state(), ['completed', 100, true]);
    assert.notEqual((await read(id))['finishedAt'], null);
  });

  test('without any picture the parent ends as its first job', async () => {
    const { body } = await imagine('a {red, green} fox');
    for (const child of idsOf(body)) await harness.fail(child, failure);
    const parent = await read(textAt(body, 'id'));
    assert.deepEqual([parent['status'], objectAt(parent, 'error')['code']], ['failed', 'timeout']);
  });

  test('cancelling the parent cancels its jobs', async () => {
    const { body } = await imagine('a {red, green} fox');
    const [first = '', second = ''] = idsOf(body);
    await harness.complete(first);
    const cancelled = await harness.call('POST', `/jobs/${textAt(body, 'id')}/cancel`);
    assert.equal(cancelled.body['status'], 'completed');
    assert.equal((await read(second))['status'], 'cancelled');
  });

  test('waiting for the parent waits for every job', async () => {
    const { body } = await imagine('a {red, green} fox');
    const waiting = harness.call('GET', `/jobs/${textAt(body, 'id')}?wait=60`);
    for (const child of idsOf(body)) await harness.complete(child);
    assert.equal((await waiting).body['status'], 'completed');
  });

  test('the stream of the parent has the events of its jobs, and ends with the last', async () => {
    const { body } = await imagine('a {red, green} fox');
    const url = await harness.app.listen({ host: '127.0.0.1', port: 0 });
    const path = `${url}/jobs/${textAt(body, 'id')}/events`;
    const headers = { authorization: 'Bearer ann' };
    const stream = await request(path, { headers });
    for (const child of idsOf(body)) await harness.complete(child);
    const text = await stream.body.text();
    assert.deepEqual(
      [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name),
      ['snapshot', 'job', 'job'],
    );
    const last = [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
    const again = await request(path, { headers: { ...headers, 'last-event-id': last } });
    assert.equal(again.statusCode, 204);
    await again.body.dump();
  });

  test('a repeated request gets the same parent', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await imagine('a {red, green} fox', {}, headers);
    const second = await imagine('a {red, green} fox', {}, headers);
    assert.deepEqual([second.body, second.headers['idempotency-replayed']], [first.body, 'true']);
    assert.equal((await imagine('a {red, blue} fox', {}, headers)).status, 422);
    const jobs = await harness.store.listJobs({ keyId: 'key_ann', limit: 100 });
    assert.equal(jobs.length, 2);
  });

  test('none is made where a limit of the key or the content policy refuses one', async () => {
    const jobs = async (): Promise<number> => (await harness.store.listJobs({ keyId: 'key_ann', limit: 100 })).length;
    await harness.store.updateKey('key_ann', { limits: { ...NO_LIMITS, runningJobs: 3 } });
    assert.equal((await imagine('a {red, green} fox --repeat 2')).status, 429);
    assert.equal(await jobs(), 0);
    assert.equal((await imagine('a {red, forbidden} fruit')).body['code'], 'content-policy');
    assert.equal((await imagine('{https://example.com/a.png, http://localhost/a.png} a fox')).body['code'], 'url-refused');
    assert.equal(await jobs(), 0);
    assert.equal((await imagine('a {red, green, blue} fox')).status, 202);
  });

  test('too many jobs, or a repeat without a number, is refused with the field', async () => {
    for (const prompt of ['a fox --repeat 41', 'a fox --repeat many']) {
      const { status, body } = await imagine(prompt);
      assert.equal(status, 400);
      assert.equal(Object(listAt(body, 'errors')[0]).path, '/prompt');
    }
  });

  test('one prompt is one job without a parent', async () => {
    const { body } = await imagine('a {red} fox --repeat 1');
    assert.deepEqual([body['children'], body['batchId'], objectAt(body, 'input')], [[], null, { prompt: 'a red fox' }]);
  });

  test('callbacks are suppressed until the reply is out, for every job; a button takes single prompts alone', async () => {
    const { body } = await imagine('a {red, green} fox');
    assert.equal(harness.suppressedJobs.size, 0);
    const [first = ''] = idsOf(body);
    await harness.complete(first, GRID_OUTPUT);
    const press = { verb: 'button', jobId: first, button: 'V1', prompt: 'a {red, blue} fox' };
    assert.match(textAt((await harness.call('POST', '/jobs', press)).body, 'detail'), /^\/prompt .*single prompts/);
    assert.equal((await harness.call('POST', '/jobs', { verb: 'button', jobId: textAt(body, 'id'), button: 'U1' })).status, 400);
  });

  test('the parent belongs to its key', async () => {
    const { body } = await imagine('a {red, green} fox');
    const path = `/jobs/${textAt(body, 'id')}`;
    assert.equal((await harness.call('GET', path, undefined, { as: 'bob' })).status, 404);
    assert.equal((await harness.call('POST', `${path}/cancel`, {}, { as: 'bob' })).status, 404);
    assert.equal((await harness.call('GET', path, undefined, { as: 'root' })).status, 200);
  });
});

describe('the position of a queued job', () => {
  test('is in the answers about it until it starts', async () => {
    const harness = await createTestHarness();
    const first = await harness.imagine();
    const { body } = await harness.call('POST', '/jobs', { verb: 'imagine', prompt: 'a fox' });
    assert.equal(body['queuePosition'], 2);
    await harness.move(first, { status: 'started' });
    const read = async (id: string): Promise<unknown> => (await harness.call('GET', `/jobs/${id}`)).body['queuePosition'];
    assert.deepEqual([await read(first), await read(textAt(body, 'id'))], [undefined, 1]);
    await harness.close();
  });
});

describe('POST /jobs of the verb show', () => {
  const UUID = '0d9a8a2c-1b2c-4d3e-8f90-123456789abc';

  test('takes Midjourney’s id or a link that names it', async () => {
    const harness = await createTestHarness();
    const show = (job: string) => harness.call('POST', '/jobs', { verb: 'show', job });
    for (const job of [
      UUID,
      ` ${UUID.toUpperCase()} `,
      `https://www.midjourney.com/jobs/${UUID}?index=2`,
      `https://cdn.midjourney.com/${UUID}/0_0.png`,
      `https://cdn.discordapp.com/attachments/1/2/me_aaaaaaaa-1111-4111-8111-111111111111_${UUID}.png?ex=1&hm=22222222-2222-4222-8222-222222222222`,
    ]) {
      const { status, body } = await show(job);
      assert.equal(status, 202, job);
      assert.deepEqual((await harness.store.getJob(textAt(body, 'id')))?.input, { verb: 'show', jobUuid: UUID });
      assert.equal((await harness.store.getJob(textAt(body, 'id')))?.usesSlot, false);
    }
    for (const job of ['x'.repeat(36), `${UUID} and more`, `https://www.midjourney.com/imagine?job=${UUID}`, `javascript:${UUID}`])
      assert.equal((await show(job)).status, 400, job);
    await harness.close();
  });

  test('a result of the niji bot is worked on by the niji bot', async () => {
    const harness = await createTestHarness();
    const id = await harness.imagine({ bot: 'niji' });
    await harness.complete(id, GRID_OUTPUT);
    const { body } = await harness.call('POST', '/jobs', { verb: 'button', jobId: id, button: 'U1' });
    assert.equal((await harness.store.getJob(textAt(body, 'id')))?.input['bot'], 'niji');
    await harness.close();
  });
});
