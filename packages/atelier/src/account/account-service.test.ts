import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { JobError, type ErrorCode } from '../core/errors.ts';
import { createSubmit } from '../core/submit.ts';
import { createFakeClock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import { parseJsonObject } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import { createSqliteStore } from '../store/sqlite/sqlite.ts';
import type { Store } from '../core/store.ts';
import { createAccounts, type Accounts } from './account-service.ts';
import { createSecretBox } from './secret-box.ts';

const PENDING = { code: 'pending-moderation', title: 'Pending mod message', details: 'acknowledge it' } as const;

describe('accounts', () => {
  const clock = createFakeClock();
  let folder: string;
  let store: Store;
  let accounts: Accounts;
  let sequence = 0;
  let paused: string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-accounts-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    store = createSqliteStore({ path: join(folder, `${sequence++}.db`), log: silentLog });
    await store.migrate();
    paused = [];
    accounts = createAccounts({
      clock,
      ids: createIds(clock),
      log: silentLog,
      store,
      upstream: 'simulator',
      secretBox: createSecretBox('secret'),
      operatorUrl: 'https://operator.test/notices',
      onChanged: () => {},
      onFreed: () => {},
      onPaused: (code) => paused.push(code),
      onHeld: () => {},
    });
  });
  afterEach(() => store.close());

  const configure = (channelId: string, maxJobs = 2) =>
    accounts.configure({ channelId, guildId: 'guild', token: `token of ${channelId}`, maxJobs });

  /** A job that takes one of the account's slots. */
  const occupy = (accountId: string, id: string) =>
    createSubmit({ clock, store, checkUrl: (url) => url, onAccepted: () => {} })({
      id,
      dialect: 'useapi',
      engine: 'midjourney',
      verb: 'imagine',
      keyId: 'key',
      input: {},
      echo: {},
      usesSlot: true,
      accountId,
    });

  const refusedWith = (code: ErrorCode) => (error: unknown) => error instanceof JobError && error.code === code;

  test('the account with most free slots is picked; accounts with the same number take turns', async () => {
    await configure('a');
    await configure('b');
    await configure('c', 1);
    const picked = [await accounts.pickFree(), await accounts.pickFree(), await accounts.pickFree()].map(({ id }) => id);
    assert.deepEqual(picked, ['a', 'b', 'a']);
    await occupy('a', 'job-1');
    assert.equal((await accounts.pickFree()).id, 'b');
  });

  test('no account, all paused and all full are different refusals', async () => {
    await assert.rejects(accounts.pickFree(), refusedWith('account-missing'));
    await configure('a', 1);
    await occupy('a', 'job-1');
    await assert.rejects(accounts.pickFree(), (error) => {
      assert.ok(error instanceof JobError && error.code === 'account-busy');
      assert.deepEqual(error.facts, { maxJobs: 1, executingJobIds: ['job-1'] });
      return true;
    });
    const seenBy = async (viewer: { id: string; admin: boolean }): Promise<unknown> => {
      const error: unknown = await accounts.pickFree(viewer).catch((reason: unknown) => reason);
      return error instanceof JobError && error.facts['executingJobIds'];
    };
    assert.deepEqual(await seenBy({ id: 'another key', admin: false }), []);
    assert.deepEqual(await seenBy({ id: 'key', admin: false }), ['job-1']);
    assert.deepEqual(await seenBy({ id: 'another key', admin: true }), ['job-1']);
    await accounts.reportFailure('a', PENDING);
    await assert.rejects(accounts.pickFree(), refusedWith('account-paused'));
    assert.equal(await accounts.reset('a'), true);
    await assert.rejects(accounts.pickFree(), refusedWith('account-busy'));
  });

  test('a token belongs to one channel, is stored encrypted, and is decrypted only for the session', async () => {
    const { account, created } = await configure('a');
    assert.equal(created, true);
    assert.ok(!JSON.stringify(account).includes('token of a'));
    assert.equal((await accounts.open('a'))?.token, 'token of a');
    const other = accounts.configure({ channelId: 'b', guildId: 'guild', token: 'token of a', maxJobs: 2 });
    await assert.rejects(other, /Channel b configuration has same discord value/);
    assert.equal((await configure('a', 5)).created, false);
    assert.equal((await accounts.get('a'))?.maxJobs, 5);
  });

  test('the token of a caller gets an unlisted account, unless it is the token of the configured account', async () => {
    await configure('a');
    const bring = (token: string) => accounts.bring({ channelId: 'a', guildId: 'guild', token, maxJobs: 3 });
    assert.equal((await bring('token of a')).id, 'a');
    const brought = await bring('another token');
    assert.match(brought.id, /^a:[0-9a-f]{8}$/);
    assert.equal((await bring('another token')).id, brought.id);
    assert.deepEqual(
      (await accounts.list()).map(({ id }) => id),
      ['a'],
    );
  });

  test('only a failure of the account itself pauses the account, once, with one notice to the operator', async () => {
    await configure('a');
    await accounts.reportFailure('a', { code: 'prompt-moderated', title: 'Banned prompt', details: null });
    assert.equal((await accounts.get('a'))?.pause, null);
    await Promise.all([accounts.reportFailure('a', PENDING), accounts.reportFailure('a', PENDING)]);
    assert.equal((await accounts.get('a'))?.pause?.code, 'pending-moderation');
    assert.deepEqual(paused, ['pending-moderation']);
    const notices = await store.listDeliveries({ jobId: 'account:a', limit: 10 });
    assert.deepEqual(
      notices.map(({ url, body }) => [url, parseJsonObject(body)['type'], body.includes('token of a')]),
      [['https://operator.test/notices', 'account.paused', false]],
    );
  });
});
