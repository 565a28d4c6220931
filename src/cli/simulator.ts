import type { Config } from '../config.ts';
import { systemClock } from '../lib/clock.ts';
import { createLog } from '../lib/log.ts';
import { createFfmpegFinder } from '../media/ffmpeg.ts';
import { createPainter } from '../simulator/painter/create-painter.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { stopSignal } from './serve.ts';

/** Serves the simulator alone until SIGTERM or SIGINT. */
export async function runSimulator(config: Config): Promise<void> {
  const stop = stopSignal();
  const ffmpeg = createFfmpegFinder({ path: config.ffmpegPath, environmentPath: config.searchPath });
  const painter = createPainter({ ffmpeg: () => ffmpeg.path() });
  const simulator = await startSimulator({
    host: config.host,
    port: config.simulatorPort,
    pace: config.simulatorPace,
    tilePixels: config.simulatorTile,
    clock: systemClock,
    log: createLog({ level: config.logLevel }),
    painter,
  });
  const { account } = simulator;
  console.log(`Simulator at ${simulator.url}`);
  console.log(`  REST     ${simulator.restUrl}`);
  console.log(`  gateway  ${simulator.gatewayUrl}`);
  console.log(`  account  token ${account.token}, server ${account.guildId}, channel ${account.channelId}`);
  await stop;
  await simulator.close();
  await painter.close();
}
