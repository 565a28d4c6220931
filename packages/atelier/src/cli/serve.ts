import type { Config } from '../config/config.ts';
import { systemClock } from '@atelier/lib/clock';
import { createLog } from '@atelier/lib/log';
import { startAtelier } from '../server/start.ts';
import { toStartMessage } from './start-message.ts';

/** Time for an orderly shutdown after the first signal. A second signal ends the process at once. */
const SHUTDOWN_MS = 20_000;

/** Serves until SIGTERM or SIGINT. SIGHUP reloads the content policy. */
export async function runServe(config: Config): Promise<void> {
  const log = createLog({ level: config.logLevel });
  const stop = stopSignal();
  const atelier = await startAtelier(config, { clock: systemClock, log });
  const places = {
    dataFolder: config.dataFolder,
    isMidjourneySimulated: config.midjourneyUpstream === 'simulator',
    isSunoSimulated: config.sunoUpstream === 'simulator',
  };
  for (const line of toStartMessage(atelier, places)) console.log(line);
  if (atelier.discordProxy) console.log(`Discord is reached through ${atelier.discordProxy.address} (${atelier.discordProxy.setting})`);
  process.on('SIGHUP', () => void atelier.policy.reload());
  await stop;
  log.info('server is stopping');
  const late = setTimeout(() => process.exit(1), SHUTDOWN_MS);
  late.unref();
  await atelier.close();
}

/** Resolves at the first SIGTERM or SIGINT. A second one ends the process. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve();
      });
    }
  });
}
