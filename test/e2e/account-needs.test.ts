import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { createFastClock } from '../faults/fast-clock.ts';
import { createTestServer, type TestServer, waitFor } from '../test-server.ts';

async function withServer(settings: Record<string, string>, task: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await createTestServer(settings, { clock: createFastClock(20) });
  try {
    await task(server);
  } finally {
    await server.close();
  }
}

const firstAccount = async (server: TestServer): Promise<JsonObject> => {
  const [account] = listAt((await server.call('GET', '/accounts')).body, 'items');
  assert.ok(account);
  return account as JsonObject;
};

describe('an account that needs something', () => {
  test('fast hours used up, with the setting `relax`: the account goes on in relax mode, and no job fails', () =>
    withServer({ FAST_HOURS_USED_UP: 'relax' }, async (server) => {
      server.simulator.control.setSwitches({ accountState: 'credits' });
      const ids: string[] = [];
      for (const prompt of ['a fox', 'an owl', 'a cat']) {
        ids.push(textAt((await server.call('POST', '/jobs', { verb: 'imagine', prompt })).body, 'id'));
      }
      for (const id of ids) await server.waitForJob(id, ({ status }) => status === 'completed');
      const relaxed = server.simulator.control.interactions().filter(({ command }) => command === 'relax');
      assert.equal(relaxed.length, 1, 'the account is switched once');
    }));

  test("an action that Discord asks of the owner pauses the account at READY, in Discord's word", () =>
    withServer({}, async (server) => {
      server.simulator.control.setSwitches({ requiredAction: 'REQUIRE_VERIFIED_EMAIL' });
      server.simulator.control.forgetSessions();
      server.simulator.control.dropConnections();
      await waitFor(async () => ((await firstAccount(server))['status'] === 'paused' ? true : undefined));
      assert.match(textAt(objectAt(await firstAccount(server), 'pause'), 'title'), /REQUIRE_VERIFIED_EMAIL/);
    }));
});
