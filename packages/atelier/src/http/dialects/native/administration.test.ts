import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isJsonObject, listAt, textAt, type JsonObject } from '@atelier/lib/json';
import { createTestHarness, TOKEN, type Harness } from './harness.fixture.ts';

const itemsOf = (body: JsonObject): JsonObject[] => listAt(body, 'items').filter(isJsonObject);

describe('the administrator’s pages', () => {
  let harness: Harness;
  before(async () => {
    harness = await createTestHarness();
  });
  after(() => harness.close());
  const root = { as: 'root' };

  test('are closed to other keys', async () => {
    for (const [method, url] of [
      ['GET', '/accounts'],
      ['GET', '/accounts/10010010'],
      ['POST', '/accounts'],
      ['PUT', '/accounts/10010010'],
      ['DELETE', '/accounts/10010010'],
      ['POST', '/accounts/10010010/reset'],
      ['GET', '/keys'],
      ['POST', '/keys'],
      ['GET', '/keys/key_root'],
      ['PATCH', '/keys/key_root'],
      ['DELETE', '/keys/key_root'],
      ['POST', '/policy/reload'],
    ] as const) {
      const { status, body } = await harness.call(method, url);
      assert.equal(status, 403, `${method} ${url}`);
      assert.equal(body['code'], 'forbidden');
    }
  });

  test('accounts are added, replaced, shown without their token, reset and removed', async () => {
    const token = 'QUJDREVGRw.another.token-abc';
    const wanted = { guildId: '30030030', token, maxJobs: 2 };
    const added = await harness.call('PUT', '/accounts/40040040', wanted, root);
    assert.equal(added.status, 201);
    assert.equal((await harness.call('PUT', '/accounts/40040040', { ...wanted, maxJobs: 5 }, root)).status, 200);
    const taken = await harness.call('PUT', '/accounts/50050050', { ...wanted, token: TOKEN }, root);
    assert.equal(taken.status, 400);
    const list = await harness.call('GET', '/accounts', undefined, root);
    assert.deepEqual(
      itemsOf(list.body).map(({ id, maxJobs, executingJobs, pause }) => ({ id, maxJobs, executingJobs, pause })),
      [
        { id: '10010010', maxJobs: 3, executingJobs: 0, pause: null },
        { id: '40040040', maxJobs: 5, executingJobs: 0, pause: null },
      ],
    );
    const alone = await harness.call('POST', '/accounts', { token: 'another token of its own', maxJobs: 3 }, root);
    assert.deepEqual([alone.status, alone.body['id'], alone.body['guildId']], [201, '30030030', '']);
    assert.doesNotMatch(JSON.stringify([added.body, list.body]), /another\.token|fake\.token|sealed|Hash/);

    await harness.store.setAccountPause('40040040', { code: 'captcha-required', title: 'A CAPTCHA', details: null, atMs: 1 }, 1);
    const paused = await harness.call('GET', '/accounts/40040040', undefined, root);
    assert.deepEqual(paused.body['pause'], { code: 'captcha-required', title: 'A CAPTCHA', detail: null, at: '1970-01-01T00:00:00.001Z' });
    assert.deepEqual([paused.body['status'], paused.body['hold']], ['paused', null]);
    assert.equal((await harness.call('POST', '/accounts/40040040/reset', undefined, root)).body['pause'], null);
    assert.equal((await harness.call('DELETE', '/accounts/40040040', undefined, root)).status, 204);
    assert.equal((await harness.call('DELETE', '/accounts/40040040', undefined, root)).body['code'], 'account-not-found');
    assert.equal((await harness.call('PUT', '/accounts/mine', wanted, root)).status, 400);
    assert.equal((await harness.call('PUT', '/accounts/40040040', { ...wanted, maxJobs: 99 }, root)).status, 400);
  });

  test('a held account says why and until when, waits with its jobs, and is active again by itself', async () => {
    const nowMs = harness.clock.now();
    const hold = { code: 'queue-full', title: 'Queue full', details: 'try later', sinceMs: nowMs, untilMs: nowMs + 60_000 } as const;
    await harness.store.setAccountHold('10010010', hold, nowMs);
    const read = async () => {
      const { status, hold: shown, pause } = (await harness.call('GET', '/accounts/10010010', undefined, root)).body;
      return { status, hold: shown, pause };
    };
    const since = new Date(nowMs).toISOString();
    const until = new Date(nowMs + 60_000).toISOString();
    assert.deepEqual(await read(), {
      status: 'held',
      hold: { code: 'queue-full', reason: 'Queue full: try later', since, until },
      pause: null,
    });
    await harness.imagine();
    await harness.clock.advance(60_000);
    assert.deepEqual(await read(), { status: 'active', hold: null, pause: null });
  });

  test('keys are made, used, limited, suspended and revoked; the secret is shown once', async () => {
    const made = await harness.call('POST', '/keys', { name: 'shop', limits: { jobsPerDay: 5 } }, root);
    assert.equal(made.status, 201);
    const [id, secret] = [textAt(made.body, 'id'), textAt(made.body, 'secret')];
    assert.equal(made.headers['location'], `/keys/${id}`);
    const asNew = { as: secret };
    const me = await harness.call('GET', '/me', undefined, asNew);
    assert.equal(me.body['name'], 'shop');
    assert.equal(me.body['status'], 'active');
    const read = await harness.call('GET', `/keys/${id}`, undefined, root);
    assert.deepEqual(read.body['limits'], { requestsPerMinute: null, jobsPerDay: 5, runningJobs: null });
    assert.equal('secret' in read.body || 'secretHash' in read.body, false);

    const changed = await harness.call('PATCH', `/keys/${id}`, { name: 'store', limits: { runningJobs: 2 }, suspended: true }, root);
    assert.equal(changed.body['name'], 'store');
    assert.deepEqual(changed.body['limits'], { requestsPerMinute: null, jobsPerDay: 5, runningJobs: 2 });
    assert.equal((await harness.call('GET', '/me', undefined, asNew)).body['code'], 'key-suspended');
    await harness.call('PATCH', `/keys/${id}`, { suspended: false, expiresAt: '2024-01-01T00:00:00Z' }, root);
    assert.equal((await harness.call('GET', '/me', undefined, asNew)).body['code'], 'key-expired');
    assert.equal((await harness.call('DELETE', `/keys/${id}`, undefined, root)).body['status'], 'revoked');
    assert.equal((await harness.call('GET', '/me', undefined, asNew)).body['code'], 'unauthorized');

    assert.equal((await harness.call('GET', '/keys/none', undefined, root)).status, 404);
    for (const wrong of [{}, { limits: { jobsPerDay: 0 } }, { limits: { perHour: 1 } }, { expiresAt: 'tomorrow' }]) {
      assert.equal((await harness.call('PATCH', `/keys/${id}`, wrong, root)).status, 400, JSON.stringify(wrong));
    }
    assert.equal(itemsOf((await harness.call('GET', '/keys', undefined, root)).body).length, 4);
  });

  test('the content policy checks a text, and reads its list again', async () => {
    assert.deepEqual((await harness.call('POST', '/policy/check', { text: 'a fox' })).body, { allowed: true });
    const refused = await harness.call('POST', '/policy/check', { text: 'the forbidden fruit', dialect: 'linkr' });
    assert.deepEqual(refused.body, { allowed: false, term: 'forbidden fruit' });
    assert.deepEqual((await harness.call('POST', '/policy/reload', undefined, root)).body, { terms: 7 });
  });
});
