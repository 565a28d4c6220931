import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { REST } from '@discordjs/rest';
import { CompressionMethod, WebSocketManager, WebSocketShardEvents, type IIdentifyThrottler } from '@discordjs/ws';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { type Simulator, startSimulator } from '@atelier/simulator';
import { createTestPainter } from '@atelier/simulator/testing';

/** An independent implementation of the gateway protocol, plain and compressed. */
describe('the npm package @discordjs/ws against the simulator', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await startSimulator({
      host: '127.0.0.1',
      port: 0,
      pace: 0,
      clock: systemClock,
      log: silentLog,
      painter: createTestPainter(),
      tilePixels: 8,
      seed: 1,
    });
  });
  after(() => simulator.close());

  for (const compression of [null, CompressionMethod.ZlibNative]) {
    test(
      `gets ready, resumes without a gap where it can, and identifies when its session is gone (${compression === null ? 'plain' : 'zlib-stream'})`,
      { timeout: 20_000 },
      async () => {
        const { token, userId } = simulator.account;
        const rest = new REST({ version: '10', api: `${simulator.url}/api` }).setToken(token);
        // The client's own throttle waits five seconds between identifies.
        const buildIdentifyThrottler = (): IIdentifyThrottler => ({ waitForIdentify: async () => undefined });
        const manager = new WebSocketManager({ token, intents: 0, rest, compression, buildIdentifyThrottler });
        const next = (event: WebSocketShardEvents): Promise<unknown[]> => once(manager, event, { signal: AbortSignal.timeout(15_000) });
        const { control } = simulator;
        const received: string[] = [];
        manager.on(WebSocketShardEvents.Dispatch, ({ t }) => received.push(t));
        try {
          const ready = next(WebSocketShardEvents.Ready);
          await manager.connect();
          assert.equal(((await ready)[0] as { user: { id: string } }).user.id, userId);

          const disturbances = [
            () => control.askToReconnect(),
            () => control.closeConnections(4000),
            () => control.dropConnections(),
            () => control.invalidateSessions(true),
          ];
          for (const disturb of disturbances) {
            const resumed = next(WebSocketShardEvents.Resumed);
            assert.equal(disturb(), 1);
            control.dispatch(userId, 'TEST', { payload: 'x'.repeat(40_000) });
            await resumed;
          }

          // The client gives up a connection at the second heartbeat without acknowledgement.
          control.setSwitches({ heartbeatIntervalMs: 50, swallowAcks: true });
          const afterSilence = next(WebSocketShardEvents.Resumed);
          control.askToReconnect();
          await afterSilence;
          const revived = next(WebSocketShardEvents.Resumed);
          control.setSwitches({ heartbeatIntervalMs: 41_250 });
          control.dispatch(userId, 'TEST', {});
          await revived;
          control.setSwitches({ swallowAcks: false });
          assert.equal(
            received.filter((name) => name === 'TEST').length,
            disturbances.length + 1,
            'each event comes once, the missed ones too',
          );

          for (const forget of [
            () => control.invalidateSessions(false),
            () => control.forgetSessions(),
            () => control.forgetSessions({ code: 4009 }),
          ]) {
            const afresh = next(WebSocketShardEvents.Ready);
            assert.equal(forget(), 1);
            await afresh;
          }
        } finally {
          await manager.destroy();
          rest.clearHashSweeper();
          rest.clearHandlerSweeper();
        }
      },
    );
  }
});
