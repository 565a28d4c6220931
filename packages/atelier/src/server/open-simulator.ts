import type { ShutdownHooks } from './shutdown.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createFfmpegFinder } from '@atelier/renderer';
import { createComposer, createPainter } from '@atelier/demo-art';
import { type Simulator, startSimulator } from '@atelier/simulator';

/** Where the upstreams are, and the embedded simulator where it is one of them. */
export interface Upstreams {
  simulator: Simulator | undefined;
  discord: { restUrl: string; isSimulated: boolean };
  /** Without `/api/v1`. */
  suno: { baseUrl: string; isSimulated: boolean };
}

/** Starts the simulator if something is to be simulated here. One that runs elsewhere is named by its Discord REST base, and does Suno too. */
export async function openUpstreams(config: Config, deps: { clock: Clock; log: Log; closers: ShutdownHooks }): Promise<Upstreams> {
  const isDiscordSimulated = config.midjourneyUpstream === 'simulator';
  const elsewhere = isDiscordSimulated ? config.discordRestUrl : undefined;
  const isSunoSimulated = config.sunoUpstream === 'simulator';
  const isNeeded = elsewhere === undefined && (isDiscordSimulated || isSunoSimulated);
  const simulator = isNeeded ? await openSimulator(config, deps) : undefined;
  const simulatedSuno = simulator?.sunoUrl ?? new URL(elsewhere ?? REAL_DISCORD).origin;
  return {
    simulator,
    discord: {
      restUrl: config.discordRestUrl ?? (isDiscordSimulated ? simulator?.restUrl : undefined) ?? REAL_DISCORD,
      isSimulated: isDiscordSimulated,
    },
    suno: { baseUrl: isSunoSimulated ? simulatedSuno : config.sunoUpstream, isSimulated: isSunoSimulated },
  };
}

const REAL_DISCORD = 'https://discord.com/api/v9';

/** The hosts of upstreams that may give us files though they are not on the public internet: the simulator's, and one that the operator named. */
export const upstreamHosts = ({ discord, suno }: Upstreams): string[] => [
  ...(discord.isSimulated ? [new URL(discord.restUrl).host] : []),
  new URL(suno.baseUrl).host,
];

async function openSimulator(
  config: Config,
  { clock, log, closers }: { clock: Clock; log: Log; closers: ShutdownHooks },
): Promise<Simulator> {
  const finder = createFfmpegFinder({ path: config.ffmpegPath, environmentPath: config.searchPath });
  const ffmpeg = (): Promise<string> => finder.path();
  const painter = createPainter({ ffmpeg });
  closers.add(() => painter.close());
  const composer = createComposer({ ffmpeg });
  closers.add(() => composer.close());
  const simulator = await startSimulator({
    // Whoever reaches it can control it: the server itself and programs on this machine, whatever address the API has.
    host: '127.0.0.1',
    port: config.simulatorPort,
    pace: config.simulatorPace,
    tilePixels: config.simulatorTile,
    clock,
    log,
    painter,
    composer,
  });
  closers.add(() => simulator.close());
  return simulator;
}
