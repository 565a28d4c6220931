import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { textAt } from '@atelier/lib/json';
import { GRID_OUTPUT, SINGLE_OUTPUT } from '../testing/harness.ts';
import { createTestHarness, type Harness } from './harness.fixture.ts';
import { VERBS } from './verbs/submit.ts';

describe('POST /jobs', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());

  test('makes a job, and answers with its location and its body', async () => {
    const reply = await harness.call('POST', '/jobs', {
      verb: 'imagine',
      prompt: 'a fox',
      reference: 'r-1',
      callbackUrl: 'https://example.com/cb',
    });
    assert.equal(reply.status, 202);
    const id = textAt(reply.body, 'id');
    assert.match(id, /^job_[0-9a-f]{32}$/);
    assert.equal(reply.headers['location'], `/jobs/${id}`);
    const { body } = await harness.call('GET', `/jobs/${id}`);
    assert.deepEqual(body, reply.body);
    assert.equal(body['status'], 'queued');
    assert.equal(body['reference'], 'r-1');
    assert.deepEqual(body['input'], { prompt: 'a fox' });
    assert.deepEqual(body['links'], { self: `/jobs/${id}`, events: `/jobs/${id}/events`, deliveries: `/jobs/${id}/deliveries` });
  });

  test('ids sort by time', async () => {
    const first = await harness.imagine();
    await harness.clock.advance(5);
    const second = await harness.imagine();
    assert.ok(first < second);
  });

  const BODIES: Record<string, object> = {
    imagine: { prompt: 'a fox' },
    blend: { imageUrls: ['https://example.com/1.png', 'https://example.com/2.png'], dimensions: 'square' },
    describe: { imageUrl: 'https://example.com/1.png' },
    shorten: { prompt: 'a very long prompt' },
    button: { button: 'u2' },
    seed: {},
    show: { job: '0d9a8a2c-1b2c-4d3e-8f90-123456789abc' },
  };
  for (const { name } of VERBS.filter(({ engine }) => engine === 'midjourney')) {
    test(`accepts ${name}`, async () => {
      const parent = await harness.imagine();
      await harness.complete(parent, GRID_OUTPUT);
      const onParent = name === 'button' || name === 'seed';
      const { status, body } = await harness.call('POST', '/jobs', { verb: name, ...BODIES[name], ...(onParent && { jobId: parent }) });
      assert.equal(status, 202, JSON.stringify(body));
      const job = await harness.store.getJob(textAt(body, 'id'));
      assert.equal(job?.verb, name);
      assert.equal(job?.input['verb'], name);
      assert.equal(job?.parentId, onParent ? parent : null);
      assert.equal(job?.accountId, onParent ? '1001' : null);
      if (name === 'button') assert.equal(job?.input['customId'], 'MJ::JOB::upsample::2::uuid');
    });
  }

  test('a button is named by label or custom id; an unknown one is refused with a list of the offered ones', async () => {
    const parent = await harness.imagine();
    const early = await harness.call('POST', '/jobs', { verb: 'button', jobId: parent, button: 'U1' });
    assert.equal(early.status, 400);
    assert.match(textAt(early.body, 'detail'), /is queued, not completed/);
    await harness.complete(parent, SINGLE_OUTPUT);
    const byId = await harness.call('POST', '/jobs', { verb: 'button', jobId: parent, button: 'MJ::JOB::upsample_v7_2x_subtle::1::uuid' });
    assert.equal(byId.status, 202);
    const none = await harness.call('POST', '/jobs', { verb: 'button', jobId: parent, button: 'U1' });
    assert.equal(none.status, 422);
    assert.equal(none.body['code'], 'button-not-offered');
    assert.deepEqual(none.body['offered'], ['Upscale (Subtle)']);
  });

  const WRONG: readonly [body: object, path: string, message: RegExp][] = [
    [{}, '/verb', /is required and must be one of imagine, button/],
    [{ verb: 'paint' }, '/verb', /must be one of imagine/],
    [{ verb: 'imagine' }, '/prompt', /is required/],
    [{ verb: 'imagine', prompt: ' ' }, '/prompt', /pattern/],
    [{ verb: 'imagine', prompt: 7 }, '/prompt', /string/],
    [{ verb: 'imagine', prompt: 'a', replyUrl: 'https://example.com' }, '/replyUrl', /is not a known field/],
    [{ verb: 'imagine', prompt: 'a', maxJobs: 16 }, '/maxJobs', /15/],
    [{ verb: 'imagine', prompt: 'a', engine: 'suno' }, '/engine', /midjourney|constant/],
    [{ verb: 'imagine', prompt: 'a', callbackUrl: 'ftp://example.com' }, '/callbackUrl', /may not be used/],
    [{ verb: 'imagine', prompt: '<http://localhost/x.png> a fox' }, '/prompt', /may not be used/],
    [{ verb: 'blend', imageUrls: ['https://example.com'] }, '/imageUrls', /2/],
    [{ verb: 'blend', imageUrls: ['https://example.com', 'http://localhost'] }, '/imageUrls/1', /may not be used/],
    [
      { verb: 'blend', imageUrls: ['https://a.com', 'https://b.com'], dimensions: 'wide' },
      '/dimensions',
      /must be one of portrait, square/,
    ],
  ];
  for (const [body, path, message] of WRONG) {
    test(`refuses ${JSON.stringify(body)}`, async () => {
      const { status, body: problem, headers } = await harness.call('POST', '/jobs', { ...body });
      assert.equal(status, 400);
      assert.match(String(headers['content-type']), /^application\/problem\+json/);
      assert.deepEqual(Object.keys(problem).slice(0, 6), ['type', 'title', 'status', 'detail', 'code', 'retryable']);
      const [error] = Array.isArray(problem['errors']) ? problem['errors'] : [];
      assert.deepEqual({ ...Object(error), message: '' }, { in: 'body', path, message: '' });
      assert.match(String(Object(error).message), message);
    });
  }

  test('names every violation, and refuses a request without a body', async () => {
    const two = await harness.call('POST', '/jobs', { verb: 'imagine', prompt: '', accountId: 5 });
    assert.equal(Array.isArray(two.body['errors']) && two.body['errors'].length >= 2, true, JSON.stringify(two.body));
    assert.equal((await harness.call('POST', '/jobs')).status, 400);
    const authorization = 'Bearer ann';
    const broken = await harness.inject({
      method: 'POST',
      url: '/jobs',
      headers: { authorization, 'content-type': 'application/json' },
      payload: '{',
    });
    assert.equal(broken.body['code'], 'malformed-body');
  });

  test('refuses a prompt that the content policy does not allow', async () => {
    const { status, body } = await harness.call('POST', '/jobs', { verb: 'imagine', prompt: 'the forbidden fruit' });
    assert.equal(status, 422);
    assert.equal(body['term'], 'forbidden fruit');
  });

  test('the same Idempotency-Key gives the same job; with another body 422; for another key another job', async () => {
    const headers = { 'idempotency-key': 'once' };
    const body = { verb: 'imagine', prompt: 'a hare' };
    const first = await harness.call('POST', '/jobs', body, { headers });
    const again = await harness.call('POST', '/jobs', { prompt: 'a hare', verb: 'imagine' }, { headers });
    assert.equal(again.status, 202);
    assert.equal(again.body['id'], first.body['id']);
    assert.equal(again.headers['idempotency-replayed'], 'true');
    assert.equal(first.headers['idempotency-replayed'], undefined);
    const other = await harness.call('POST', '/jobs', { ...body, prompt: 'a stoat' }, { headers });
    assert.equal(other.status, 422);
    assert.equal(other.body['code'], 'idempotency-mismatch');
    const bob = await harness.call('POST', '/jobs', body, { headers, as: 'bob' });
    assert.notEqual(bob.body['id'], first.body['id']);
  });

  test('refuses an invalid field after any number of unknown fields', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`field${index}`, index]));
    for (const [path, wrong] of [
      ['/jobs', { verb: 'imagine', prompt: 7 }],
      ['/deliveries/replay', { ids: 7 }],
    ] as const) {
      const { status, body } = await harness.call('POST', path, { ...unknown, ...wrong });
      assert.deepEqual([status, body['code']], [400, 'invalid-request'], path);
      assert.match(JSON.stringify(body['errors']), /"\/field0","message":"is not a known field"/, path);
    }
  });

  test('refuses an unknown account, an account other than the parent’s, and a paused account', async () => {
    const unknown = await harness.call('POST', '/jobs', { verb: 'info', accountId: '999' });
    assert.equal(unknown.status, 404);
    const parent = await harness.imagine();
    await harness.complete(parent, GRID_OUTPUT);
    const moved = await harness.call('POST', '/jobs', { verb: 'seed', jobId: parent, accountId: '10010010' });
    assert.equal(moved.status, 400);
    const pause = { code: 'captcha-required', title: 'A CAPTCHA', details: null, atMs: 1 } as const;
    await harness.store.setAccountPause('10010010', pause, 1);
    const paused = await harness.call('POST', '/jobs', { verb: 'info' });
    await harness.store.setAccountPause('10010010', null, 1);
    assert.equal(paused.status, 503);
    assert.deepEqual(paused.body['pause'], { code: 'captcha-required', title: 'A CAPTCHA' });
  });

  test('the callback waits for the reply, and its body is the job in this shape', async () => {
    const id = await harness.imagine({ callbackUrl: 'https://example.com/cb' });
    assert.deepEqual([...harness.suppressedJobs], []);
    const job = await harness.complete(id, GRID_OUTPUT);
    const { createNativeDialect } = await import('./native.ts');
    const dialect = createNativeDialect(harness.deps);
    const callback = JSON.parse(dialect.renderCallback(job)?.body ?? '');
    assert.equal(callback.type, 'job.completed');
    assert.equal(callback.timestamp, callback.data.finishedAt);
    assert.deepEqual(callback.data, (await harness.call('GET', `/jobs/${id}`)).body);
    assert.equal(callback.data.assets.length, 5);
    assert.equal(callback.data.progressPercent, 100);
  });
});
