import type { Config } from '../config/config.ts';
import { systemClock } from '@atelier/lib/clock';
import { createLog } from '@atelier/lib/log';
import { createFfmpegFinder } from '@atelier/renderer';
import { createComposer, createPainter } from '@atelier/demo-art';
import { type Simulator, startSimulator } from '@atelier/simulator';
import { stopSignal } from './serve.ts';

/** Serves the simulator without the product until SIGTERM or SIGINT. */
export async function runSimulator(config: Config): Promise<void> {
  const stop = stopSignal();
  const ffmpeg = createFfmpegFinder({ path: config.ffmpegPath, environmentPath: config.searchPath });
  const painter = createPainter({ ffmpeg: () => ffmpeg.path() });
  const composer = createComposer({ ffmpeg: () => ffmpeg.path() });
  const simulator = await startSimulator({
    host: config.host,
    port: config.simulatorPort,
    pace: config.simulatorPace,
    tilePixels: config.simulatorTile,
    clock: systemClock,
    log: createLog({ level: config.logLevel }),
    painter,
    composer,
  });
  console.log(howToUse(simulator));
  await stop;
  await simulator.close();
  await painter.close();
  await composer.close();
}

/** Addresses of the simulator, and a few commands for its control. */
function howToUse({ url, restUrl, gatewayUrl, sunoUrl, account }: Simulator): string {
  const control = `${url}/control`;
  return [
    `Simulator at ${url}`,
    `  REST     ${restUrl}`,
    `  gateway  ${gatewayUrl}`,
    `  control  ${control}`,
    `  Suno     ${sunoUrl}/api/v1, any key`,
    `  account  token ${account.token}, server ${account.guildId}, channel ${account.channelId}`,
    'A scenario word in a prompt has its effect: "a red fox sim:banned". The control offers more:',
    `  curl ${control}/words                                    # all scenario words`,
    `  curl ${control}/switches                                 # all switches with their meaning`,
    `  curl ${control}/switches -d '{"footer":false}'`,
    `  curl ${control}/gateway -d '{"action":"reconnect"}'      # op 7`,
    `  curl ${control}/faults -d '{"kind":"drop-answer"}'       # the next interaction is accepted, and its answer is lost`,
    `  curl ${control}/help                                     # all routes; more in docs/simulator.md`,
  ].join('\n');
}
