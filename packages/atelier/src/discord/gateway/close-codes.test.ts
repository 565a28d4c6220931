import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DiscordFatalError } from '../discord.ts';
import { goLive, introduce, reconnect, createTestGatewaySession } from '../testing/gateway-harness.ts';
import { hello } from '../testing/scripted-gateway.ts';

describe('gateway: close codes', () => {
  for (const code of [1000, 1001, 1011, 4000, 4001, 4002, 4008, 4999]) {
    test(`${code} resumes`, async (t) => {
      const harness = await createTestGatewaySession(t);
      (await goLive(harness)).close(code, 'because');
      const second = await reconnect(harness);
      await second.send(hello);
      assert.equal((await second.received.next())['op'], 6);
    });
  }

  for (const code of [4003, 4005, 4007, 4009]) {
    test(`${code} opens a new session`, async (t) => {
      const harness = await createTestGatewaySession(t);
      (await goLive(harness)).close(code);
      await introduce(harness, await reconnect(harness), 'session-2');
    });
  }

  for (const code of [4004, 4010, 4011, 4012, 4013, 4014, 4015, 4016]) {
    test(`${code} ends the session with a fatal event`, async (t) => {
      const harness = await createTestGatewaySession(t);
      const waiting = harness.session.ready();
      const peer = await harness.gateway.connections.next();
      await peer.send(hello);
      peer.close(code, 'go away');
      await assert.rejects(waiting, (error) => error instanceof DiscordFatalError && error.closeCode === code);
      assert.deepEqual(await harness.events.next(), { type: 'disconnected', code, reason: 'go away' });
      const last = await harness.events.next();
      assert.ok(last.type === 'fatal' && last.error.closeCode === code);
      await assert.rejects(harness.session.ready(), DiscordFatalError);
      await harness.clock.advance(600_000);
      assert.equal(harness.gateway.connections.waiting().length, 0);
    });
  }
});
