import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { accountStatus, type Account } from '../core/account.ts';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { createIds } from '@atelier/lib/ids';
import { parseJsonObject, type JsonObject } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import type { Store } from '../core/store.ts';
import { openTestStore } from '../store/sqlite/test-store.fixture.ts';
import { createAccounts, type Accounts } from './account-service.ts';
import { createSecretBox } from './secret-box.ts';

const LIMITED = { code: 'upstream-rate-limited', title: 'Slow down', details: null } as const;
const UNREACHABLE = { code: 'upstream-unreachable', title: 'Discord could not be reached', details: null } as const;
const BLOCKED = { code: 'account-blocked', title: 'Blocked', details: 'for an hour' } as const;
const WRONG_TOKEN = { code: 'account-unauthorized', title: 'Wrong token', details: null } as const;

describe('troubles of accounts', () => {
  let clock: FakeClock;
  let store: Store;
  let dispose: () => Promise<void>;
  let accounts: Accounts;
  let held: string[];
  let freed: number;

  const open = (): Accounts =>
    createAccounts({
      clock,
      ids: createIds(clock),
      log: silentLog,
      store,
      upstream: 'simulator',
      secretBox: createSecretBox('secret'),
      operatorUrl: 'https://operator.test/notices',
      onChanged: () => {},
      onFreed: () => void freed++,
      onPaused: () => {},
      onHeld: (code) => held.push(code),
    });
  const configure = (token: string) => accounts.configure({ channelId: 'a', guildId: 'guild', token, maxJobs: 2 });
  const read = async (): Promise<Account> => (await store.getAccount('a')) ?? assert.fail('no account');
  const status = async (): Promise<string> => accountStatus(await read(), clock.now());
  const holdMs = async (): Promise<number> => ((await read()).hold?.untilMs ?? 0) - clock.now();
  const notices = async (): Promise<JsonObject[]> =>
    (await store.listDeliveries({ jobId: 'account:a', limit: 10 })).map(({ body }) => parseJsonObject(body)).toReversed();

  beforeEach(async () => {
    clock = createFakeClock();
    ({ store, dispose } = await openTestStore());
    held = [];
    accounts = open();
    await configure('token 1');
    freed = 0;
  });
  afterEach(async () => {
    await accounts.close();
    await dispose();
  });

  test('a hold ends by itself, and announces that its account is free', async () => {
    await accounts.report('a', { kind: 'hold', failure: LIMITED, forMs: 45_000 });
    assert.equal(await status(), 'held');
    await clock.advance(44_999);
    assert.deepEqual([await status(), freed], ['held', 0]);
    await clock.advance(1);
    assert.deepEqual([await status(), freed], ['active', 1]);
  });

  test('three jobs meet one trouble: one hold, one notice; the next hold of the series is twice as long, without a notice', async () => {
    await Promise.all([1, 2, 3].map(() => accounts.reportFailure('a', UNREACHABLE)));
    assert.deepEqual([await holdMs(), held], [15_000, [UNREACHABLE.code]]);
    const [notice, ...others] = await notices();
    assert.equal(others.length, 0);
    assert.equal(notice?.['type'], 'account.held');
    assert.deepEqual(notice['data'], {
      account: 'a',
      channel: 'a',
      discord: (await read()).maskedToken,
      ...UNREACHABLE,
      until: new Date(clock.now() + 15_000).toISOString(),
      reset: 'POST /v2/account/midjourney/a/reset',
    });
    await clock.advance(15_000);
    await accounts.ensureHeld('a', UNREACHABLE);
    assert.deepEqual([await holdMs(), (await notices()).length], [30_000, 1]);
  });

  test('an account that is well is free at once if Discord was unreachable; another hold stays', async () => {
    await accounts.report('a', { kind: 'hold', failure: UNREACHABLE, forMs: null });
    await accounts.reportWell('a');
    assert.deepEqual([await status(), freed], ['active', 1]);
    await accounts.report('a', { kind: 'hold', failure: LIMITED, forMs: null });
    assert.equal(await holdMs(), 15_000);
    await accounts.reportWell('a');
    assert.equal(await status(), 'held');
  });

  test('the order of the reports counts, not the time that each takes', async () => {
    const reports = [
      accounts.report('a', { kind: 'hold', failure: LIMITED, forMs: 45_000 }),
      accounts.ensureHeld('a', LIMITED),
      accounts.report('a', { kind: 'hold', failure: LIMITED, forMs: 1_000 }),
    ];
    await Promise.all(reports);
    assert.equal(await holdMs(), 45_000);
  });

  test('a pause wins over a hold; the reset ends both', async () => {
    await accounts.report('a', { kind: 'hold', failure: LIMITED, forMs: 45_000 });
    await accounts.report('a', { kind: 'pause', failure: BLOCKED });
    await accounts.report('a', { kind: 'hold', failure: LIMITED, forMs: 90_000 });
    assert.deepEqual([await status(), (await read()).hold], ['paused', null]);
    assert.equal(await accounts.reset('a'), true);
    assert.equal(await status(), 'active');
    await accounts.report('a', { kind: 'hold', failure: LIMITED, forMs: 45_000 });
    await accounts.reset('a');
    assert.deepEqual([await status(), clock.pending()], ['active', 0]);
    assert.equal(await accounts.reset('unknown'), false);
  });

  test('a failure whose state is known to pass does not pause the account', async () => {
    await accounts.report('a', { kind: 'hold', failure: BLOCKED, forMs: 3_600_000 });
    await accounts.reportFailure('a', BLOCKED);
    assert.equal(await status(), 'held');
    await clock.advance(3_600_000);
    await accounts.reportFailure('a', BLOCKED);
    assert.equal(await status(), 'paused');
  });

  test('a pause for a wrong token ends with a new token, not with the same one; another pause stays', async () => {
    await accounts.report('a', { kind: 'pause', failure: WRONG_TOKEN });
    await configure('token 1');
    assert.equal(await status(), 'paused');
    assert.equal((await configure('token 2')).account.pause, null);
    assert.equal(await status(), 'active');
    await accounts.report('a', { kind: 'pause', failure: BLOCKED });
    await configure('token 3');
    assert.equal(await status(), 'paused');
  });

  test('a fresh token of Discord replaces the old one, and nothing else', async () => {
    await accounts.report('a', { kind: 'hold', failure: LIMITED, forMs: 45_000 });
    await accounts.replaceToken('a', 'token 2');
    assert.equal((await accounts.open('a'))?.token, 'token 2');
    assert.equal(await status(), 'held');
    await accounts.replaceToken('removed', 'token 3');
    assert.equal(await store.getAccount('removed'), undefined);
  });

  test('a hold survives a restart, and its end is announced', async () => {
    await accounts.report('a', { kind: 'hold', failure: LIMITED, forMs: 45_000 });
    await accounts.close();
    await clock.advance(5_000);
    accounts = open();
    await accounts.resumeHolds();
    assert.equal(await holdMs(), 40_000);
    await clock.advance(40_000);
    assert.deepEqual([await status(), freed], ['active', 1]);
  });
});
