import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FailureCode } from 'atelier/core/errors';
import { readConfig } from 'atelier/config/config';
import { startAtelier } from 'atelier/server/start';
import { systemClock } from '@atelier/lib/clock';
import { objectAt, textAt } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import { SIMULATOR_ACCOUNT } from '@atelier/simulator';
import { callApi, createTestServer, type TestServer } from '../test-server.ts';

const { channelId } = SIMULATOR_ACCOUNT;

describe('a held account', () => {
  let server: TestServer;
  before(async () => {
    server = await createTestServer();
  });
  after(() => server.close());

  const hold = async (code: FailureCode, lengthMs: number): Promise<void> => {
    const nowMs = Date.now();
    const hold = { code, title: 'Slow down', details: null, sinceMs: nowMs, untilMs: nowMs + lengthMs };
    assert.equal(await server.atelier.store.setAccountHold(channelId, hold, nowMs), true);
  };
  const release = (): Promise<boolean> => server.atelier.store.setAccountHold(channelId, null, Date.now());

  test('is visible everywhere; its job waits and is done when the hold is over', async () => {
    await hold('upstream-rate-limited', 2_000);
    const { body } = await server.call('POST', '/jobs', { verb: 'imagine', prompt: 'a patient fox' });
    const account = (await server.call('GET', `/accounts/${channelId}`)).body;
    assert.deepEqual([account['status'], objectAt(account, 'hold')['code']], ['held', 'upstream-rate-limited']);
    const ready = await server.call('GET', '/readyz');
    assert.deepEqual([ready.status, ready.body['accounts'], ready.body['discord']], [200, { active: 0, held: 1, paused: 0 }, 'reachable']);
    assert.match((await server.call('GET', '/metrics')).text, /^atelier_accounts\{status="held"\} 1$/m);
    const waiting = await server.waitForJob(textAt(body, 'id'), () => true);
    assert.equal(waiting.status, 'queued');
    const done = await server.waitForJob(waiting.id, ({ status }) => status === 'completed');
    assert.ok((done.startedAtMs ?? 0) - done.createdAtMs >= 1_900, 'it started after the hold');
  });

  test('while Discord cannot be reached: linkr 502, useapi 500, kie and the native API accept and wait', async () => {
    await hold('upstream-unreachable', 60_000);
    assert.equal((await server.call('GET', '/readyz')).body['discord'], 'unreachable');
    assert.equal((await server.call('POST', '/v1/imagine', { prompt: 'a fox' })).status, 502);
    assert.equal((await server.call('POST', '/v2/jobs/imagine', { prompt: 'a fox' })).status, 500);
    const kie = await server.call('POST', '/api/v1/mj/generate', { taskType: 'mj_txt2img', prompt: 'a fox of kie' });
    const native = await server.call('POST', '/jobs', { verb: 'imagine', prompt: 'a fox of ours' });
    await release();
    for (const id of [textAt(objectAt(kie.body, 'data'), 'taskId'), textAt(native.body, 'id')]) {
      await server.waitForJob(id, ({ status }) => status === 'completed');
    }
  });
});

describe('the first contact with real Discord', () => {
  test('the account of the simulator is gone, the accounts of the simulator are not used, and come back with it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'atelier-first-'));
    const start = (settings: Record<string, string>) =>
      startAtelier(
        readConfig({ PORT: '0', SIMULATOR_PORT: '0', SIMULATOR_PACE: '0', SIMULATOR_TILE: '16', ATELIER_DATA: folder, ...settings }),
        { clock: systemClock, log: silentLog },
      );
    const run = async (settings: Record<string, string>, task: (server: Awaited<ReturnType<typeof start>>) => Promise<void>) => {
      const server = await start(settings);
      try {
        await task(server);
      } finally {
        await server.close();
      }
    };
    try {
      await run({}, async (server) => {
        assert.deepEqual(server.summary, { upstream: 'simulator', accounts: { active: 1, held: 0, paused: 0 }, isReachable: true });
        const added = await server.store.getAccount(channelId);
        assert.ok(added);
        await server.store.putAccount({ ...added, id: '1150250000000000001', channelId: '1150250000000000001', tokenHash: 'another' });
      });
      // Nothing listens there: a connection to it would fail, and no connection is made.
      const restUrl = 'http://127.0.0.1:9/api/v9';
      await run({ MIDJOURNEY_UPSTREAM: 'discord', DISCORD_REST_URL: restUrl }, async (server) => {
        assert.deepEqual(server.summary, { upstream: restUrl, accounts: { active: 0, held: 0, paused: 0 }, isReachable: null });
        assert.equal((await callApi(server, 'GET', '/accounts')).text, '{"items":[]}');
        assert.equal((await callApi(server, 'POST', '/jobs', { verb: 'imagine', prompt: 'a fox' })).body['code'], 'account-missing');
        assert.equal(await server.store.getAccount(channelId), undefined);
      });
      await run({}, async (server) => {
        assert.equal(server.summary.accounts.active, 1);
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
