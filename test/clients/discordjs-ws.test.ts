import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { REST } from '@discordjs/rest';
import { CompressionMethod, WebSocketManager, WebSocketShardEvents, type IIdentifyThrottler } from '@discordjs/ws';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createTestPainter } from '../../src/simulator/testing/painter.ts';

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
      `gets ready, resumes after op 7 and a close with 4000, and identifies after op 9 (${compression === null ? 'plain' : 'zlib-stream'})`,
      { timeout: 20_000 },
      async () => {
        const { token, userId } = simulator.account;
        const rest = new REST({ version: '10', api: `${simulator.url}/api` }).setToken(token);
        // The client's own throttle waits five seconds between identifies.
        const buildIdentifyThrottler = (): IIdentifyThrottler => ({ waitForIdentify: async () => undefined });
        const manager = new WebSocketManager({ token, intents: 0, rest, compression, buildIdentifyThrottler });
        const next = (event: WebSocketShardEvents): Promise<unknown[]> => once(manager, event, { signal: AbortSignal.timeout(15_000) });
        const received: string[] = [];
        manager.on(WebSocketShardEvents.Dispatch, ({ t }) => received.push(t));
        try {
          const ready = next(WebSocketShardEvents.Ready);
          await manager.connect();
          assert.equal(((await ready)[0] as { user: { id: string } }).user.id, userId);

          for (const disturb of [() => simulator.control.askToReconnect(), () => simulator.control.closeConnections(4000)]) {
            const resumed = next(WebSocketShardEvents.Resumed);
            assert.equal(disturb(), 1);
            simulator.control.dispatch(userId, 'TEST', { payload: 'x'.repeat(40_000) });
            await resumed;
          }
          assert.equal(received.filter((name) => name === 'TEST').length, 2, 'what was missed is replayed');

          const afresh = next(WebSocketShardEvents.Ready);
          assert.equal(simulator.control.invalidateSessions(false), 1);
          await afresh;
        } finally {
          await manager.destroy();
          rest.clearHashSweeper();
          rest.clearHandlerSweeper();
        }
      },
    );
  }
});
