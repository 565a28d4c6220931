import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import { silentLog } from '@atelier/lib/log';
import type { Store } from '../core/store.ts';
import { newAccount } from '../store/conformance/fixtures.ts';
import { openTestStore } from '../store/sqlite/test-store.fixture.ts';
import { createAccounts, type Accounts } from './account-service.ts';
import { createSecretBox, hashSecret } from './secret-box.ts';
import { assignUpstreams, SIMULATOR } from './upstream.ts';

const DISCORD = 'https://discord.com/api/v9';
const EMBEDDED = { channelId: 'embedded', token: 'token of the simulator' };

describe('accounts and their upstream', () => {
  const clock = createFakeClock();
  let store: Store;
  let dispose: () => Promise<void>;
  const changed: string[] = [];

  beforeEach(async () => {
    ({ store, dispose } = await openTestStore());
  });
  afterEach(() => dispose());

  const assign = (upstream: string): Promise<void> => assignUpstreams({ store, clock, log: silentLog, upstream, embedded: EMBEDDED });
  const open = (upstream: string): Accounts =>
    createAccounts({
      clock,
      ids: createIds(clock),
      log: silentLog,
      store,
      upstream,
      secretBox: createSecretBox('secret'),
      operatorUrl: undefined,
      onChanged: (id) => changed.push(id),
      onFreed: () => {},
      onPaused: () => {},
      onHeld: () => {},
    });
  const add = (accounts: Accounts, channelId: string, token = `token of ${channelId}`) =>
    accounts.configure({ channelId, guildId: 'guild', token, maxJobs: 3 });

  test('an account is not seen on another upstream, and is back when its own is used again', async () => {
    await add(open(SIMULATOR), 'a');
    await assign(DISCORD);
    const accounts = open(DISCORD);
    assert.deepEqual(await accounts.list(), []);
    assert.equal(await accounts.get('a'), undefined);
    assert.equal(await accounts.open('a'), undefined);
    assert.deepEqual([await accounts.reset('a'), await accounts.remove('a')], [false, false]);
    await assert.rejects(accounts.pickFree(), { code: 'account-missing' });
    await assign(SIMULATOR);
    assert.equal((await open(SIMULATOR).open('a'))?.token, 'token of a');
  });

  test('the same channel on another upstream is a new account: without the pause, with its own token', async () => {
    const simulated = open(SIMULATOR);
    await add(simulated, 'a');
    await simulated.report('a', { kind: 'pause', failure: { code: 'account-blocked', title: 'Blocked', details: null } });
    const { account, created } = await add(open(DISCORD), 'a');
    assert.deepEqual([created, account.pause, account.upstream], [true, null, DISCORD]);
    assert.deepEqual(await store.getAccount('a'), account);
  });

  test('the account of the simulator is removed when another upstream is used, and not before', async () => {
    await add(open(SIMULATOR), EMBEDDED.channelId, EMBEDDED.token);
    await assign(SIMULATOR);
    assert.ok(await store.getAccount(EMBEDDED.channelId));
    await assign(DISCORD);
    assert.equal(await store.getAccount(EMBEDDED.channelId), undefined);
  });

  test('accounts of an older version get the present upstream; the one of the simulator is known by its token', async () => {
    await store.putAccount(newAccount({ id: 'old', upstream: '' }));
    await store.putAccount(newAccount({ id: EMBEDDED.channelId, upstream: '', tokenHash: hashSecret(EMBEDDED.token) }));
    await assign(DISCORD);
    assert.deepEqual(
      (await store.listAccounts()).map(({ id, upstream }) => [id, upstream]),
      [['old', DISCORD]],
    );
  });
});
