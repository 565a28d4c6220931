import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountHold } from '../../core/account.ts';
import { NO_LIMITS } from '../../core/key.ts';
import type { Store } from '../../core/store.ts';
import { type CreateStore, NOW_MS, describeStore, ids, newAccount, newAsset, newDelivery, newKey } from './fixtures.ts';

export function testAccountsKeysAssets(name: string, createStore: CreateStore): void {
  describeStore(`${name} keeps accounts`, createStore, testAccounts);
  describeStore(`${name} keeps keys`, createStore, testKeys);
  describeStore(`${name} keeps assets`, createStore, testAssets);
}

const HOLD = { code: 'queue-full', title: 'Queue full', details: null, sinceMs: NOW_MS, untilMs: NOW_MS + 60_000 } as const;
const PAUSE = { code: 'account-blocked', title: 'Blocked', details: 'until you ask', atMs: NOW_MS } as const;

function testAccounts(store: () => Store): void {
  test('an account is read as it was put', async () => {
    const account = newAccount({ pause: PAUSE, listed: false });
    await store().putAccount(account);
    assert.deepEqual(await store().getAccount(account.id), account);
    assert.equal(await store().getAccount('no-such-account'), undefined);
  });

  test('putting an account again replaces everything but its pause', async () => {
    const account = newAccount();
    await store().putAccount(account);
    assert.equal(await store().setAccountPause(account.id, PAUSE, NOW_MS + 1), true);
    assert.deepEqual(await store().getAccount(account.id), { ...account, pause: PAUSE, updatedAtMs: NOW_MS + 1 });
    const other = newAccount({
      id: account.id,
      channelId: 'c-2',
      guildId: 'g-2',
      sealedToken: 's-2',
      tokenHash: 'h-2',
      maskedToken: 'm-2',
    });
    const replaced = { ...other, maxJobs: 12, listed: false, createdAtMs: NOW_MS + 2, updatedAtMs: NOW_MS + 3 };
    await store().putAccount(replaced);
    assert.deepEqual(await store().getAccount(account.id), { ...replaced, pause: PAUSE });
    assert.equal(await store().setAccountPause(account.id, null, NOW_MS + 4), true);
    assert.deepEqual(await store().getAccount(account.id), { ...replaced, updatedAtMs: NOW_MS + 4 });
  });

  test('a hold is replaced only by a longer one, and ends with null', async () => {
    const account = newAccount();
    await store().putAccount(account);
    const hold = (title: string, lengthMs: number): AccountHold => ({ ...HOLD, title, untilMs: NOW_MS + lengthMs });
    assert.equal(await store().setAccountHold(account.id, hold('first', 1_000), NOW_MS + 1), true);
    assert.equal(await store().setAccountHold(account.id, hold('shorter', 999), NOW_MS + 2), false);
    assert.equal(await store().setAccountHold(account.id, hold('equal', 1_000), NOW_MS + 2), false);
    assert.deepEqual(await store().getAccount(account.id), { ...account, hold: hold('first', 1_000), updatedAtMs: NOW_MS + 1 });
    assert.equal(await store().setAccountHold(account.id, hold('longer', 1_001), NOW_MS + 3), true);
    assert.equal((await store().getAccount(account.id))?.hold?.title, 'longer');
    await store().putAccount({ ...account, maxJobs: 9 });
    assert.equal((await store().getAccount(account.id))?.hold?.title, 'longer');
    assert.equal(await store().setAccountHold(account.id, null, NOW_MS + 4), true);
    assert.deepEqual(await store().getAccount(account.id), { ...account, maxJobs: 9, updatedAtMs: NOW_MS + 4 });
    assert.equal(await store().setAccountHold(account.id, hold('again', 1), NOW_MS + 5), true);
  });

  test('a pause ends the hold, and no hold replaces a pause', async () => {
    const account = newAccount({ hold: HOLD });
    await store().putAccount(account);
    assert.deepEqual(await store().getAccount(account.id), account);
    assert.equal(await store().setAccountPause(account.id, PAUSE, NOW_MS), true);
    assert.deepEqual(await store().getAccount(account.id), { ...account, hold: null, pause: PAUSE });
    assert.equal(await store().setAccountHold(account.id, { ...HOLD, untilMs: NOW_MS + 9_999 }, NOW_MS), false);
    assert.deepEqual(await store().getAccount(account.id), { ...account, hold: null, pause: PAUSE });
  });

  test('clearing a pause leaves the hold', async () => {
    const account = newAccount({ hold: HOLD });
    await store().putAccount(account);
    await store().setAccountPause(account.id, null, NOW_MS);
    assert.deepEqual(await store().getAccount(account.id), account);
  });

  test('only the hold that is written writes its notice', async () => {
    const account = newAccount();
    await store().putAccount(account);
    const jobId = `account:${account.id} held`;
    const hold = (id: string): Promise<boolean> =>
      store().setAccountHold(account.id, HOLD, NOW_MS, [newDelivery({ id: jobId, keyId: '' }, { id: `${jobId} ${id}` })]);
    assert.deepEqual(await Promise.all([hold('first'), hold('second')]), [true, false]);
    assert.deepEqual(ids(await store().listDeliveries({ jobId, limit: 10 })), [`${jobId} first`]);
  });

  test('a replaced token leaves everything else', async () => {
    const account = newAccount({ hold: HOLD });
    await store().putAccount(account);
    const token = { sealedToken: 's-3', tokenHash: 'h-3', maskedToken: 'm-3' };
    assert.equal(await store().setAccountToken(account.id, token, NOW_MS + 1), true);
    assert.deepEqual(await store().getAccount(account.id), { ...account, ...token, updatedAtMs: NOW_MS + 1 });
  });

  test('lists only listed accounts by default, sorted by id', async () => {
    const [a, b, c] = [newAccount({ id: 'list-a' }), newAccount({ id: 'list-b', listed: false }), newAccount({ id: 'list-c' })];
    for (const account of [c, b, a]) await store().putAccount(account);
    const idsOf = (accounts: { id: string }[]): string[] => ids(accounts).filter((id) => id.startsWith('list-'));
    assert.deepEqual(idsOf(await store().listAccounts()), ids([a, c]));
    assert.deepEqual(idsOf(await store().listAccounts({ unlisted: true })), ids([a, b, c]));
    assert.deepEqual(idsOf(await store().listAccounts({ unlisted: false })), ids([a, c]));
  });

  test('the first pause stays, and only the first writes its notice', async () => {
    const account = newAccount();
    await store().putAccount(account);
    const jobId = `account:${account.id}`;
    const pause = (title: string): Promise<boolean> =>
      store().setAccountPause(account.id, { ...PAUSE, title }, NOW_MS, [
        newDelivery({ id: jobId, keyId: '' }, { id: `${jobId} ${title}` }),
      ]);
    assert.deepEqual(await Promise.all([pause('first'), pause('second')]), [true, false]);
    assert.equal((await store().getAccount(account.id))?.pause?.title, 'first');
    assert.deepEqual(
      (await store().listDeliveries({ jobId, limit: 10 })).map(({ id }) => id),
      [`${jobId} first`],
    );
  });

  test('an unknown account is neither deleted nor paused', async () => {
    const { id } = newAccount();
    assert.equal(await store().deleteAccount(id), false);
    assert.equal(await store().setAccountPause(id, PAUSE, NOW_MS), false);
    await store().putAccount(newAccount({ id }));
    assert.equal(await store().deleteAccount(id), true);
    assert.equal(await store().getAccount(id), undefined);
  });
}

