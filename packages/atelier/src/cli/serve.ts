import type { Config } from '../config/config.ts';
import { systemClock } from '@atelier/lib/clock';
import { createLog } from '@atelier/lib/log';
import { startAtelier } from '../server/start.ts';

/** Time for an orderly shutdown after the first signal. A second signal ends the process at once. */
const SHUTDOWN_MS = 20_000;

/** Serves until SIGTERM or SIGINT. SIGHUP reloads the content policy. */
export async function runServe(config: Config): Promise<void> {
  const log = createLog({ level: config.logLevel });
  const stop = stopSignal();
  const atelier = await startAtelier(config, { clock: systemClock, log });
  console.log(`Atelier serves ${atelier.url}`);
  if (atelier.apiKeyIsNew) console.log(`API key: ${atelier.apiKey}  (stored in ${config.dataFolder}/secrets.json, not shown again)`);
  if (atelier.simulator && config.midjourneyUpstream === 'simulator') {
    const { account, url, controlToken } = atelier.simulator;
    console.log(
      `Midjourney is simulated at ${url} (server ${account.guildId}, channel ${account.channelId}); MIDJOURNEY_UPSTREAM=discord uses the real one`,
    );
    console.log(`The simulator is controlled at ${url}/control with the header "authorization: Bearer ${controlToken}"`);
  }
  if (atelier.simulator && config.sunoUpstream === 'simulator') {
    console.log(`Suno is simulated at ${atelier.simulator.sunoUrl}; SUNO_UPSTREAM and SUNO_API_KEY use a real API`);
  }
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
