import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readConfig } from 'atelier/config/config';
import { startAtelier, type Atelier } from 'atelier/server/start';
import { systemClock } from '@atelier/lib/clock';
import { textAt } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import { callApi, createTestServer, waitFor } from '../test-server.ts';

/** A simulator whose gateway is as Discord's can be from the first connection on, and servers that use it, one after the other, with one data folder. */
async function setUp(t: TestContext) {
  // Its own server has no account: the simulator serves the servers below alone.
  const upstream = await createTestServer({ ATELIER_NO_PRESET: '1' });
  t.after(() => upstream.close());
  const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-test-'));
  t.after(() => rm(dataFolder, { recursive: true, force: true }));
  const { control, restUrl, account } = upstream.simulator;
  const settings = { PORT: '0', ATELIER_DATA: dataFolder, DISCORD_REST_URL: restUrl, FIRST_ANSWER_TIMEOUT: '20s', ATELIER_NO_PRESET: '1' };
  const config = readConfig(settings);
  const start = async (): Promise<Atelier> => {
    const atelier = await startAtelier(config, { clock: systemClock, log: silentLog });
    t.after(() => atelier.close());
    return atelier;
  };
  /** Adds the simulator's account to a server: a preset one would get its first token again at each start. */
  const addAccount = async (atelier: Atelier): Promise<void> => {
    const body = { discord: account.token, server: account.guildId, channel: account.channelId, maxJobs: 3 };
    const added = await callApi(atelier, 'POST', '/v2/account/midjourney', body);
    assert.equal(added.status, 201, added.text);
  };
  const startFirst = async (): Promise<Atelier> => {
    const atelier = await start();
    await addAccount(atelier);
    return atelier;
  };
  return { control, startFirst, start };
}

async function imagine(atelier: Atelier): Promise<{ status: string; usedMs: number }> {
  const { body } = await callApi(atelier, 'POST', '/jobs', { verb: 'imagine', prompt: 'a fox' });
  const startedAtMs = systemClock.now();
  const job = await waitFor(async () => {
    const found = await atelier.store.getJob(textAt(body, 'id'));
    return found && ['completed', 'failed', 'moderated'].includes(found.status) ? found : undefined;
  });
  return { status: job.status, usedMs: systemClock.now() - startedAtMs };
}

test('a server that sends events to subscribers alone', async (t) => {
  const { control, startFirst } = await setUp(t);
  control.setSwitches({ subscriptionsRequired: true });
  const { status, usedMs } = await imagine(await startFirst());
  assert.equal(status, 'completed');
  assert.ok(usedMs < 15_000, `the result came by an event, not by the history: ${usedMs} ms`);
});

test('a token that READY renews is used at once, and after a restart', async (t) => {
  const { control, startFirst, start } = await setUp(t);
  control.setSwitches({ freshTokens: true, oldTokenLifetimeMs: 0 });
  const first = await startFirst();
  assert.equal((await imagine(first)).status, 'completed');
  await first.close();
  control.setSwitches({ freshTokens: false });
  assert.equal((await imagine(await start())).status, 'completed');
});

test('a single 401 fails no job and pauses no account', async (t) => {
  const { control, startFirst } = await setUp(t);
  const atelier = await startFirst();
  assert.equal((await imagine(atelier)).status, 'completed');
  control.addFault({ kind: 'unauthorized', route: '/interactions' });
  assert.equal((await imagine(atelier)).status, 'completed');
});