function testKeys(store: () => Store): void {
  test('keys are numbered from 1 without a gap, also in parallel', async () => {
    const made = [await store().createKey(newKey()), ...(await Promise.all(Array.from({ length: 20 }, () => store().createKey(newKey()))))];
    assert.deepEqual(
      made.map(({ number }) => number).toSorted((a, b) => a - b),
      Array.from({ length: 21 }, (_, index) => index + 1),
    );
    assert.deepEqual(
      (await store().listKeys()).map(({ number }) => number),
      Array.from({ length: 21 }, (_, index) => index + 1),
    );
  });

  test('a key is found by its id and by the hash of its secret', async () => {
    const limits = { requestsPerMinute: 60, jobsPerDay: null, runningJobs: 3 };
    const key = newKey({ admin: true, replyUrl: 'https://r.example/', expiresAtMs: 1, suspendedAtMs: 2, revokedAtMs: 3, limits });
    const created = await store().createKey(key);
    assert.deepEqual(created, { ...key, number: created.number });
    assert.deepEqual(await store().getKey(key.id), created);
    assert.deepEqual(await store().findKey(key.secretHash), created);
    assert.equal(await store().getKey('no-such-key'), undefined);
    assert.equal(await store().findKey('no-such-hash'), undefined);
  });

  test('two keys cannot have the same secret', async () => {
    const key = newKey();
    await store().createKey(key);
    await assert.rejects(store().createKey(newKey({ secretHash: key.secretHash })));
  });

  test('an update writes the given fields, null included, and leaves the others', async () => {
    const key = await store().createKey(newKey({ replyUrl: 'https://r.example/' }));
    const suspended = await store().updateKey(key.id, { suspendedAtMs: NOW_MS, name: 'second' });
    assert.deepEqual(suspended, { ...key, suspendedAtMs: NOW_MS, name: 'second' });
    const set = {
      suspendedAtMs: null,
      replyUrl: null,
      expiresAtMs: 9,
      revokedAtMs: 8,
      limits: { requestsPerMinute: null, jobsPerDay: 5, runningJobs: 1 },
    };
    assert.deepEqual(await store().updateKey(key.id, set), { ...key, ...set, name: 'second' });
    assert.deepEqual(await store().updateKey(key.id, {}), { ...key, ...set, name: 'second' });
    assert.deepEqual(await store().getKey(key.id), { ...key, ...set, name: 'second' });
    const unlimited = await store().updateKey(key.id, { limits: NO_LIMITS });
    assert.deepEqual(unlimited, { ...key, ...set, name: 'second', limits: NO_LIMITS });
    assert.equal(await store().updateKey('no-such-key', { name: 'x' }), undefined);
  });
}

function testAssets(store: () => Store): void {
  test('an asset is read as it was put', async () => {
    const asset = newAsset();
    await store().putAsset(asset);
    assert.deepEqual(await store().getAsset(asset.id), asset);
    const again = { ...asset, bytes: 7, filename: 'other.png', expiresAtMs: NOW_MS + 9_000 };
    await store().putAsset(again);
    assert.deepEqual(await store().getAsset(asset.id), again);
    assert.equal(await store().getAsset('no-such-asset'), undefined);
  });

  test('expired records are found and deleted', async () => {
    const [early, late, fresh] = [newAsset({ expiresAtMs: 1 }), newAsset({ expiresAtMs: 2 }), newAsset({ expiresAtMs: 3 })];
    for (const asset of [late, early, fresh]) await store().putAsset(asset);
    assert.deepEqual(ids(await store().expiredAssets(2, 10)), ids([early, late]));
    assert.deepEqual(ids(await store().expiredAssets(2, 1)), ids([early]));
    await store().deleteAssets([...ids([early, late]), 'no-such-asset']);
    await store().deleteAssets([]);
    assert.deepEqual(ids(await store().expiredAssets(3, 10)), ids([fresh]));
    assert.equal(await store().getAsset(early.id), undefined);
  });
}
