import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { AccountHold } from '../../../core/account.ts';
import type { FailureCode } from '../../../core/errors.ts';
import { createTestApp, createTestHarness, fakeAccount, GRID_OUTPUT, type Harness } from '../testing/harness.ts';
import { createLinkrDialect } from './linkr.ts';

describe('linkr: accounts that are held', () => {
  let harness: Harness;
  let app: FastifyInstance;
  before(async () => {
    harness = await createTestHarness();
    app = await createTestApp(createLinkrDialect(harness.deps));
  });
  after(async () => {
    await app.close();
    await harness.close();
  });

  const held = (id: string, code: FailureCode, lengthMs = 60_000) => {
    const nowMs = harness.clock.now();
    const hold: AccountHold = { code, title: code, details: null, sinceMs: nowMs, untilMs: nowMs + lengthMs };
    return fakeAccount(id, null, hold);
  };
  const paused = (id: string) => fakeAccount(id, { code: 'account-blocked', title: 'Blocked', details: null, atMs: 0 });
  const send = (path: string, payload: object) =>
    app.inject({ method: 'POST', url: `/v1/${path}`, headers: { authorization: 'Bearer ann' }, payload });
  const imagineWith = async (...accounts: typeof harness.accounts) => {
    harness.accounts.splice(0, harness.accounts.length, ...accounts);
    return await send('imagine', { prompt: 'a fox' });
  };

  test('502 while no account can reach Discord', async () => {
    for (const accounts of [
      [held('1001', 'upstream-unreachable')],
      [held('1001', 'upstream-unreachable'), held('1002', 'upstream-unreachable'), paused('1003')],
    ]) {
      const reply = await imagineWith(...accounts);
      assert.equal(reply.statusCode, 502);
      assert.deepEqual(reply.json(), { detail: 'Failed to connect to Discord. Please try again later.' });
    }
    const info = await app.inject({ method: 'GET', url: '/v1/info', headers: { authorization: 'Bearer ann' } });
    assert.equal(info.statusCode, 502);
  });

  test('accepted while one account may reach it, for every other hold, and when the hold is over', async () => {
    for (const accounts of [
      [held('1001', 'upstream-unreachable'), fakeAccount('1002', null)],
      [held('1001', 'upstream-unreachable'), held('1002', 'queue-full')],
      [held('1001', 'upstream-rate-limited')],
      [held('1001', 'upstream-unreachable', 0)],
    ]) {
      assert.equal((await imagineWith(...accounts)).statusCode, 200);
    }
  });

  test('an action asks the account of its task alone', async () => {
    const { task_id: taskId } = (await imagineWith(fakeAccount('1001', null))).json();
    await harness.complete(taskId, GRID_OUTPUT);
    harness.accounts.splice(0, 1, held('1001', 'upstream-unreachable'), fakeAccount('1002', null));
    assert.equal((await send('action', { task_id: taskId, action: 'upsample1' })).statusCode, 502);
  });
});
