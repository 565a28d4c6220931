import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { configureAccount, createTestHarness, type Harness } from '../harness.fixture.ts';

describe('useapi: account', { timeout: 20_000 }, () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await createTestHarness();
  });
  afterEach(() => harness.close());

  test('GET account has text in every field; POST account changes name and replyUrl', async () => {
    const created = '2023-09-09T02:04:49.667Z';
    const user = { email: 'user-1@atelier.invalid', created, name: 'operator', verified: created, sub: '991231' };
    assert.deepEqual((await harness.call('GET', '/v2/account')).body, user);
    const changed = await harness.call('POST', '/v2/account', { name: 'cat', user: 'ignored', replyUrl: 'https://a.test/hook' });
    assert.deepEqual([changed.status, changed.raw], [204, '']);
    assert.deepEqual((await harness.call('GET', '/v1/account')).body, { ...user, name: 'cat', replyUrl: 'https://a.test/hook' });
    await harness.store.updateKey('key-1', { expiresAtMs: Date.parse('2029-12-31T00:00:00Z') });
    assert.equal((await harness.call('GET', '/v2/account/')).body['sub'], '291231');
    await harness.call('POST', '/v2/account', { name: 'dog' });
    assert.equal((await harness.call('GET', '/v2/account')).body['replyUrl'], 'https://a.test/hook');
    await harness.call('POST', '/v2/account', { replyUrl: '' });
    assert.equal((await harness.call('GET', '/v2/account')).body['replyUrl'], undefined);
  });

  test('the replyUrl of the account is that of its jobs', async () => {
    await configureAccount(harness);
    await harness.call('POST', '/v2/account', { replyUrl: 'https://a.test/hook' });
    const next = harness.nextJob();
    const posted = harness.call('POST', '/v2/jobs/imagine', { prompt: 'x', replyUrl: '' });
    const job = await next;
    await harness.clock.advance(90_000);
    assert.equal((await posted).body['replyUrl'], 'https://a.test/hook');
    assert.equal(job.callbackUrl, 'https://a.test/hook');
  });

  test('POST account refuses a replyUrl that is too long or no URL', async () => {
    const long = await harness.call('POST', '/v2/account', { replyUrl: `https://a.test/${'r'.repeat(1024)}` });
    assert.deepEqual([long.status, long.body], [400, { error: 'replyUrl is too long', code: 400 }]);
    assert.equal((await harness.call('POST', '/v2/account', { replyUrl: 'javascript:1' })).status, 400);
    assert.equal((await harness.call('POST', '/v2/account', {}, { as: 'nobody' })).status, 401);
  });

  test('POST account takes no name that cannot be shown or kept', async () => {
    for (const name of ['a\u0000b', '\u001b[31m', 'n'.repeat(300)]) {
      const { status, body } = await harness.call('POST', '/v2/account', { name });
      assert.deepEqual([status, body['error']], [400, name.length > 256 ? 'name is too long' : 'name is not valid']);
    }
  });
});
