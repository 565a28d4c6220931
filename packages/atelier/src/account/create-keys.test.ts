import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { JobError } from '../core/errors.ts';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import { silentLog } from '@atelier/lib/log';
import { openTestStore } from '../store/sqlite/test-store.fixture.ts';
import type { Store } from '../core/store.ts';
import { NO_LIMITS } from '../core/key.ts';
import { createKeys, ensureFirstKey } from './create-keys.ts';
import type { KeyService } from '../core/key.ts';
import { hashSecret } from './secret-box.ts';

const LIMITS = { requestsPerMinute: 60, jobsPerDay: 100, runningJobs: 5 };

describe('API keys', () => {
  let clock: FakeClock;
  let store: Store;
  let keys: KeyService;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    clock = createFakeClock();
    const open = await openTestStore();
    ({ store, dispose } = open);
    keys = createKeys({ clock, ids: createIds(clock), log: silentLog, store });
  });
  afterEach(() => dispose());

  const create = (name = 'a shop') => keys.create({ name, limits: LIMITS, expiresAtMs: null });
  const refusedField = (field: string) => (error: unknown) =>
    error instanceof JobError && error.code === 'invalid-request' && error.facts['field'] === field;

  test('a new key is found by its secret, which is not stored', async () => {
    const { key, secret } = await create();
    assert.match(secret, /^atl_[\w-]{32}$/);
    assert.deepEqual(await store.findKey(hashSecret(secret)), key);
    assert.deepEqual(await keys.get(key.id), key);
    assert.deepEqual([key.name, key.admin, key.limits, key.number], ['a shop', false, LIMITS, 1]);
    assert.ok(!JSON.stringify(await keys.list()).includes(secret.slice(4)));
    const other = await create();
    assert.notEqual(other.secret, secret);
    assert.deepEqual(await keys.list(), [key, other.key]);
  });

  test('an update changes the given fields and no other', async () => {
    const { key } = await create();
    const suspendedAtMs = clock.now();
    assert.deepEqual(await keys.update(key.id, { suspended: true }), { ...key, suspendedAtMs });
    await clock.advance(5_000);
    const renamed = await keys.update(key.id, { name: 'another shop', suspended: true });
    assert.deepEqual(renamed, { ...key, name: 'another shop', suspendedAtMs });
    const freed = await keys.update(key.id, { suspended: false, limits: NO_LIMITS, expiresAtMs: 7 });
    assert.deepEqual(freed, { ...key, name: 'another shop', limits: NO_LIMITS, expiresAtMs: 7 });
    assert.deepEqual(await keys.update(key.id, { expiresAtMs: null }), { ...freed, expiresAtMs: null });
    assert.equal(await keys.update('no-such-key', { name: 'x' }), undefined);
  });

  test('a key is revoked once and for good', async () => {
    const { key } = await create();
    const revokedAtMs = clock.now();
    assert.equal((await keys.revoke(key.id))?.revokedAtMs, revokedAtMs);
    await clock.advance(1_000);
    assert.equal((await keys.revoke(key.id))?.revokedAtMs, revokedAtMs);
    assert.equal((await keys.update(key.id, { suspended: false }))?.revokedAtMs, revokedAtMs);
    assert.equal(await keys.revoke('no-such-key'), undefined);
  });

  test('nothing locks the admin key out', async () => {
    await ensureFirstKey(store, 'the first secret', clock);
    const [admin] = await keys.list();
    assert.ok(admin?.admin);
    await assert.rejects(keys.revoke(admin.id), refusedField('id'));
    await assert.rejects(keys.update(admin.id, { suspended: true }), refusedField('suspended'));
    await assert.rejects(keys.update(admin.id, { expiresAtMs: clock.now() + 1 }), refusedField('expiresAtMs'));
    await assert.rejects(keys.update(admin.id, { limits: LIMITS }), refusedField('limits'));
    assert.deepEqual(await keys.get(admin.id), admin);
    const change = { name: 'operator', expiresAtMs: null, suspended: false, limits: { ...LIMITS, requestsPerMinute: null } };
    assert.equal((await keys.update(admin.id, change))?.name, 'operator');
  });

  for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    test(`${limit} is refused as a limit`, async () => {
      const limits = { ...LIMITS, jobsPerDay: limit };
      await assert.rejects(keys.create({ name: 'x', limits, expiresAtMs: null }), refusedField('jobsPerDay'));
      const { key } = await create();
      await assert.rejects(keys.update(key.id, { limits }), refusedField('jobsPerDay'));
    });
  }
});
