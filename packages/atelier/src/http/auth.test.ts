import assert from 'node:assert/strict';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { NO_LIMITS, type ApiKey } from '../core/key.ts';
import { hashSecret } from '../account/secret-box.ts';
import { JobError } from '../core/errors.ts';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { newKey } from '../store/conformance/fixtures.ts';
import { createAuthenticate } from './auth.ts';

describe('authentication', () => {
  let clock: FakeClock;
  let keys: Map<string, ApiKey>;
  let app: FastifyInstance;
  beforeEach(() => {
    clock = createFakeClock();
    keys = new Map();
    app = Fastify();
    const authenticate = createAuthenticate({ clock, store: { findKey: async (hash) => keys.get(hash) } });
    app.get('/', async (request) => {
      try {
        return { key: (await authenticate(request)).id };
      } catch (error) {
        if (!(error instanceof JobError)) throw error;
        return { code: error.code, ...error.facts };
      }
    });
  });
  afterEach(() => app.close());

  const addKey = (secret: string, set: Partial<ApiKey>): void => {
    const secretHash = hashSecret(secret);
    keys.set(secretHash, { ...newKey({ id: secret, secretHash, ...set }), number: 1 });
  };
  const limit = (secret: string, requestsPerMinute: number | null): void => addKey(secret, { limits: { ...NO_LIMITS, requestsPerMinute } });
  const ask = async (secret: string): Promise<unknown> =>
    (await app.inject({ url: '/', headers: { authorization: `Bearer ${secret}` } })).json<unknown>();
  const refused = (max: number, retryAfterSeconds: number) => ({
    code: 'rate-limited',
    limit: 'requestsPerMinute',
    max,
    retryAfterSeconds,
  });

  test('unknown, revoked, suspended and expired keys get different errors', async () => {
    addKey('revoked', { revokedAtMs: 1, suspendedAtMs: 1, expiresAtMs: 1 });
    addKey('suspended', { suspendedAtMs: 1 });
    addKey('expired', { expiresAtMs: clock.now() });
    addKey('good', { expiresAtMs: clock.now() + 1 });
    assert.deepEqual(await ask('unknown'), { code: 'unauthorized' });
    assert.deepEqual(await ask('revoked'), { code: 'unauthorized' });
    assert.deepEqual(await ask('suspended'), { code: 'key-suspended' });
    assert.deepEqual(await ask('expired'), { code: 'key-expired' });
    assert.deepEqual(await ask('good'), { key: 'good' });
  });

  test('a key makes at most its number of requests in any minute', async () => {
    limit('ann', 2);
    limit('bob', 2);
    assert.deepEqual(await ask('ann'), { key: 'ann' });
    await clock.advance(20_000);
    assert.deepEqual(await ask('ann'), { key: 'ann' });
    assert.deepEqual(await ask('ann'), refused(2, 40));
    assert.deepEqual(await ask('bob'), { key: 'bob' });
    await clock.advance(39_001);
    assert.deepEqual(await ask('ann'), refused(2, 1));
    await clock.advance(999);
    assert.deepEqual(await ask('ann'), { key: 'ann' });
    assert.deepEqual(await ask('ann'), refused(2, 20));
  });

  test('parallel requests are counted one by one', async () => {
    limit('ann', 10);
    const answers = await Promise.all(Array.from({ length: 64 }, () => ask('ann')));
    assert.equal(answers.filter((answer) => JSON.stringify(answer) === '{"key":"ann"}').length, 10);
  });

  test('a changed limit applies at once', async () => {
    limit('ann', 3);
    for (let index = 0; index < 3; index += 1) {
      assert.deepEqual(await ask('ann'), { key: 'ann' });
      await clock.advance(10_000);
    }
    limit('ann', 1);
    assert.deepEqual(await ask('ann'), refused(1, 50));
    limit('ann', null);
    assert.deepEqual(await ask('ann'), { key: 'ann' });
  });
});
