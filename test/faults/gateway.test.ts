import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { SimulatorControl } from '@atelier/simulator';
import { textAt } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';
import { fetchPicture, isPictureOf } from '../marked-picture.ts';

/** Faults of the gateway connection while pictures are being made. */
const FAULTS: Record<string, (control: SimulatorControl) => void> = {
  'the socket is cut': (control) => void control.dropConnections(),
  'op 7, reconnect': (control) => void control.askToReconnect(),
  'op 9, session resumable': (control) => void control.invalidateSessions(true),
  'op 9, session gone': (control) => void control.invalidateSessions(false),
  'close 4000': (control) => void control.closeConnections(4000),
  'close 4009, session timed out': (control) => void control.closeConnections(4009),
  'the socket is cut and the session forgotten': (control) => {
    control.dropConnections();
    control.forgetSessions();
  },
};

describe('the gateway connection breaks while jobs run', () => {
  let server: TestServer;
  before(async () => {
    server = await createTestServer({ SIMULATOR_PACE: '0.2', DISCORD_INTERACTION_INTERVAL: '1ms' });
  });
  after(() => server.close());

  /** Runs three jobs of one prompt and strikes when the first shows progress: each must end with its own picture. */
  const survive = async (prompt: string, strike: () => void): Promise<void> => {
    const replies = await Promise.all(
      [1, 2, 3].map(() => server.call('POST', '/v1/imagine', { prompt, webhook_url: `${server.sink.url}/gateway` })),
    );
    const ids = replies.map(({ body }) => textAt(body, 'task_id'));
    await server.waitForJob(ids[0] ?? '', (job) => job.status === 'progress');
    strike();
    for (const id of ids) {
      const { body } = await server.waitForCallback('/gateway', (seen) => seen['task_id'] === id);
      assert.equal(body['status'], 'completed', JSON.stringify(body));
      const { mark } = await fetchPicture(body['image_url']);
      assert.ok(isPictureOf(await server.atelier.store.getJob(id), mark), 'this request asked for the picture');
    }
  };

  for (const [name, strike] of Object.entries(FAULTS)) {
    test(name, () => survive(`a red fox, ${name}`, () => strike(server.simulator.control)));
  }

  test('heartbeats get no acknowledgement any more', async () => {
    const { control } = server.simulator;
    control.setSwitches({ heartbeatIntervalMs: 200 });
    control.dropConnections();
    await survive('a red fox, unacknowledged', () => control.setSwitches({ swallowAcks: true, heartbeatIntervalMs: 41_250 }));
    control.setSwitches({ swallowAcks: false });
  });
});

describe('ten equal prompts at once', () => {
  let server: TestServer;
  before(async () => {
    server = await createTestServer({ SIMULATOR_PACE: '0.1', DISCORD_INTERACTION_INTERVAL: '1ms' });
    const { control, account } = server.simulator;
    control.setAccount(account.userId, { slots: 12 });
    const { token, guildId, channelId } = account;
    await server.call('POST', `/v2/account/midjourney/${channelId}`, { discord: token, server: guildId, channel: channelId, maxJobs: 12 });
  });
  after(() => server.close());

  for (const switches of [
    { startDeletion: 'after' },
    { startDeletion: 'late' },
    { startDeletion: 'never' },
    { reverseEqualPrompts: true, startDeletion: 'before' },
  ] as const) {
    test(`each gets its own picture: ${JSON.stringify(switches)}`, async () => {
      server.simulator.control.setSwitches({ reverseEqualPrompts: false, ...switches });
      const prompt = `ten equal foxes ${JSON.stringify(switches).replace(/\W+/g, ' ')}`;
      const replies = await Promise.all(
        Array.from({ length: 10 }, () => server.call('POST', '/v1/imagine', { prompt, webhook_url: `${server.sink.url}/equal` })),
      );
      for (const { body: reply } of replies) {
        const { body } = await server.waitForCallback('/equal', (seen) => seen['task_id'] === reply['task_id']);
        assert.equal(body['status'], 'completed', JSON.stringify(body));
        const { mark } = await fetchPicture(body['image_url']);
        assert.ok(isPictureOf(await server.atelier.store.getJob(textAt(reply, 'task_id')), mark));
      }
    });
  }
});
