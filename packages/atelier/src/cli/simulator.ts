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

/** Addresses of the simulator, the token of its control, and a few commands for it. */
function howToUse({ url, restUrl, gatewayUrl, sunoUrl, account, controlToken }: Simulator): string {
  return [
    `Simulator at ${url}`,
    `  REST     ${restUrl}`,
    `  gateway  ${gatewayUrl}`,
    `  control  ${url}/control`,
    `  Suno     ${sunoUrl}/api/v1, any key`,
    `  account  token ${account.token}, server ${account.guildId}, channel ${account.channelId}`,
    `  control token ${controlToken}`,
    'A scenario word in a prompt has its effect: "a red fox sim:banned". The control offers more:',
    `  S=${url}/control; T='authorization: Bearer ${controlToken}'`,
    '  curl -H "$T" $S/words                                    # all scenario words',
    '  curl -H "$T" $S/switches                                 # all switches with their meaning',
    '  curl -H "$T" $S/switches --json \'{"footer":false}\'',
    '  curl -H "$T" $S/gateway --json \'{"action":"reconnect"}\'  # op 7',
    '  curl -H "$T" $S/faults --json \'{"kind":"drop-answer"}\'   # the next interaction is accepted, and its answer is lost',
    '  curl -H "$T" $S/help                                     # all routes; more in docs/simulator.md',
  ].join('\n');
}
