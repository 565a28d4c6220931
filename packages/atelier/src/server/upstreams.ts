import { SIMULATOR } from '../account/upstream.ts';
import type { ShutdownHooks } from './shutdown.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import { createFfmpegFinder } from '@atelier/renderer';
import { createComposer, createPainter } from '@atelier/demo-art';
import { type Simulator, startSimulator } from '@atelier/simulator';

/** Addresses of the upstreams, and the embedded simulator if it is one of them. */
export interface Upstreams {
  simulator: Simulator | undefined;
  /** `name`: the upstream that accounts belong to. */
  discord: { name: string; restUrl: string; isSimulated: boolean };
  /** Without `/api/v1`. */
  suno: { baseUrl: string; isSimulated: boolean };
}

/** Finds the upstreams, and starts the simulator if one of them is simulated here. A simulator elsewhere is named by its Discord REST base and serves Suno too. */
export async function openUpstreams(config: Config, deps: { clock: Clock; log: Log; hooks: ShutdownHooks }): Promise<Upstreams> {
  const isDiscordSimulated = config.midjourneyUpstream === 'simulator';
  const elsewhere = isDiscordSimulated ? config.discordRestUrl : undefined;
  const isSunoSimulated = config.sunoUpstream === 'simulator';
  const isNeeded = elsewhere === undefined && (isDiscordSimulated || isSunoSimulated);
  const simulator = isNeeded ? await openSimulator(config, deps) : undefined;
  const simulatedSuno = simulator?.sunoUrl ?? new URL(elsewhere ?? REAL_DISCORD).origin;
  const restUrl = config.discordRestUrl ?? (isDiscordSimulated ? simulator?.restUrl : undefined) ?? REAL_DISCORD;
  return {
    simulator,
    // The simulator's port may differ from start to start.
    discord: { name: isDiscordSimulated ? SIMULATOR : restUrl, restUrl, isSimulated: isDiscordSimulated },
    suno: { baseUrl: isSunoSimulated ? simulatedSuno : config.sunoUpstream, isSimulated: isSunoSimulated },
  };
}

const REAL_DISCORD = 'https://discord.com/api/v9';

/** Hosts of upstreams whose files may come from a private address: the simulator's host, and the Suno upstream of the operator. */
export const upstreamHosts = ({ discord, suno }: Upstreams): string[] => [
  ...(discord.isSimulated ? [new URL(discord.restUrl).host] : []),
  new URL(suno.baseUrl).host,
];

async function openSimulator(config: Config, { clock, log, hooks }: { clock: Clock; log: Log; hooks: ShutdownHooks }): Promise<Simulator> {
  const finder = createFfmpegFinder({ path: config.ffmpegPath, environmentPath: config.searchPath });
  const painter = createPainter({ ffmpeg: finder.path });
  hooks.add(() => painter.close());
  const composer = createComposer({ ffmpeg: finder.path });
  hooks.add(() => composer.close());
  const simulator = await startSimulator({
    // Loopback only, whatever `HOST` says: everybody who reaches the simulator can use its account.
    host: '127.0.0.1',
    port: config.simulatorPort,
    pace: config.simulatorPace,
    tilePixels: config.simulatorTile,
    clock,
    log,
    painter,
    composer,
    // The control acts on Discord: without a simulated Midjourney nobody needs it.
    hasControlRoutes: config.midjourneyUpstream === 'simulator',
  });
  hooks.add(() => simulator.close());
  return simulator;
}
